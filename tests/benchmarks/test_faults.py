"""The short form of benchmarks/faults.py: 10 kills, 50 cut points, everything else once."""

import random
from pathlib import Path

import pytest
from fault_cases.catalogue import Fault, NotHere, Trial
from fault_cases.everything import FAULTS

pytestmark = [pytest.mark.waits, pytest.mark.usefixtures("programs_as_forks")]


@pytest.mark.parametrize("fault", FAULTS, ids=[each.name for each in FAULTS])
def test_the_promise_holds(fault: Fault, tmp_path: Path) -> None:
    try:
        print(fault.play(Trial(tmp_path, random.Random(fault.name))))
    except NotHere as reason:
        pytest.skip(str(reason))


def test_every_fault_has_a_number_of_its_own() -> None:
    assert [each.number for each in FAULTS] == list(range(1, len(FAULTS) + 1))


def test_every_fault_is_in_the_documents() -> None:
    table = (Path(__file__).parents[2] / "docs/faults.md").read_text()
    for each in FAULTS:
        assert f"| {each.number} | {each.name} |" in table

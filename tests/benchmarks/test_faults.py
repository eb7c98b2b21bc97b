"""The short form of benchmarks/faults.py: 10 kills, 50 cut points, everything else once."""

import random
from pathlib import Path
from typing import Any

import pytest
from fault_cases import children
from fault_cases.catalogue import Fault, NotHere, Trial
from fault_cases.everything import FAULTS
from forked_jobs import start_program

pytestmark = pytest.mark.waits


@pytest.fixture(autouse=True)
def programs_as_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork the programs that are killed or starved from a process that has what they load.

    One that obeys permissions starts cold: root gives up what ignores them when a program begins.
    """
    cold = children.run_python

    def start(arguments: list[str], *, mortal: bool) -> Any:
        return cold(arguments, mortal=True) if mortal else start_program(*arguments[1:])

    monkeypatch.setattr(children, "run_python", start)


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

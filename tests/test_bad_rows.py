"""Every row of the table of bad inputs has a test, or a reason why it has none.

A test in a file called `test_bad_….py` says its row in its name (`test_52_…`, `test_12_14_…`) or at
the beginning of its id (`[47-pickle]`).
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]

NOT_HERE = {
    2: "uploads are tested with the page that takes them, tests/annotator/importing/test_uploads.py",
    44: "search is tested with the page that has it, tests/annotator and tests/browser",
    45: "no part takes a name and makes a path of it, apart from uploads: tests/annotator/importing/test_uploads.py",
    46: "exports go to a path that a person names, and into a browser: there is no folder of exports",
}
"""Row → where it is tested, or why there is nothing to test."""


def test_every_row_has_a_test_or_a_reason() -> None:
    files = [str(file.relative_to(ROOT)) for file in sorted(ROOT.glob("tests/**/test_bad_*.py"))]
    command = [sys.executable, "-m", "pytest", "--collect-only", *files]  # -q comes from our settings
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tests = re.findall(
        r"^tests/\S*?test_bad_\w+\.py::(?:test_(\d\d(?:_\d\d)*)_|\w+\[(?:\D.*?-)?(\d\d)-)", said, re.MULTILINE
    )
    covered = {int(number) for named, first in tests for number in re.findall(r"\d\d", named or first)}
    assert covered | set(NOT_HERE) == set(range(1, 61))

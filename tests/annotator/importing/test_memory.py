"""An import takes as much of Python's memory for many sentences as for some, in each of its steps."""

import json
from pathlib import Path

import pytest

PEAKS = Path(__file__).with_name("import_peaks.py")


@pytest.mark.slow
@pytest.mark.parametrize(("suffix", "dry_run"), [("jsonl", True), ("jsonl", False), ("csv", False), ("parquet", False)])
def test_memory_does_not_grow_with_the_rows(warm_import, tmp_path, suffix, dry_run):
    measured = warm_import.run(PEAKS, tmp_path, suffix, dry_run)
    assert measured.exit_code == 0, measured.stderr
    some, many = json.loads(measured.stdout)
    assert many - some < 10_000, "500 rows more, of which a list would hold 85 kB"

"""An import takes as much of Python's memory for many sentences as for some, in each of its steps."""

import csv
import gc
import json
import tracemalloc
from itertools import count

import pyarrow as pa
import pytest
from pyarrow import parquet

from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.projects import create_project
from db.records import OWNER

SPLITS = ("train", "dev", "test")


def row(number):
    text = f"The ship {number // 2} sank off the coast after the storm."
    return {"id": f"s{number}", "text": text, "label": ("event", "none")[number % 2], "split": SPLITS[number % 3]}


def write_lines(path, number):
    with path.open("w") as file:
        file.writelines(json.dumps(row(place)) + "\n" for place in range(number))


def write_csv(path, number):
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, ["id", "text", "label", "split"], delimiter=";")
        table.writeheader()
        table.writerows(map(row, range(number)))


def write_parquet(path, number):
    parquet.write_table(pa.Table.from_pylist([row(place) for place in range(number)]), path)


WRITERS = {"jsonl": write_lines, "csv": write_csv, "parquet": write_parquet}


def peak_of(folder, suffix, number, *, dry_run):
    """Return the most bytes that Python held after the first rows of this many were read."""
    file = folder / f"{number}.{suffix}"
    WRITERS[suffix](file, number)
    reports = count()

    def leave_out_the_first_look(done, total):
        if next(reports) == 0:
            tracemalloc.reset_peak()

    settings = ImportSettings(answers="keep", dry_run=dry_run)
    with create_project(folder / f"{number}.db", labels=["event", "none"]) as store:
        # With what earlier tests left out of its count, garbage is collected as often as in a process of its own.
        gc.freeze()
        gc.collect()
        tracemalloc.start()
        report = import_file(store, file, settings, actor=OWNER, progress=leave_out_the_first_look)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert report.added == number
    return peak


@pytest.mark.slow
@pytest.mark.parametrize(("suffix", "dry_run"), [("jsonl", True), ("jsonl", False), ("csv", False), ("parquet", False)])
def test_memory_does_not_grow_with_the_rows(tmp_path, suffix, dry_run):
    peak_of(tmp_path, suffix, 10, dry_run=dry_run)  # what is imported and kept once
    growth = (growth_of(tmp_path / name, suffix, dry_run=dry_run) for name in "abc")
    # What grows with the rows does so each time; what another thread happens to hold at the peak does not.
    assert any(each < 300_000 for each in growth), "3,000 rows more, of which a list would hold half a megabyte"


def growth_of(folder, suffix, *, dry_run):
    folder.mkdir()
    some, many = (peak_of(folder, suffix, number, dry_run=dry_run) for number in (1_000, 4_000))
    return many - some

"""Print the most memory that an import held, of fewer rows and of more.

test_memory.py runs `import_peaks.py FOLDER SUFFIX DRY_RUN`.

A process without other threads, whose garbage is never collected, holds the same each time, but that Python now and
then doubles a table of its own, such as that of interned strings: what one of two imports did not hold is none of ours.
"""

import csv
import gc
import json
import sys
import tracemalloc
from itertools import count
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.projects import create_project
from db.records import OWNER

FEWER, MORE = 1_000, 1_500
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


def import_rows(folder, suffix, number, *, dry_run):
    """Import so many rows, and return the most bytes that Python held after the first look at them, if it counts."""
    file = folder / f"{number}.{suffix}"
    WRITERS[suffix](file, number)
    reports = count()

    def leave_out_the_first_look(done, total):
        if next(reports) == 0 and tracemalloc.is_tracing():
            tracemalloc.reset_peak()

    settings = ImportSettings(answers="keep", dry_run=dry_run)
    with create_project(folder / f"{number}.db", labels=["event", "none"]) as store:
        report = import_file(store, file, settings, actor=OWNER, progress=leave_out_the_first_look)
        _, peak = tracemalloc.get_traced_memory()
    assert report.added == number
    return peak


def main():
    place, suffix, dry_run = sys.argv[1:]
    peaks = []
    gc.disable()
    for name, number in (("first", MORE), ("fewer", FEWER), ("more", MORE), ("again", MORE)):
        folder = Path(place, name)
        folder.mkdir()
        if name != "first":  # in which Python fills what it keeps
            tracemalloc.start()
        peaks.append(import_rows(folder, suffix, number, dry_run=dry_run == "True"))
        tracemalloc.stop()
    _, fewer, more, again = peaks
    print(json.dumps([fewer, min(more, again)]))


main()

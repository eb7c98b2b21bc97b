"""How long does the import of a large file take, and how much memory? A dry run, then an import, of each format.

    python benchmarks/import_size.py --megabytes 1000 [--format csv] [--dry-run | --no-dry-run] [--folder F] [--json]

Every file has the same sentences of 32 words, drawn with a fixed seed. The CSV is what a German Excel writes, with
semicolons, in Windows-1252, so that separator, encoding and labels have to be found. Each import runs in a process of
its own, whose CPU time and peak memory are the figures.
"""

import argparse
import csv
import json
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from size import Figures, StepClock, alone, megabytes, peak_memory

from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.projects import create_project
from db.records import OWNER

TEXT = (
    "the ship sank off coast after storm crew was rescued by fishing boat in harbour news report said that nobody had "
    "seen it before Größe Käse müde"
)
WORDS_IN_A_ROW = 32
_CHUNK = 10_000
"""Rows that are written before the size is looked at."""

Row = dict[str, Any]


def main() -> None:
    """Write the files, import them, and print the figures."""
    options = _parser().parse_args()
    figures: Figures = {"megabytes": options.megabytes}
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for format in options.format or WRITERS:
            file = Path(folder, f"table.{_SUFFIXES[format]}")
            rows = WRITERS[format](file, options.megabytes)
            figures |= {f"{format} MB": megabytes(file), f"{format} rows": rows}
            for is_dry in (True, False) if options.dry_run is None else (options.dry_run,):
                name = f"{format} {'dry run' if is_dry else 'import'}"
                measured = alone(partial(measure, is_dry=is_dry), Path(folder, f"{name}.db"), file)
                measured["MB per CPU s"] = megabytes(file) / measured["CPU s"]
                for figure, value in measured.items():
                    print(f"{f'{name}, {figure}':44} {value:12,.2f}", flush=True)
                figures |= {f"{name}, {figure}": value for figure, value in measured.items()}
            file.unlink()
    if options.json:
        print(json.dumps({name: round(value, 2) for name, value in figures.items()}))


def measure(project: Path, file: Path, *, is_dry: bool) -> Figures:
    """Import the file into a new project, and nothing else, in this process."""
    clock = StepClock()
    with create_project(project, labels=["event", "none"]) as store:
        import_file(store, file, ImportSettings(dry_run=is_dry), actor=OWNER, progress=clock.note)
    cpu, wall = clock.spent()
    figures = {"CPU s": sum(cpu.values()), "wall s": sum(wall.values()), "peak memory MB": peak_memory()}
    return figures | {f"{step}, CPU s": cpu[step] for step in cpu}


def sentences() -> Iterator[Row]:
    """Yield rows without end, the same each time."""
    draw, words, number = random.Random(0), TEXT.split(), 0
    while True:
        number += 1
        text = " ".join(draw.choices(words, k=WORDS_IN_A_ROW))
        yield {"id": number, "text": f"{text} {number}.", "label": "Event ", "source": "Gazette"}


def write_csv(path: Path, size_mb: float) -> int:
    """Write a table as a German Excel does, until it has this size, and return its rows."""
    with path.open("w", encoding="cp1252", newline="") as file:
        table = csv.DictWriter(file, ["id", "text", "label", "source"], delimiter=";")
        table.writeheader()
        return _fill(path, size_mb, table.writerows, file.flush)


def write_lines(path: Path, size_mb: float) -> int:
    """Write JSON lines until they have this size, and return their number."""
    with path.open("w", encoding="utf-8") as file:

        def write(rows: Iterator[Row]) -> None:
            file.writelines(json.dumps(row | {"label": "event"}, ensure_ascii=False) + "\n" for row in rows)

        return _fill(path, size_mb, write, file.flush)


def _fill(path: Path, size_mb: float, write: Callable[[Iterator[Row]], object], flush: Callable[[], object]) -> int:
    rows, all_rows = 0, sentences()
    while megabytes(path) < size_mb:
        write(islice(all_rows, _CHUNK))
        flush()
        rows += _CHUNK
    return rows


WRITERS: Mapping[str, Callable[[Path, float], int]] = {"csv": write_csv, "native": write_lines}
_SUFFIXES = {"csv": "csv", "native": "jsonl"}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=1000)
    parser.add_argument("--format", action="append", choices=WRITERS, help="only this one; repeatable")
    one_of_two = parser.add_mutually_exclusive_group()
    one_of_two.add_argument(
        "--dry-run", action="store_true", default=None, help="only the dry run, which needs no room"
    )
    one_of_two.add_argument("--no-dry-run", action="store_false", dest="dry_run", help="only the import")
    parser.add_argument("--folder", type=Path, help="where to work; the system's temporary folder by default")
    parser.add_argument("--json", action="store_true", help="print one flat object as the last line")
    return parser


if __name__ == "__main__":
    main()

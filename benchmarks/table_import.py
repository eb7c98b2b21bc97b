"""Measure the import of a large table: `python benchmarks/table_import.py [MEGABYTES]` prints seconds and memory.

The table is what a German Excel writes, with semicolons, in Windows-1252, so that separator, encoding and labels have
to be found. It is read and checked to its end by a dry run, in a process of its own.
"""

import csv
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORDS = [
    "the",
    "ship",
    "sank",
    "off",
    "the",
    "coast",
    "after",
    "storm",
    "crew",
    "was",
    "rescued",
    "by",
    "fishing",
    "boat",
    "in",
    "Größe",
    "Käse",
    "müde",
    "harbour",
    "news",
    "report",
    "said",
    "that",
    "nobody",
    "had",
    "seen",
    "it",
    "before",
]
WORDS_IN_A_ROW = 32


def write_table(path: Path, megabytes: float) -> int:
    """Write rows until the file has this size, and return their number."""
    draw = random.Random(0)
    with path.open("w", encoding="cp1252", newline="") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(["id", "text", "label", "source"])
        rows = 0
        while rows % 1000 or file.tell() < megabytes * 1e6:
            rows += 1
            text = " ".join(draw.choices(WORDS, k=WORDS_IN_A_ROW))
            table.writerow([rows, f"{text} {rows}.", "Event ", "Gazette"])
    return rows


def main(megabytes: float) -> None:
    """Print how long a dry run takes and how much memory it needs."""
    whylight = [sys.executable, "-m", "annotator"]
    with tempfile.TemporaryDirectory() as folder:
        project, table = Path(folder) / "events.db", Path(folder) / "table.csv"
        subprocess.run([*whylight, "init", project, "--label", "event", "--label", "none"], check=True)
        rows = write_table(table, megabytes)
        began = time.monotonic()
        subprocess.run([*whylight, "import", project, table, "--dry-run"], check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - began
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{rows:,} rows, {table.stat().st_size / 1e6:.0f} MB: {seconds:.0f} s, {peak:.0f} MB of memory")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 300)

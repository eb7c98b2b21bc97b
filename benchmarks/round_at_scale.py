"""What does a round cost on a large pool? CPU seconds, memory and disk, with the pool outside the project or in it.

    python benchmarks/round_at_scale.py --outside --sentences 1000000 [--folder FOLDER] [--json]

Each step is a process of its own: the shards are built and attached, or the sentences imported; then a round of the CNN
with random vectors learns from 400 answers, scores the pool, chooses 500 sentences and puts them at the head of the
queue. Sentences have 25 words, drawn with a fixed seed from 5,000 with Zipf frequencies. Where several processes score,
the CPU seconds are of all, and the memory that of the largest. docs/guide/outside.md has the figures.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np

from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.folders import pool_scores_of
from annotator.project.projects import create_project
from annotator.rounds.settings import RoundSettings, resolve, training_config
from annotator.rounds.start import check_ready, queue_round
from db.corpus import sentences
from db.learning import rounds
from db.queue import slots
from db.records import OWNER
from db.store import Store

WORDS, LENGTH = 5000, 25
ANSWERS, HELD_OUT, HEAD = 400, 200, 500
MOST_CPU_S, MOST_MB = 240, 1000
"""What attaching a million sentences and one round may take."""
_AT_A_TIME = 10_000
_SAMPLED_EVERY_S = 0.2
LABELS = ("none", "event")
SETTINGS = RoundSettings(encoder="static", vectors="random", device="cpu", queue_size=HEAD)

Figures = dict[str, float]


def main() -> None:
    """Measure, and print the figures."""
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        figures = measure(Path(folder), options.sentences, outside=options.outside)
    print(what_is_measured())
    for name, figure in figures.items():
        print(f"{name:20} {figure:12,.1f}")
    if options.sentences == 1_000_000 and options.outside:
        is_met = figures["cpu_s"] <= MOST_CPU_S and figures["peak_mb"] <= MOST_MB
        print(f"at most {MOST_CPU_S} CPU s and {MOST_MB:,} MB: {'met' if is_met else 'not met'}")
    if options.json:
        rounded = {name: round(figure, 1) for name, figure in figures.items()}
        print(json.dumps({"note": what_is_measured(), **rounded}))


def measure(folder: Path, number: int, *, outside: bool) -> Figures:
    """Return the figures of a pool of so many sentences; all files are made in the folder."""
    project, file, shards = folder / "p.db", folder / "pool.jsonl", folder / "shards"
    write_pool(file, number)
    with create_project(project, labels=LABELS) as store:
        write_answers(folder / "answers.jsonl")
        import_file(store, folder / "answers.jsonl", ImportSettings(answers="keep"), actor=OWNER)
    if outside:
        figures = run("build", "annotator", "pool", "build", file, "--out", shards)
        figures |= run("attach", "annotator", "pool", "attach", project, shards, "--head", "0")
        figures["shards_mb"] = megabytes(shards)
    else:
        figures = run("import", "annotator", "import", project, file, "--split", "pool")
    with Store.open(project) as store:
        queued = queue_round(store, actor=OWNER, settings=SETTINGS)
        scores = Largest(lambda: megabytes(pool_scores_of(project)))
        with scores:
            figures |= run("round", "annotator.round_process", project, queued.id)
        check_ready(rounds.read(store, queued.id))
        figures |= {"in_project": sentences.count(store), "head": in_head(store, queued.id)}
    figures |= {"pool_scores_mb": scores.largest, "project_mb": megabytes(project)}
    figures["rounds_mb"] = megabytes(project.with_name(f"{project.name}.rounds"))
    of_round = ("attach", "round") if outside else ("import", "round")
    figures["cpu_s"] = sum(figures[f"{step}_cpu_s"] for step in of_round)
    figures["peak_mb"] = max(figures[f"{step}_peak_mb"] for step in of_round)
    return {"sentences": number, **figures}


def what_is_measured() -> str:
    """Return what the figures are of: which model, and how wide its vectors are."""
    config = training_config(resolve(SETTINGS, has_queries=False))
    return f"The model {config.model} with {SETTINGS.vectors} vectors of {config.dimension} dimensions."


def write_pool(file: Path, number: int) -> None:
    """Write the sentences of the pool as JSON lines; every second has the word that tells an event."""
    draw = np.random.default_rng(0)
    with file.open("w", encoding="utf-8") as lines:
        for start in range(0, number, _AT_A_TIME):
            words = draw.zipf(1.3, (min(_AT_A_TIME, number - start), LENGTH)) % WORDS
            words[::2, draw.integers(LENGTH)] = WORDS
            for place, row in enumerate(words.tolist(), start=start):
                lines.write(json.dumps({"id": f"p{place}", "tokens": [f"w{word}" for word in row]}) + "\n")


def write_answers(file: Path) -> None:
    """Write answered sentences, some of them of dev and test."""
    draw = np.random.default_rng(1)
    splits = ["pool"] * ANSWERS + ["dev"] * HELD_OUT + ["test"] * HELD_OUT
    words = draw.zipf(1.3, (len(splits), LENGTH)) % WORDS
    words[::2, 3] = WORDS
    with file.open("w", encoding="utf-8") as lines:
        for place, (row, split) in enumerate(zip(words.tolist(), splits, strict=True)):
            marks = "".join("+" if word == WORDS else "." for word in row)
            given = {"label": LABELS["+" in marks], "marks": marks, "split": split}
            lines.write(json.dumps({"id": f"a{place}", "tokens": [f"w{word}" for word in row], **given}) + "\n")


def run(step: str, module: str, *arguments: object) -> Figures:
    """Run a module with these arguments, and return the CPU seconds and the most memory that its process used."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return {f"{step}_cpu_s": used.ru_utime + used.ru_stime, f"{step}_peak_mb": used.ru_maxrss * 1024 / 1e6}


class Largest:
    """Remembers the largest value that a function returns while the block runs."""

    def __init__(self, read: Callable[[], float]) -> None:
        self.largest = 0.0
        self._read, self._over = read, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_SAMPLED_EVERY_S):
            self.largest = max(self.largest, self._read())


def in_head(store: Store, round_id: int) -> int:
    """Return how many sentences at the head of the queue the round has put there."""
    return sum(slot.round_id == round_id for slot in islice(slots.upcoming(store, HEAD), HEAD))


def megabytes(path: Path) -> float:
    """Return the size of a file, or of all files in a folder, in MB; files that go meanwhile count nothing."""
    files = [path] if path.is_file() else [inner for inner in path.rglob("*") if inner.is_file()]
    return sum(file.stat().st_size for file in files if file.exists()) / 1e6


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=1_000_000)
    parser.add_argument("--outside", action="store_true", help="leave the pool outside the project, in shards")
    parser.add_argument("--folder", type=Path, help="where to work; the system's temporary folder by default")
    parser.add_argument("--json", action="store_true", help="print one flat object as the last line")
    return parser


if __name__ == "__main__":
    main()

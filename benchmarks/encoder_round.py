"""What does a round on a pretrained encoder cost? 300 answers, a pool of 10,000 made-up sentences of 24 words.

The first round reads all sentences; the others find their vectors on the disk. Each is worked on by a process of
its own, as when a person starts it; the figures of the others are medians.

    first_round_s       from the start of the first round's process until the round is ready, reading included
    first_round_cpu_s   its CPU time
    round_s             the same of a round whose sentences are read, from start to ready
    round_cpu_s         its CPU time
    round_mb            its peak memory
    vectors_mb          the vectors on the disk
    scoring_per_s       sentences of the pool per CPU second on one thread, with the saliency of every word

    python benchmarks/encoder_round.py [--pool 10000] [--rounds 3] [--steps N] [--json]
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from training_step import machine

from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.folders import vectors_of
from annotator.project.projects import create_project
from annotator.rounds.files import checkpoint_of
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import check_ready, queue_round
from annotator.sample import LABELS, sample_path
from db.learning import rounds
from db.records import OWNER
from db.store import Store
from learner.data.tokenizer import cut
from learner.encoders.choosing import MINILM
from learner.prediction import predict_many
from learner.training.checkpoint import load_checkpoint

ANSWERS, HELD_OUT = 300, 100
FEWEST_WORDS, MOST_WORDS = 12, 36
TELLING_WORDS = 40  # that are in positive sentences alone
BOUNDS = {"round_cpu_s": 15, "round_mb": 2000}
LEAST_SCORING_PER_S = 20_000


class Used(NamedTuple):
    """What the process of a round used."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def main() -> None:
    """Measure, and print the figures."""
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), pool=options.pool, repeats=options.rounds, steps=options.steps)
    if options.json:
        print(json.dumps(figures | machine()))
        return
    for name, figure in figures.items():
        print(f"{name:20} {figure:10,.1f}{_verdict(name, figure)}")


def measure(folder: Path, *, pool: int, repeats: int, steps: int | None = None) -> dict[str, float]:
    """Return the figures of a project that is made in the folder."""
    sentences = list(draw_sentences(pool + ANSWERS + 2 * HELD_OUT))
    with create_project(folder / "project.db", labels=LABELS) as store:
        figures = measure_rounds(store, sentences, pool=pool, repeats=repeats, steps=steps)
        rate = scoring_rate(store, [drawn.tokens for drawn in sentences[:pool]])
    return figures | {"scoring_per_s": round(rate)}


def measure_rounds(
    store: Store, sentences: Sequence["Drawn"], *, pool: int, repeats: int, steps: int | None, device: str = "cpu"
) -> dict[str, float]:
    """Return the figures of rounds in an empty project: of the first, which reads the sentences, and of the others."""
    file = store.path.with_name("sentences.jsonl")
    write_sentences(file, sentences, pool=pool)
    import_file(store, file, ImportSettings(answers="keep"), actor=OWNER)
    first, *others = [work_on_round(store, seed, steps, device) for seed in range(1 + repeats)]
    kept = sum(each.stat().st_size for each in vectors_of(store.path).rglob("*") if each.is_file())
    medians = [statistics.median(values) for values in zip(*others, strict=True)]
    return {
        "first_round_s": round(first.seconds, 1),
        "first_round_cpu_s": round(first.cpu_seconds, 1),
        "round_s": round(medians[0], 1),
        "round_cpu_s": round(medians[1], 1),
        "round_mb": round(medians[2]),
        "vectors_mb": round(kept / 1e6),
    }


class Drawn(NamedTuple):
    """A made-up sentence, with a mark on the word that tells its label, if one does."""

    tokens: list[str]
    marks: str


def draw_sentences(number: int) -> Iterator[Drawn]:
    """Yield sentences of random words of the sample, 12 to 36 each; every second has a telling word."""
    draw = random.Random(0)
    reviews = (json.loads(line)["text"] for line in sample_path().read_text(encoding="utf-8").splitlines())
    words = sorted({word for review in reviews for word in cut(review)[0]})
    draw.shuffle(words)
    telling, others = words[:TELLING_WORDS], words[TELLING_WORDS:]
    for place in range(number):
        tokens = draw.choices(others, k=draw.randint(FEWEST_WORDS, MOST_WORDS))
        marks = ["."] * len(tokens)
        if place % 2:
            marked = draw.randrange(len(tokens))
            tokens[marked], marks[marked] = draw.choice(telling), "+"
        yield Drawn(tokens, "".join(marks))


def write_sentences(path: Path, sentences: Sequence[Drawn], *, pool: int, held_out: int | None = None) -> None:
    """Write a file to import: the pool without answers, then the answered sentences, dev and test."""
    held_out = HELD_OUT if held_out is None else held_out
    splits = ["pool"] * (len(sentences) - 2 * held_out) + ["dev"] * held_out + ["test"] * held_out
    with path.open("w", encoding="utf-8") as file:
        for place, (drawn, split) in enumerate(zip(sentences, splits, strict=True)):
            row: dict[str, object] = {"id": str(place), "tokens": drawn.tokens, "split": split}
            if place >= pool:
                row |= {"label": LABELS["+" in drawn.marks], "marks": drawn.marks}
            file.write(json.dumps(row) + "\n")


def work_on_round(store: Store, seed: int, steps: int | None, device: str) -> Used:
    """Queue a round, have a process work on it, and return what that used."""
    settings = RoundSettings(encoder=MINILM, device=device, seed=seed, steps=steps)
    queued = queue_round(store, actor=OWNER, settings=settings)
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "annotator.round_process", str(store.path), str(queued.id)],
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    check_ready(rounds.read(store, queued.id))
    return Used(time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def scoring_rate(store: Store, pool: Sequence[list[str]]) -> float:
    """Return how many sentences the last round's model scores per CPU second; their vectors are on the disk."""
    torch.set_num_threads(1)
    last = rounds.all_of(store)[0]
    trained = load_checkpoint(checkpoint_of(store, last.id), vectors_in=vectors_of(store.path))
    for _ in predict_many(trained, pool):  # the first look at a part of the store checks it
        pass
    began = time.process_time()
    for _ in predict_many(trained, pool):
        pass
    return len(pool) / (time.process_time() - began)


def _verdict(name: str, figure: float) -> str:
    if name in BOUNDS:
        return f"   at most {BOUNDS[name]:,}: {'met' if figure <= BOUNDS[name] else 'not met'}"
    if name == "scoring_per_s":
        is_met = figure >= LEAST_SCORING_PER_S
        return f"   at least {LEAST_SCORING_PER_S:,}: {'met' if is_met else 'not met'}"
    return ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--pool", type=int, default=10_000, help="sentences in the pool, without the answered ones")
    parser.add_argument("--rounds", type=int, default=3, help="rounds after the first")
    parser.add_argument("--steps", type=int, help="steps of training, for a quick try (default: as a round has them)")
    parser.add_argument("--json", action="store_true", help="print the figures as one object on the last line")
    return parser


if __name__ == "__main__":
    main()

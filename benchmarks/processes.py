"""When is it worth training and predicting in several processes? Steps and sentences per second, by their number.

    python benchmarks/processes.py --json

Each process has one thread. The numbers of processes take turns, and the figures are medians over
the rounds. They mean nothing on a machine that does other work at the same time.
docs/distributed.md interprets the table.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from learner.config import TrainingConfig
from learner.data.batches import encode_examples
from learner.data.example import Example
from learner.data.vectors import VectorReport
from learner.data.vocabulary import Vocabulary
from learner.models.cnn import EventCnn
from learner.models.words import WordTable
from learner.prediction import predict
from learner.saliency.objective import Objective
from learner.training.process_group import Group, join_group
from learner.training.shared_objective import SharedObjective
from learner.training.trained import TrainedModel, TrainingResult

WORDS, LENGTH = 5000, 25
CASES = [(50, 32), (50, 256), (300, 32), (300, 256)]  # dimensions, sentences per step
SECONDS, SENTENCES = 4.0, 400


def main() -> None:
    """Measure with every number of processes, or, inside one of the processes, measure there."""
    options = _parser().parse_args()
    if options.inside:
        _measure(options.inside)
        return
    rates = defaultdict(list)
    for _ in range(options.rounds):
        for processes in options.processes:
            for name, rate in _run(processes).items():
                rates[name, processes].append(rate)
    figures = {
        f"{name}_{processes}": round(statistics.median(values), 1) for (name, processes), values in rates.items()
    }
    facts = {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(), "torch": torch.__version__}
    _show(rates, options.processes)
    if options.json:
        print(json.dumps({**facts, "load": round(os.getloadavg()[0], 1), "rounds": options.rounds, **figures}))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2], metavar="N")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    return parser


def _run(processes: int) -> dict[str, float]:
    """Return the rates that the first of this many processes has measured."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "rates.json"
        launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        subprocess.run([*launcher, __file__, "--inside", str(out)], check=True, env=environment)
        rates: dict[str, float] = json.loads(out.read_text())
    return rates


def _measure(out: Path) -> None:
    torch.set_num_threads(1)
    with join_group() as group:
        rates = {f"steps_d{d}_rows{rows}": _steps_a_second(d, rows, group) for d, rows in CASES}
        rates["sentences_d300"] = _sentences_a_second(group)
        if group.is_first:
            out.write_text(json.dumps(rates))


def _model(dimension: int) -> EventCnn:
    torch.manual_seed(0)
    words = WordTable(torch.randn(WORDS + 2, dimension), trained_rows=WORDS + 2)
    return EventCnn(words, classes=2, max_words=LENGTH)


def _sentences(count: int) -> list[tuple[str, ...]]:
    rng = np.random.default_rng(0)
    return [tuple(f"w{word}" for word in row) for row in rng.zipf(1.3, (count, LENGTH)) % WORDS]


def _steps_a_second(dimension: int, rows: int, group: Group) -> float:
    """Return training steps per second: objective, gradients and Adam's update; a sixth of the rows is marked."""
    objective = Objective(_model(dimension), loss="hinge")
    shared = SharedObjective(objective, group) if group.size > 1 else objective
    optimizer = torch.optim.Adam(objective.parameters(), fused=True)
    marks = ["+" + "." * (LENGTH - 1), *[None] * 5]
    examples = [Example(tokens, place % 2, marks[place % 6]) for place, tokens in enumerate(_sentences(rows))]
    vocabulary = Vocabulary(tuple(f"w{word}" for word in range(WORDS)))
    batch = encode_examples(examples, vocabulary, max_words=LENGTH).batch(torch.arange(rows))
    steps, start = 0, 0.0
    while not steps or _has_time_left(start, group):
        optimizer.zero_grad()
        shared(batch).total.backward()
        optimizer.step()
        steps += 1
        start = start or time.perf_counter()  # the first step only warms up
    return (steps - 1) / (time.perf_counter() - start)


def _has_time_left(start: float, group: Group) -> bool:
    return bool(group.from_first([time.perf_counter() - start < SECONDS])[0])


def _sentences_a_second(group: Group) -> float:
    words = Vocabulary(tuple(f"w{word}" for word in range(WORDS)))
    vectors, result = VectorReport("none", 0, WORDS), TrainingResult("max_steps", 0, 0, 0, 0, 0, 0)
    trained = TrainedModel(_model(300).eval(), words, ("no", "yes"), TrainingConfig(), vectors, result)
    sentences = _sentences(SENTENCES * group.size)[group.rank :: group.size]
    list(predict(trained, sentences[:20]))
    group.wait()
    start = time.perf_counter()
    list(predict(trained, sentences))
    group.wait()
    return SENTENCES * group.size / (time.perf_counter() - start)


def _show(rates: dict[tuple[str, int], list[float]], processes: list[int]) -> None:
    table = Table("a second", *(f"{number} processes" for number in processes), title="median of the rounds")
    for name in dict.fromkeys(name for name, _ in rates):
        table.add_row(name, *(f"{statistics.median(rates[name, number]):.1f}" for number in processes))
    Console().print(table)


if __name__ == "__main__":
    main()

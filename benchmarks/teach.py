"""What do marks gain? Train on the first n training sentences with each loss and judge on held-out ones.

    python benchmarks/teach.py DATA --vectors FILE --sizes 300 --seeds 5 --json

Each figure is the mean over seeds, with its standard deviation (ddof 0). Splits are the file's own.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from learner import registry
from learner.config import TrainingConfig
from learner.data.example import TRAINING_SPLITS, Example, read_examples
from learner.data.vocabulary import words_of
from learner.judging.evaluation import evaluate
from learner.training.run import train

FIGURES = {
    "f1": "F1",
    "accuracy": "accuracy",
    "saliency_accuracy_word": "s_acc W",
    "saliency_accuracy_word_unmarked": "W unmarked",
    "saliency_accuracy_intermediate": "s_acc I",
    "saliency_accuracy_intermediate_unmarked": "I unmarked",
    "saliency_accuracy_decision": "s_acc D",
    "saliency_accuracy_decision_unmarked": "D unmarked",
    "average_precision_input_x_gradient": "AP i×g",
    "average_precision_gradient": "AP g",
}
Runs = list[dict[str, float | int]]


def main() -> None:
    """Compare the losses on a file with the splits train, dev and test."""
    options = _parser().parse_args()
    examples, labels = read_examples(options.data)
    table = _table(f"{options.data.name}: {options.split}, {options.seeds} seeds, mean ± sd")
    figures: dict[str, float] = {}
    for size, loss in product(options.sizes, options.losses):
        configs = [TrainingConfig(loss=loss, vectors=options.vectors, seed=seed) for seed in range(options.seeds)]
        summary = dict(_summary([_run(examples, labels, size, options.split, config) for config in configs]))
        table.add_row(str(size), loss, *(f"{summary[name]:.1f} ± {summary[f'{name}_sd']:.1f}" for name in FIGURES))
        figures |= {f"{loss}_{size}_{name}": value for name, value in summary.items()}
    Console(stderr=options.json, width=200).print(table)
    if options.json:
        print(json.dumps(figures))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("data", type=Path, help="JSON lines of examples")
    parser.add_argument("--vectors", help="glove-50d or a file of word vectors; random ones by default")
    parser.add_argument("--sizes", type=int, nargs="+", default=[300], help="training sentences")
    parser.add_argument("--losses", nargs="+", choices=registry.names("loss"), default=registry.names("loss"))
    parser.add_argument("--seeds", type=int, default=5, help="trainings per loss and size, with the seeds 0, 1, …")
    parser.add_argument("--split", choices=("dev", "test"), default="test", help="dev is for choosing settings")
    parser.add_argument("--json", action="store_true", help="print the figures as one object on the last line")
    return parser


def _run(
    examples: Sequence[Example], labels: Sequence[str], size: int, split: str, config: TrainingConfig
) -> dict[str, float | int]:
    training = [example for example in examples if example.split in TRAINING_SPLITS][:size]
    dev = [example for example in examples if example.split == "dev"]
    judged = [example for example in examples if example.split == split]
    words = words_of(example.tokens for example in [*dev, *judged])
    trained = train(training, dev, labels=labels, config=config, extra_words=words)
    print(f"{config.loss}, n {size}, seed {config.seed}: kept step {trained.result.step}", file=sys.stderr, flush=True)
    return evaluate(trained, judged)


def _summary(runs: Runs) -> Iterator[tuple[str, float]]:
    for name in FIGURES:
        values = [run[name] for run in runs]
        yield name, round(float(np.mean(values)), 2)
        yield f"{name}_sd", round(float(np.std(values)), 2)


def _table(title: str) -> Table:
    table = Table(title=title)
    for heading in ("n", "loss", *FIGURES.values()):
        table.add_column(heading, justify="left" if heading == "loss" else "right", no_wrap=True)
    return table


if __name__ == "__main__":
    main()

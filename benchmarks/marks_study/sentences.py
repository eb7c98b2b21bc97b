"""The sentences of a trial. What chooses settings never has a test sentence in its hands."""

import random
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from learner.example import SPLITS, TRAINING_SPLITS, Example, Examples, read_examples
from learner.jsonlines import read_lines, write_lines

FOR_CHOOSING = (*TRAINING_SPLITS, "dev")


@cache
def without_test(path: Path) -> Examples:
    """Return the training and dev sentences of a file; a line of test is dropped before it is read as an example."""
    return _of_splits(path, FOR_CHOOSING)


@cache
def with_test(path: Path) -> Examples:
    """Return the sentences of all splits of a file."""
    return _of_splits(path, SPLITS)


def of_split(examples: Sequence[Example], split: str) -> list[Example]:
    """Return the sentences of a split; `train` stands for what trains."""
    splits = TRAINING_SPLITS if split == "train" else (split,)
    return [example for example in examples if example.split in splits]


def sample(examples: Sequence[Example], size: int | None, *, seed: int) -> list[Example]:
    """Return `size` examples, all of them for None, in an order that the seed alone decides.

    A smaller sample is the beginning of a larger one.
    """
    order = random.Random(seed).sample(range(len(examples)), k=len(examples))
    return [examples[place] for place in order[:size]]


def _of_splits(path: Path, splits: Collection[str]) -> Examples:
    with TemporaryDirectory() as folder:
        kept = Path(folder) / "kept.jsonl"
        write_lines(kept, (line.record for line in read_lines(path) if line.record.get("split") in splits))
        return read_examples(kept)

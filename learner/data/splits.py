"""Divide examples into those that train, choose and judge a model."""

import hashlib
import random
from collections.abc import Sequence

from learner.data.example import TRAINING_SPLITS, Example

_DEV_SHARE = 10  # one in ten


def divide(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """Return the training and the dev examples.

    In a file without splits, one example in ten is dev, by a hash of its id.
    """
    if any(example.split for example in examples):
        training = [example for example in examples if example.split is None or example.split in TRAINING_SPLITS]
        return training, of_split(examples, "dev")
    return [e for e in examples if not _is_dev(e)], [e for e in examples if _is_dev(e)]


def of_split(examples: Sequence[Example], split: str) -> list[Example]:
    """Return the examples of a split; `train` means all that train."""
    splits = TRAINING_SPLITS if split == "train" else (split,)
    return [example for example in examples if example.split in splits]


def sample(examples: Sequence[Example], size: int | None, *, seed: int) -> list[Example]:
    """Return `size` examples (None: all), in an order that only the seed decides.

    A smaller sample is the beginning of a larger one.
    """
    order = random.Random(seed).sample(range(len(examples)), k=len(examples))
    return [examples[place] for place in order[:size]]


def _is_dev(example: Example) -> bool:
    key = example.id if example.id is not None else " ".join(example.tokens)
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % _DEV_SHARE == 0

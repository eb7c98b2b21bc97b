"""What a model did with each sentence that people answered: what its figures, and their intervals, are computed from.

Torch-free: a page of the browser compares two models from these arrays (`learner/judging/paired.py`), and
`learner/judging/judge.py` makes them.
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from learner.errors import ExampleError

MOST_SALIENT = 6
"""A model looks at the marked words if one of them is among this many of its most salient (the paper's appendix D)."""


@dataclass(frozen=True)
class Judged:
    """What a model did with the n sentences of one set, one row per sentence.

    The saliency is by the view that people are shown of the model, for the gold label, at the words that it sees.
    """

    ids: NDArray[np.int64]  # (n,)
    """What identifies each sentence to the caller."""
    gold: NDArray[np.int16]  # (n,)
    probabilities: NDArray[np.float32]  # (n, labels)
    marked: NDArray[np.int32]  # (n,)
    """How many words are marked `+`."""
    unmarked: NDArray[np.int32]  # (n,)
    """How many words are not."""
    precision: NDArray[np.float32]  # (n,)
    """The average precision, 0 to 1, with which the saliency ranks the marked words; NaN where there is no ranking."""
    share: NDArray[np.float32]  # (n,)
    """The share of the absolute saliency that is on marked words, 0 to 1; NaN without marked words or saliency."""
    looks: NDArray[np.bool_]  # (n,)
    """Whether one of the `MOST_SALIENT` words is marked."""
    marked_positive: NDArray[np.int32]  # (n,)
    """How many marked words are positive by the paper's view, the gradient."""
    unmarked_positive: NDArray[np.int32]  # (n,)
    without_marked: NDArray[np.int8]  # (n,)
    """1 if the gold label is predicted without the marked words, 0 if another is, -1 without marked words."""
    without_others: NDArray[np.int8]  # (n,)
    """The same without as many random unmarked words; -1 also where there are too few."""

    def __len__(self) -> int:
        """Return the number of sentences."""
        return len(self.ids)

    @property
    def predicted(self) -> NDArray[np.int64]:
        """Return the likeliest label of each sentence."""
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.int64)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Return whether each sentence is predicted with its gold label."""
        return np.asarray(self.predicted == self.gold)

    @property
    def probability_of_gold(self) -> NDArray[np.float32]:
        """Return the probability of each sentence's gold label."""
        taken: NDArray[np.float32] = np.take_along_axis(self.probabilities, self.gold[:, None].astype(np.int64), axis=1)
        return taken[:, 0]

    def take(self, rows: NDArray[np.integer]) -> Self:
        """Return these rows, in this order."""
        return replace(self, **{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def to_bytes(sets: Mapping[Any, Judged]) -> bytes:
    """Return the judged sentences of every set, compressed."""
    arrays = {f"{name}.{field.name}": getattr(judged, field.name) for name, judged in sets.items() for field in _FIELDS}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def from_bytes(data: bytes) -> dict[str, Judged]:
    """Return what `to_bytes` wrote; raises ExampleError if it is something else."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            names = dict.fromkeys(key.rpartition(".")[0] for key in arrays)
            return {name: Judged(*(arrays[f"{name}.{field.name}"] for field in _FIELDS)) for name in names}
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ExampleError(f"the judged sentences of a round cannot be read: {error}") from error


_FIELDS = fields(Judged)

"""Find a sentence in the parts of a store, by a hash of its tokens and its query."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learner.encoders.store_part import KEY_BYTES, Part

Sentence = tuple[Sequence[str], Sequence[str] | None]
"""The tokens of a sentence, and those of its query or None."""

_to_json = json.JSONEncoder(ensure_ascii=False).encode


def keys_of(sentences: Sequence[Sentence]) -> NDArray[np.bytes_]:
    """Return a hash of each sentence, which no other sentence has."""
    return np.array([_key(*sentence) for sentence in sentences], f"S{KEY_BYTES}")


def _key(tokens: Sequence[str], query: Sequence[str] | None) -> bytes:
    content = _to_json([[*tokens], None if query is None else [*query]])
    return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()


@dataclass(frozen=True, eq=False)
class Index:
    """The keys of several parts in order, and the place of each."""

    parts: Sequence[Part]
    keys: NDArray[np.bytes_]
    order: NDArray[np.int64]
    """For each key its number among all keys, counted through the parts."""
    begins: NDArray[np.int64]
    """The number of each part's first key."""

    def find(self, keys: NDArray[np.bytes_]) -> list[tuple[Part, int] | None]:
        """Return the part and row of each key, None for one that is in no part."""
        if not self.keys.size:
            return [None] * len(keys)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        hits, numbers = self.keys[at] == keys, self.order[at]
        of_part = np.searchsorted(self.begins, numbers, side="right") - 1
        rows = numbers - self.begins[of_part]
        return [
            (self.parts[part], row) if hit else None
            for hit, part, row in zip(hits.tolist(), of_part.tolist(), rows.tolist(), strict=True)
        ]


def index_of(parts: Sequence[Part]) -> Index:
    """Return the index of these parts; of equal keys, the first one is found."""
    keys = np.concatenate([np.empty(0, f"S{KEY_BYTES}"), *(part.keys for part in parts)])
    order = np.argsort(keys, kind="stable")
    begins = np.cumsum([0, *(len(part.keys) for part in parts)])[:-1]
    return Index(parts, keys[order], order, begins)

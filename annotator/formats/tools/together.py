"""Bring together what a file has in several lines: what several people, or several questions, say of one text."""

import hashlib
import json
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from annotator.formats.faults import Fault, Faults

MOST_LINES = 5_000_000
MOST_WAITING = 2**26
"""Bytes of lines whose group is not complete yet."""

Given = tuple[int, dict[str, Any], int]
"""A line's number, its fields, and about how many characters it has."""
Waiting = tuple[int, bytes, int]
"""The same, with the fields as JSON, which takes a fraction of the memory."""


@dataclass
class Together:
    """The lines of a file, grouped by a key. The file is read twice, so that no group has to be guessed complete."""

    objects: Callable[[Faults], Iterator[Given]]
    """Reads the file from its start."""
    key: Callable[[dict[str, Any]], object]

    def groups(self, faults: Faults) -> Iterator[list[Given]]:
        """Yield the groups, each when its last line is read; in the file's order where each has one line."""
        keys = array("Q")
        for _, given, _ in self.objects(_unheard(faults)):
            keys.append(self._digest(given))
            if len(keys) > MOST_LINES:
                found = f"more than {MOST_LINES:,} lines"
                faults.add(Fault(None, None, found, "at most as many in a file of this format; cut it into parts"))
                return
        yield from self._collected(_Repeated(keys), faults)

    def _collected(self, repeated: "_Repeated", faults: Faults) -> Iterator[list[Given]]:
        waiting: dict[int, list[Waiting]] = {}
        held = 0
        for line, given, size in self.objects(faults):
            digest = self._digest(given)
            if (times := repeated.times(digest)) == 1:
                yield [(line, given, size)]
                continue
            group = waiting.setdefault(digest, [])
            group.append((line, json.dumps(given).encode(), size))
            held += len(group[-1][1])
            if len(group) == times:
                held -= sum(len(written) for _, written, _ in group)
                yield [(number, json.loads(written), length) for number, written, length in waiting.pop(digest)]
            elif held > MOST_WAITING:
                found = f"more than {MOST_WAITING:,} bytes between the answers to the same sentence"
                faults.stop()
                faults.add(
                    Fault(line, None, found, "answers to one sentence near each other; sort the file by its texts")
                )
                return

    def _digest(self, given: dict[str, Any]) -> int:
        written = json.dumps(self.key(given)).encode()
        return int.from_bytes(hashlib.blake2b(written, digest_size=8).digest())


class _Repeated:
    """How often the keys occur that occur more than once, in 16 bytes each."""

    def __init__(self, keys: "array[int]") -> None:
        found, counts = np.unique(np.frombuffer(keys, dtype=np.uint64), return_counts=True)
        self._keys, self._counts = found[counts > 1], counts[counts > 1]

    def times(self, key: int) -> int:
        """Return how often a key occurs."""
        place = int(np.searchsorted(self._keys, np.uint64(key)))
        return int(self._counts[place]) if place < len(self._keys) and self._keys[place] == key else 1


def _unheard(faults: Faults) -> Faults:
    """Return what takes the faults of a first reading: each is noted when its line is read again."""
    return Faults(faults.source, lambda fault: None)

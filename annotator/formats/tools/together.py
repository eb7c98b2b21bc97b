"""Bring together what a file has in several lines: what several people, or several questions, say of one text."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from annotator.formats.faults import Fault, Faults

MOST_LINES = 2_000_000
MOST_WAITING = 2**26
"""Characters of lines whose group is not complete yet."""

Given = tuple[int, dict[str, Any], int]
"""A line's number, its fields, and about how many characters it has."""


@dataclass
class Together:
    """The lines of a file, grouped by a key. The file is read twice, so that no group has to be guessed complete."""

    objects: Callable[[Faults], Iterator[Given]]
    """Reads the file from its start."""
    key: Callable[[dict[str, Any]], object]

    def groups(self, faults: Faults) -> Iterator[list[Given]]:
        """Yield the groups, each when its last line is read; in the file's order where each has one line."""
        expected: Counter[bytes] = Counter()
        for _, given, _ in self.objects(Faults(faults.source)):  # a fault is noted when it is read again
            expected[self._digest(given)] += 1
            if len(expected) > MOST_LINES:
                found = f"more than {MOST_LINES:,} sentences"
                faults.add(Fault(None, None, found, "at most as many in a file of this format; cut it into parts"))
                return
        yield from self._collected(expected, faults)

    def _collected(self, expected: Counter[bytes], faults: Faults) -> Iterator[list[Given]]:
        waiting: dict[bytes, list[Given]] = {}
        held = 0
        for line in self.objects(faults):
            digest = self._digest(line[1])
            group = waiting.setdefault(digest, [])
            group.append(line)
            held += line[2]
            if len(group) == expected[digest]:
                held -= sum(size for _, _, size in group)
                yield waiting.pop(digest)
            elif held > MOST_WAITING:
                found = f"more than {MOST_WAITING:,} characters between the answers to the same sentence"
                faults.add(
                    Fault(line[0], None, found, "answers to one sentence near each other; sort the file by text")
                )
                return

    def _digest(self, given: dict[str, Any]) -> bytes:
        return hashlib.blake2b(json.dumps(self.key(given)).encode(), digest_size=16).digest()

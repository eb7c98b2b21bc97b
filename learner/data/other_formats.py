"""Files of examples in formats that the learner does not know: another package may read them.

It registers an `OtherFormats` by an entry point in the group `whylight.example_reader`. So the learner, which knows
nothing of people and tables, reads what tools for annotation write (docs/decisions/0025).
"""

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple

from learner.data.jsonlines import Line

GROUP = "whylight.example_reader"

Remark = Callable[[str], None]
"""Takes a sentence about what was left out of a file, or guessed in it."""


class OtherFormats(NamedTuple):
    """What a package offers: what its formats are called in a sentence, and what reads them."""

    names: Sequence[str]
    read: Callable[[Path, Remark], Iterator[Line] | None]
    """Returns the lines of a file or a folder, None for one that it does not know; raises ExampleError."""


def registered() -> list[OtherFormats]:
    """Return what the installed packages offer, in the order of their names."""
    # A package that is found twice, such as one that is installed and on the path, counts once.
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    return [found[name].load() for name in sorted(found)]

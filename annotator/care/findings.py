"""What an examination of a project found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

RESTORE = "Stop the server, keep a copy of the file, and restore the newest backup: `whylight restore`."
MOST_NAMED = 5


Level = Literal["ok", "warning", "error"]


class Observation(NamedTuple):
    """What a check saw; the doctor knows what the check is about."""

    level: Level
    found: str
    todo: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing that was examined."""

    level: Level
    about: str
    found: str
    todo: str = ""


def some(names: Sequence[str]) -> str:
    """Name the first few."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more

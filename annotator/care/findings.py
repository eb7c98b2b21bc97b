"""What an examination of a project found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from annotator.wording import first_names

RESTORE = "Stop the server, keep a copy of the file, and restore the newest backup: `whylight restore`."
MOST_NAMED = 5


Level = Literal["ok", "warning", "error"]


class Observation(NamedTuple):
    """What a check found; the doctor adds what the check is about."""

    level: Level
    found: str
    todo: str = ""


@dataclass(frozen=True)
class Finding:
    """What was found about one thing, and what to do."""

    level: Level
    about: str
    found: str
    todo: str = ""


def first_few(names: Sequence[str]) -> str:
    """Return the first few names, and how many more there are."""
    return first_names(names, MOST_NAMED)

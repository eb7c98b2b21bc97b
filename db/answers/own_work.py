"""A filter of the log: which of a person's own answers and skips a read returns."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class OwnWork:
    """A choice of a person's own answers and skips; every given condition must hold."""

    kind: Literal["answer", "skip"] | None = None
    flagged: bool = False
    words: tuple[str, ...] = ()
    literal: str = ""


ALL_OWN_WORK = OwnWork()

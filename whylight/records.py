"""Records that only the library gives: what the store has under internal numbers, with the ids that people know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from db import records


@dataclass(frozen=True)
class Sentence:
    """A sentence of a project."""

    id: str
    """The id that its file gave it."""
    text: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    """Each token's first character in `text`, in code points."""
    split: Literal["pool", "dev", "test"]
    query: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: records.Sentence) -> Self:
        """Return the record of a stored sentence."""
        return cls(
            stored.external_id,
            stored.text,
            stored.tokens,
            stored.starts,
            stored.split,
            stored.query,
            stored.metadata,
        )


@dataclass(frozen=True)
class QueuedSentence:
    """A sentence that is next in the queue, and why."""

    id: str
    text: str
    reason: Literal["start", "unsure", "random", "held out"]
    acquisition: str | None
    """By which acquisition the round chose it."""
    score: float | None
    round: int | None
    """The round that put it there; None before the first."""
    place: int | None
    probability: float | None
    """The chance with which it was drawn."""
    parts: Mapping[str, float]
    """The parts of its score, by the acquisitions that were mixed."""
    why: str

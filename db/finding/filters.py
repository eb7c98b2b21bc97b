"""A filter: which sentences a read returns."""

from dataclasses import dataclass

from db.records import Split


@dataclass(frozen=True)
class SentenceFilter:
    """A choice of sentences; every given condition must hold.

    An answer counts while nothing supersedes it, and a surplus one only once it was admitted; a skip is not an answer.
    """

    split: Split | None = None
    label: int | None = None
    """An answer that counts has this label."""
    person: int | None = None
    """This person has an answer that counts; together with `label`, an answer with that label."""
    answered: bool | None = None
    """Whether an answer counts, or, with `person`, one of theirs."""
    disagreement: bool = False
    """Answers of two people count and have different labels."""
    flagged: bool = False
    """An answer or a skip that nothing supersedes asks for a discussion."""
    words: tuple[str, ...] = ()
    """They follow one another in the sentence, whatever their case and accents; the last may be a prefix."""
    literal: str = ""
    """The text contains it, letter for letter."""
    among: tuple[int, ...] | None = None
    """It is one of these, by id and in order."""
    set_id: int | None = None
    """It is in this set."""
    tag: str | None = None
    """It has this tag."""


EVERYTHING = SentenceFilter()

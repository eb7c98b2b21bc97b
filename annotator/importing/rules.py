"""What the caller of an import decides: which answers to keep, how much to set aside, whether to add known texts."""

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import Literal

from annotator.importing.label_reading import AS_NAMED, LabelRules
from db.records import Split
from db.sentences import EncodedSentence

MOST_HELD_OUT = 0.45

AnswerPolicy = Literal["held-out", "keep"]
Duplicates = Literal["keep", "skip"]
"""What to do with new sentences whose text the project has."""


@dataclass(frozen=True)
class Rules:
    """What the caller of an import decides."""

    keep_answers: bool
    """Whether a file's own answers to pool sentences are kept."""
    hold_out: float
    """The share set aside for dev, and as much again for test, when no line has a split."""
    skip_known_texts: bool = False
    """Whether new sentences are left out if the project has their text."""
    labels: LabelRules = AS_NAMED

    def keeps(self, own: bool, split: Split) -> bool:
        """Return whether a row's answers are wanted: its `own` may not be, those that name a person always are."""
        return not own or split != "pool" or self.keep_answers

    def set_aside(self, sentence: EncodedSentence) -> Split:
        """Return the split of a sentence that comes without one, by a hash of its text: the same in every import.

        Texts that differ only in case, or in how their accents are encoded, get the same split too.
        """
        words = unicodedata.normalize("NFC", f"{sentence.tokens}\0{sentence.query_tokens or ''}".casefold())
        digest = hashlib.sha256(f"split {words}".encode()).digest()
        place = int.from_bytes(digest[:6]) / 2**48
        if place < self.hold_out:
            return "dev"
        return "test" if place < 2 * self.hold_out else "pool"

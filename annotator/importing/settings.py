"""What the caller of an import decides: how the file is read, and which of its rows and answers are added."""

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import Any, Literal, get_args

from annotator.errors import BadShare
from annotator.formats.fields import DEFAULT_FIELDS, Fields
from annotator.formats.files.layout import AS_WRITTEN, Layout
from annotator.importing.label_reading import AS_NAMED, LabelRules
from db.corpus.sentences import EncodedSentence
from db.records import Split

MOST_HELD_OUT = 0.45
USUAL_SHARE = 0.1

AnswerPolicy = Literal["held-out", "keep"]
Duplicates = Literal["keep", "skip"]
"""What to do with new sentences whose text the project has."""
SamePerson = Literal["refuse", "newer"]
"""What to do where a person gave different answers to a sentence in the file and in the project."""
Update = Literal["split", "metadata", "text"]
"""What of a sentence that the project has is replaced by what the file says."""
UPDATES: tuple[Update, ...] = get_args(Update)


@dataclass(frozen=True)
class ImportSettings:
    """What the caller of an import decides, as the options of `whylight import` say it.

    Raises BadShare for a share of held-out sentences next to a split for all of them.
    """

    format: str | None = None
    """None takes the one that the file's suffix stands for."""
    fields: Fields = DEFAULT_FIELDS
    """Which of the file's fields hold what."""
    answers: AnswerPolicy = "held-out"
    """Whether only the file's own answers to dev and test sentences are kept, or those to pool sentences too."""
    hold_out: float | None = None
    """The share set aside for dev, and as much again for test, when no line has a split; None for the usual one, or
    for 0 in a project that has a test set."""
    duplicates: Duplicates = "keep"
    """Whether sentences with a new id whose text the project has are added, to the split that has it."""
    labels: LabelRules = AS_NAMED
    """What the file's labels mean."""
    dry_run: bool = False
    """Whether the file is only read and checked, and nothing is written."""
    people: tuple[str, ...] = ()
    """The field that names who gave a row's label, or several fields with a label each, named after people."""
    leave_out_faulty: bool = False
    """Whether rows with a fault are left out and counted, and cost the others nothing."""
    split: Split | None = None
    """The split of all sentences of the file; a line that says another is refused."""
    layout: Layout = AS_WRITTEN
    """What separates the cells of a table, and how the file writes its letters, if its content is not to decide."""

    update: tuple[Update, ...] = ()
    """What the file replaces of sentences that the project has; the rest stays, and differences are counted."""

    same_person: SamePerson = "refuse"
    """Whether the file is refused where a person answered a sentence here too, or the newer of both answers counts."""

    def __post_init__(self) -> None:
        if self.split is not None and self.hold_out:
            raise BadShare(
                f"All sentences are put into {self.split}, so that none are left to set aside; give either the "
                "split of all sentences (--split) or the share to set aside (--hold-out)."
            )

    def chosen(self) -> dict[str, Any]:
        """Return what decides which rows and answers a file becomes, apart from its format, for the import's record."""
        rare: dict[str, Any] = {
            "people": list(self.people),
            "leave_out_faulty": self.leave_out_faulty,
            "split": self.split,
            "update": list(self.update),
            "newer_answers_count": self.same_person == "newer",
        }
        return {
            "keep_answers": self.answers == "keep",
            "hold_out": self.asked_share,
            "duplicates": self.duplicates,
            **self.labels.chosen(),
            **self.layout.chosen(),
            **{name: value for name, value in rare.items() if value},
        }

    def keeps(self, own: bool, split: Split) -> bool:
        """Return whether a row's answers are wanted: its `own` may not be, those that name a person always are."""
        return not own or split != "pool" or self.answers == "keep"

    @property
    def asked_share(self) -> float:
        """Return the share that was asked for, or the usual one."""
        return USUAL_SHARE if self.hold_out is None else self.hold_out

    def share_in(self, *, has_test_set: bool) -> float:
        """Return the share to set aside: nothing joins a test set unless asked, or rounds could not be compared."""
        return 0.0 if has_test_set and self.hold_out is None else self.asked_share

    def set_aside(self, sentence: EncodedSentence, *, share: float) -> Split:
        """Return the split of a sentence that comes without one, by a hash of its text: the same in every import.

        Texts that differ only in case, or in how their accents are encoded, get the same split too.
        """
        words = unicodedata.normalize("NFC", f"{sentence.tokens}\0{sentence.query_tokens or ''}".casefold())
        digest = hashlib.sha256(f"split {words}".encode()).digest()
        place = int.from_bytes(digest[:6]) / 2**48
        if place < share:
            return "dev"
        return "test" if place < 2 * share else "pool"


DEFAULT_SETTINGS = ImportSettings()

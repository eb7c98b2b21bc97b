"""What the check finds out about a file without faults."""

from collections import Counter
from dataclasses import dataclass, field

from annotator.formats.notes import Notes
from annotator.importing.remarks import Remarks
from db.corpus.placing import Placement


@dataclass
class Survey:
    """What the check finds out about a file without faults."""

    rows: int = 0
    new: int = 0
    """Sentences that the project does not have."""
    new_answers: int = 0
    """Answers that are wanted and missing, to sentences that the project has."""
    asked: int = 0
    """Sentences that the project has, about which the file has something asked again that the project lacks."""
    tagged: int = 0
    """Sentences that the project has, with tags in the file that they lack."""
    changed: int = 0
    """Sentences that the project has, and that get another split or metadata from the file."""
    corrected: int = 0
    """Sentences that the project has, and that get another text from the file."""
    left_out: int = 0
    """Answers that are missing and not wanted, to sentences that the project has."""
    duplicate_texts: int = 0
    known_texts: int = 0
    """Sentences that are new by their id, with a text that the project has."""
    skipped_texts: int = 0
    """How many of those are skipped."""
    removed: int = 0
    """Rows of sentences that were removed from the project for good, which stay out."""
    outdated: int = 0
    """Rows with another text than the project's corrected one, which are left out with their answers."""
    turned_texts: int = 0
    """Sentences with invisible characters that turn the direction of writing."""
    repeats: int = 0
    """Rows that add another person's answer to the sentence of an earlier row."""
    has_splits: bool = False
    keeps_test_set: bool = False
    """Whether nothing is set aside because the project has a test set."""
    answered: int = 0
    """Rows with answers that may have to be added."""
    tokenizers: set[str] = field(default_factory=set)
    placement: Placement = field(default_factory=lambda: Placement(Counter(), Counter()))
    remarks: Remarks = field(default_factory=Remarks)
    notes: Notes = field(default_factory=Notes)
    """What the reader did on its own."""

    @property
    def brings_something(self) -> bool:
        """Return whether an import of the file changes the project."""
        return bool(self.new or self.new_answers or self.asked or self.tagged or self.changed or self.corrected)

    @property
    def tokenizer(self) -> str:
        """Return who cut the sentences: our tokenizer with its version, or the file ("given"), or both."""
        return ", ".join(sorted(self.tokenizers))

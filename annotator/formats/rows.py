"""The rows that every format reads and writes: a sentence as its file has it, with its line number."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from db.records import NOTHING_OBSERVED, Kind, Observed, Split

MOST_CHARACTERS = 100_000
MOST_TOKENS = 4_096
MOST_FIELDS = 1_000
"""Fields of a line, or columns of a table."""
MOST_METADATA_BYTES = 2**16
"""All fields of a sentence that Whylight gives no meaning, as JSON in UTF-8."""


@dataclass(frozen=True)
class AnnotationRow:
    """One answer in an export: who gave it, and the key of the earlier one that it supersedes.

    Without a key, as from other tools, it replaces what the project has of the same person if it differs from it.
    """

    person: str
    kind: Kind
    key: str
    """Empty where the file gives none; an import then makes one of the answer's content."""
    label: str | int | None = None
    marks: str | None = None
    at_ms: int | None = None
    supersedes: str | None = None
    observed: Observed = NOTHING_OBSERVED
    surplus: bool = False
    admitted: bool | None = None
    """Whether a surplus answer counts; None where the file does not say, as in files from before schema 6."""
    withdrawn: bool = False
    """Whether this decision was taken back."""
    label_of_spans: bool = False
    """Whether the label is the name of its spans, which the project may not have; then it is not an answer."""

    @property
    def has_a_vote(self) -> bool:
        """Return whether this answer counts while nothing supersedes it."""
        return bool(self.admitted) or not self.surplus


@dataclass(frozen=True)
class AskedAgainRow:
    """Who asked for a new decision about a sentence, or took that back."""

    asked: bool
    person: str | None
    """None if it was the owner of the file, at the command line."""
    at_ms: int
    after: str | None
    """The key of the sentence's last answer at that time; None if there was none."""


@dataclass(frozen=True)
class SentenceRow:
    """One sentence of a file. `label` is a name or a number; whether the project has it is not checked here."""

    line: int
    text: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    tokens_given: bool = False
    """True when the file cut the text, False when our tokenizer did."""
    external_id: str | None = None
    split: Split | None = None
    query: str | None = None
    query_tokens: tuple[str, ...] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    label: str | int | None = None
    marks: str | None = None
    person: str | None = None
    """Who gave the label and the marks; None if the file does not say."""
    annotations: tuple[AnnotationRow, ...] = ()
    answer_fields: tuple[str, ...] = ()
    """The field that each annotation is from, if each has one of its own."""
    asked_again: tuple[AskedAgainRow, ...] = ()
    """Only on a line with annotations, oldest first."""
    tags: tuple[str, ...] = ()
    """In alphabetical order."""
    text_joined: bool = False
    """True when the text was made of the file's tokens, with single spaces."""
    verdict: str | None = None
    """How the line says that its label is not an answer; then label and marks are metadata."""
    given: object = field(default=None, compare=False, repr=False)
    """The fields of its line; for a fault that is found later."""
    repairs: tuple[str, ...] = field(default=(), compare=False)
    """What was put right in its line, such as "carriage returns became newlines"."""
    label_of_spans: bool = False
    """Whether the label is the name of the spans; see AnnotationRow."""
    mixed_names: frozenset[str] = field(default=frozenset(), compare=False)
    """The names of its spans, if they are several and nothing says its label."""
    notes: Mapping[str, int] = field(default_factory=dict, compare=False)
    """What was guessed, changed or left out in reading it, and how often."""
    file: str | None = None
    """The file in its folder, if it comes from one."""
    size: int = field(default=0, compare=False)
    """About how many characters it has in its file, metadata and answers included."""

"""The frozen records that the store returns and takes; nothing here knows the database.

Those of rounds are in `db/learning/round_records.py`, and what a read can be narrowed to is in `db/finding/filters.py`.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal

Split = Literal["pool", "dev", "test"]
Kind = Literal["answer", "skip", "withdrawn", "adjudicated"]
Role = Literal["annotator", "researcher", "admin"]
SaliencyMode = Literal["blind first", "always", "never"]
ServingRule = Literal["always", "ask", "never"]
Reason = Literal["start", "unsure", "random", "held out"]

SALIENCY_MODES: tuple[SaliencyMode, ...] = ("blind first", "always", "never")
SERVING_RULES: tuple[ServingRule, ...] = ("always", "ask", "never")
SPLITS: tuple[Split, ...] = ("pool", "dev", "test")


@dataclass(frozen=True)
class Label:
    """One of the project's K ≥ 2 classes; `index` counts from 0 in the order in which they were added."""

    index: int
    name: str
    takes_rationale: bool = True
    retired: bool = False
    """It is no longer offered; answers under it stay, and a model keeps its place for it."""
    colour: str | None = None
    """The name of its colour (`annotator/project/labels.py`); None for a label without one."""
    merged_into: int | None = None
    """The label that its answers count under; then it is retired. None for a label of its own."""
    earlier_names: tuple[str, ...] = ()
    """The names that it had before, oldest first: files from then still use them."""
    took_rationale: bool = False
    """Whether it took a rationale at some time and that was changed: files from then have marks under it."""


@dataclass(frozen=True)
class Project:
    """The one row that describes a project file."""

    uid: str
    name: str
    saliency_mode: SaliencyMode
    overlap: int
    """The number of people who answer each sentence of the agreement sample."""
    lease_minutes: int
    serving_round: int | None
    """The round whose saliency shades the screen and whose scores order the queue."""
    overlap_share: float = 1.0
    """The share of sentences, 0 to 1, in the agreement sample; one person answers each of the others."""
    serving: ServingRule = "ask"
    """Whether a new round serves by itself: always, unless it is worse than the one that serves (ask), or never."""
    round_every: int | None = None
    """After how many new answers a round starts by itself; None for never."""


@dataclass(frozen=True)
class Person:
    """A person who annotates or researches; `active` people may sign in."""

    id: int
    name: str
    role: Role
    active: bool
    issuer: str | None = None
    """The identity provider that vouches for them; None for a person who signs in by name."""
    subject: str | None = None
    """The provider's name for them."""
    uid: str = ""
    """Identifies them outside the file, in a browser: 32 hexadecimal digits that no other person ever gets."""
    created_ms: int = 0


class Owner(Enum):
    """The owner of the project's file, who gives commands without a name and may do anything."""

    OWNER = "owner"


OWNER: Final = Owner.OWNER
Actor = Person | Literal[Owner.OWNER]
"""The person on whose behalf something is done, or the owner; never None, so a forgotten argument is an error."""


def id_of(actor: Actor) -> int | None:
    """Return the id that a row keeps of the actor: a person's id, or NULL for the owner of the file."""
    return None if actor is OWNER else actor.id


@dataclass(frozen=True)
class Guidelines:
    """One version of the guidelines for annotators, in Markdown; it never changes, and a new version follows it."""

    version: int
    text: str
    person_id: int | None
    created_ms: int


@dataclass(frozen=True)
class NewSentence:
    """A sentence from an import; it is never tokenized again.

    `starts` are the tokens' start offsets in `text`, in Unicode code points:
    `text[start : start + len(token)] == token`.
    """

    external_id: str
    text: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    split: Split
    query: str | None = None
    query_tokens: tuple[str, ...] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sentence:
    """A stored sentence with the tokens that all its annotations refer to."""

    id: int
    external_id: str
    text: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    token_hash: bytes
    split: Split
    query: str | None
    query_tokens: tuple[str, ...] | None
    metadata: dict[str, Any]


LONGEST_NOTE = 2000
"""Characters."""
LONGEST_VIEW = 60
"""Characters in the name of a view."""


@dataclass(frozen=True)
class Observed:
    """The facts observed while an answer was given; each field has its column, and is None if nothing is known."""

    seconds: float | None = None
    """Seconds with the sentence in view until the answer was given."""
    saliency_round: int | None = None
    """The round whose saliency this person saw on this sentence; None if they saw none."""
    marks_at_reveal: str | None = None
    """The marks at the moment when the saliency came into view; None if it never did."""
    note: str | None = None
    """The person's note on the answer, 1 to 2,000 characters; for a skip, the reason."""
    seconds_to_first_mark: float | None = None
    """Seconds with the sentence in view until the first word was marked; None if none was."""
    edits: int | None = None
    """The number of changes of marks or label before this answer, with undoing and redoing."""
    shown: tuple[dict[str, Any], ...] | None = None
    """Records of what came into view when: `{"seconds", "view", "strength"}`, oldest first.

    `view` is the name of the view, or None while no saliency was in view; with a view, the model's guess is in view
    too.
    """
    guidelines_version: int | None = None
    """The version of the guidelines that was unfolded next to the sentence; None if none was."""
    flagged: bool = False
    """Whether the person wants the sentence discussed."""
    suggestion: dict[str, Any] | None = None
    """The suggestion of a language model that came into view: `{"model", "label", "words", "seconds", "label_before",
    "taken"}`; None if none did.

    `label` is a name and `words` are indices of tokens. It came into view after `seconds`, when the person had chosen
    the label `label_before` or none, and they took it over after `taken`, or did not.
    """


NOTHING_OBSERVED = Observed()


@dataclass(frozen=True)
class NewAnnotation:
    """One person's answer on its way into the store.

    `marks` has one of `+ - .` per token, or is None if no rationale was asked for.
    `submission_key` comes from the submitter; a second submission with the same key counts as already saved.
    """

    sentence_id: int
    person_id: int
    kind: Kind
    submission_key: str
    label: int | None = None
    marks: str | None = None
    observed: Observed = NOTHING_OBSERVED
    import_id: int | None = None
    """The import that brought this answer; then `saliency_round` is a number in the project it came from."""


@dataclass(frozen=True)
class Annotation(NewAnnotation):
    """A stored answer. Superseded ones stay in the log; the newest of a chain counts."""

    id: int = 0
    supersedes: int | None = None
    superseded: bool = False
    surplus: bool = False
    """True if the sentence already had all the answers it needed."""
    admitted: bool = False
    """True if a researcher lets this surplus answer count."""
    withdrawn: bool = False
    """True if this decision was taken back: it stays in the log, and no longer holds."""
    created_ms: int = 0
    given_label: int | None = None
    """The label that the answer was given under; `label` is the one that this was merged into since, or the same."""

    @property
    def has_a_vote(self) -> bool:
        """Return whether this answer counts while nothing supersedes it."""
        return self.admitted or not self.surplus


@dataclass(frozen=True)
class Slot:
    """One of a sentence's `overlap` places for an answer, leased to one person for some minutes."""

    id: int
    sentence_id: int
    split: Split
    reason: Reason
    score: float | None
    round_id: int | None
    """The round that put this slot in its place in the queue."""
    person_id: int | None
    lease_until_ms: int
    request_id: int | None = None
    """The request for a set by which its person was given the sentence; None if the queue gave it."""


@dataclass(frozen=True)
class Lease:
    """A sentence that a person holds and has not answered yet; it has expired once `until_ms` is past."""

    person: str
    external_id: str
    split: Split
    until_ms: int


@dataclass(frozen=True)
class Suggestion:
    """What a language model suggests for a sentence."""

    sentence_id: int
    model: str
    label: int
    words: tuple[int, ...]
    """The indices of the tokens that it would mark `+`, ascending."""


@dataclass(frozen=True)
class WordRule:
    """The rule that a word must not matter in any sentence of the project."""

    word: str
    """In lower case."""
    person: str | None
    """Who made the rule; None if a command did not name them."""
    at_ms: int


@dataclass(frozen=True)
class AuditRow:
    """A record of who did what, and when."""

    id: int
    person: str | None
    """None if a command did not name the person it was given for."""
    action: str
    at_ms: int
    detail: dict[str, Any]


@dataclass(frozen=True)
class Counts:
    """The amount of work in a project file."""

    sentences: int
    answers: int
    """All of them, superseded ones too."""
    rounds: int
    last_annotation: int
    """The id of the newest answer; 0 when there is none."""

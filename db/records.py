"""What the store hands out and takes in: frozen records, no database in sight."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal

Split = Literal["pool", "dev", "test"]
Kind = Literal["answer", "skip", "withdrawn", "adjudicated"]
Role = Literal["annotator", "researcher", "admin"]
SaliencyMode = Literal["blind first", "always", "never"]
RoundState = Literal["queued", "training", "evaluating", "scoring", "ready", "failed", "cancelled"]
UploadState = Literal["waiting", "importing", "ready", "refused", "failed", "cancelled"]
Reason = Literal["start", "unsure", "random", "held out"]

SALIENCY_MODES: tuple[SaliencyMode, ...] = ("blind first", "always", "never")
SPLITS: tuple[Split, ...] = ("pool", "dev", "test")
WORKING_STATES: tuple[RoundState, ...] = ("queued", "training", "evaluating", "scoring")


@dataclass(frozen=True)
class Label:
    """One of the project's K ≥ 2 classes; `index` counts from 0 in the order they were named."""

    index: int
    name: str
    takes_rationale: bool = True
    retired: bool = False
    """Nobody is offered it any more; answers under it stay, and a model keeps its place for it."""


@dataclass(frozen=True)
class Project:
    """The one row that describes a project file."""

    uid: str
    name: str
    saliency_mode: SaliencyMode
    overlap: int
    """How many people answer each sentence of the agreement sample."""
    lease_minutes: int
    serving_round: int | None
    """The round whose saliency shades the screen and whose scores order the queue."""
    overlap_share: float = 1.0
    """The share of sentences, 0 to 1, that are the agreement sample; one person answers each of the others."""


@dataclass(frozen=True)
class Person:
    """Somebody who answers or researches; `active` people may sign in."""

    id: int
    name: str
    role: Role
    active: bool
    issuer: str | None = None
    """The identity provider that vouches for them; None for somebody who signs in by name."""
    subject: str | None = None
    """Who they are to that provider."""
    uid: str = ""
    """Names them outside the file, in a browser: 32 hexadecimal digits, which no other person ever gets."""
    created_ms: int = 0


class Owner(Enum):
    """The owner of the project's file, who gives commands without a name and may do everything."""

    OWNER = "owner"


OWNER: Final = Owner.OWNER
Actor = Person | Literal[Owner.OWNER]
"""On whose behalf something is done: a person or the owner, never None; a forgotten argument is an error."""


def id_of(actor: Actor) -> int | None:
    """Return what a row keeps of the actor: a person's id, and NULL for the owner of the file."""
    return None if actor is OWNER else actor.id


@dataclass(frozen=True)
class Guidelines:
    """One version of what annotators are asked to do, in Markdown; never changed, a new version follows it."""

    version: int
    text: str
    person_id: int | None
    created_ms: int


@dataclass(frozen=True)
class NewSentence:
    """A sentence as an import hands it over; its tokens are never cut again.

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
    """A stored sentence with the tokens that every annotation of it counts in."""

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
VIEWS = ("input_x_gradient", "gradient")
"""The views of a model's saliency that people may see; a `Prediction` has the scores of each."""


@dataclass(frozen=True)
class Observed:
    """What was observed while an answer was given; each field has its column, and None where nothing is known."""

    seconds: float | None = None
    """Seconds with the sentence in view until the answer was given."""
    saliency_round: int | None = None
    """The round whose saliency this person saw on this sentence; None when they saw none."""
    marks_at_reveal: str | None = None
    """The marks at the moment the saliency came into view; None when it never did."""
    note: str | None = None
    """What the person wrote about the answer, 1 to 2,000 characters; about a skip, why."""
    seconds_to_first_mark: float | None = None
    """Seconds with the sentence in view until the first word was marked; None when none was."""
    edits: int | None = None
    """Changes of marks or label on the way to this answer, undoing and redoing included."""
    shown: tuple[dict[str, Any], ...] | None = None
    """What was in view from when on: `{"seconds", "view", "strength"}`, oldest first.

    `view` is one of VIEWS, and None while no saliency was in view; with a view the model's guess is in view too.
    """
    guidelines_version: int | None = None
    """The version of the guidelines that was unfolded next to the sentence; None when none was."""
    flagged: bool = False
    """Whether the person wants the sentence discussed."""


NOTHING_OBSERVED = Observed()


@dataclass(frozen=True)
class NewAnnotation:
    """One person's answer on its way into the store.

    `marks` has one of `+ - .` for each token, or is None when no rationale was asked for.
    `submission_key` is made by whatever submits it; a second submission with it is already saved.
    """

    sentence_id: int
    person_id: int
    kind: Kind
    submission_key: str
    label: int | None = None
    marks: str | None = None
    observed: Observed = NOTHING_OBSERVED
    import_id: int | None = None
    """The import that brought this answer; then `saliency_round` counts in the project it came from."""


@dataclass(frozen=True)
class Annotation(NewAnnotation):
    """A stored answer. `superseded` ones stay in the log; the newest of a chain counts."""

    id: int = 0
    supersedes: int | None = None
    superseded: bool = False
    surplus: bool = False
    """True when the sentence already had all the answers it wanted."""
    admitted: bool = False
    """True when a researcher lets this surplus answer count."""
    created_ms: int = 0

    @property
    def has_a_vote(self) -> bool:
        """Whether this answer counts while nothing supersedes it."""
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
    """The round that put this slot where it stands in the queue."""
    person_id: int | None
    lease_until_ms: int


@dataclass(frozen=True)
class Lease:
    """What one person holds and has not answered yet; it has expired when `until_ms` is past."""

    person: str
    external_id: str
    split: Split
    until_ms: int


@dataclass(frozen=True)
class Round:
    """The immutable record of train → evaluate → score the pool → refill the queue, and its progress."""

    id: int
    state: RoundState
    config: dict[str, Any]
    seed: int
    device: str | None
    parent_round: int | None
    last_annotation: int | None
    training_set_hash: str | None
    training_set: dict[str, Any]
    """Counts of the training set: examples, marked, ties, per label."""
    metrics: dict[str, Any]
    checkpoint: str | None
    checkpoint_hash: str | None
    saliency_file: str | None
    saliency_hash: str | None
    started_by: int | None
    pid: int | None
    process: str | None
    """What tells the process from another that has the same pid at another time; None where nothing does."""
    heartbeat_ms: int
    cancel_requested: bool
    created_ms: int
    finished_ms: int | None
    error: str | None
    freed_ms: int | None = None
    """When its checkpoint and saliency were removed; None while they are kept."""


@dataclass(frozen=True)
class ProgressRow:
    """How a round stood at one step."""

    round_id: int
    step: int
    steps_total: int
    label_loss: float | None
    saliency_loss: float | None
    dev_loss: float | None
    dev_accuracy: float | None
    note: str
    at_ms: int


@dataclass(frozen=True)
class Prediction:
    """What a round's model says of one sentence at the head of the queue."""

    round_id: int
    sentence_id: int
    label: int
    probabilities: tuple[float, ...]
    input_x_gradient: tuple[float, ...]
    """Signed score of each token for `label`."""
    gradient: tuple[float, ...]
    """The paper's view: the gradient of each token summed over its dimensions, for `label`."""


@dataclass(frozen=True)
class AuditRow:
    """Who did what, and when."""

    id: int
    person: str | None
    """None where a command did not say for whom it was given."""
    action: str
    at_ms: int
    detail: dict[str, Any]


@dataclass(frozen=True)
class Counts:
    """How much work a project file holds."""

    sentences: int
    answers: int
    """All of them, superseded ones too."""
    rounds: int
    last_annotation: int
    """The id of the newest answer; 0 when there is none."""


@dataclass(frozen=True)
class SentenceFilter:
    """Which sentences somebody wants to see; everything that is given must hold.

    An answer counts while nothing supersedes it, and a surplus one only once it was admitted; a skip is none.
    """

    split: Split | None = None
    label: int | None = None
    """An answer that counts says so."""
    person: int | None = None
    """This person's answer counts; together with `label`, it is theirs that says so."""
    answered: bool | None = None
    """False turns it round: nobody's answer counts, or not this `person`'s."""
    disagreement: bool = False
    """Two people's answers that count have different labels."""
    flagged: bool = False
    """Somebody wants it discussed: an answer or a skip that nothing supersedes says so."""
    words: tuple[str, ...] = ()
    """One after the other in the sentence, whatever their case and accents; the last may go on."""
    literal: str = ""
    """Stands in the text to the letter."""


EVERYTHING = SentenceFilter()


@dataclass(frozen=True)
class OwnWork:
    """Which of their own answers and skips somebody wants to see; everything that is given must hold."""

    kind: Literal["answer", "skip"] | None = None
    flagged: bool = False
    words: tuple[str, ...] = ()
    literal: str = ""


ALL_OWN_WORK = OwnWork()


@dataclass(frozen=True)
class Upload:
    """A file that came through the page, and what became of it."""

    id: int
    state: UploadState
    file_name: str
    """What its owner calls it: a label, never a path."""
    settings: dict[str, Any]
    person_id: int
    stage: str
    done: int
    total: int
    report: dict[str, Any] | None
    error: str | None
    pid: int | None
    process: str | None
    """What tells the process from another that has the same pid at another time; None where nothing does."""
    import_id: int | None
    """The import that adds its sentences; None until it adds any, and when nothing of it is left."""
    heartbeat_ms: int
    created_ms: int
    finished_ms: int | None

    @property
    def is_working(self) -> bool:
        """Whether its process has not ended yet."""
        return self.state in ("waiting", "importing")

"""The frozen records of rounds: their settings and progress, and what their models predict."""

from dataclasses import dataclass
from typing import Any, Literal

RoundState = Literal["queued", "training", "evaluating", "scoring", "ready", "failed", "cancelled"]

WORKING_STATES: tuple[RoundState, ...] = ("queued", "training", "evaluating", "scoring")


def round_name(round_id: int) -> str:
    """Return what people call the round with this id: `6`, or `6-twin` for -6."""
    return f"{-round_id}-twin" if round_id < 0 else str(round_id)


@dataclass(frozen=True)
class Round:
    """The immutable record of train → evaluate → score the pool → refill the queue, and its progress."""

    id: int
    """Counts from 1; the twin of round 6 has -6, so a round has one twin at most."""
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
    """Distinguishes the process from a later one with the same pid; None where nothing does."""
    heartbeat_ms: int
    cancel_requested: bool
    created_ms: int
    finished_ms: int | None
    error: str | None
    begun_ms: int | None = None
    """When its turn came; None while it waits for another round to end, and for a round of an older Whylight."""
    freed_ms: int | None = None
    """When its checkpoint and saliency were removed; None while they are kept."""
    deleted_ms: int | None = None
    """When all its files were removed and the pages stopped showing it; None while they do."""

    @property
    def twin_of(self) -> int | None:
        """Return the round that this one is the twin of, trained on the same answers without the marks; else None."""
        return -self.id if self.id < 0 else None

    @property
    def seed_of(self) -> int | None:
        """Return the round that this one, or the round that it is the twin of, repeats with another seed; else None."""
        chosen = self.config.get("seed_of")
        return None if chosen is None else int(chosen)

    @property
    def is_companion(self) -> bool:
        """Return whether the round is only there to be compared: a twin, or another seed of a round."""
        return self.twin_of is not None or self.seed_of is not None

    @property
    def name(self) -> str:
        """Return what people call the round: `6`, or `6-twin`."""
        return round_name(self.id)

    @property
    def is_waiting(self) -> bool:
        """Return whether the round waits until another one has ended."""
        return self.state == "queued" and self.begun_ms is None


@dataclass(frozen=True)
class ProgressRow:
    """The progress of a round at one step."""

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
    """The prediction of a round's model for one sentence at the head of the queue."""

    round_id: int
    sentence_id: int
    label: int
    probabilities: tuple[float, ...]
    input_x_gradient: tuple[float, ...]
    """The signed score of each token, by the view that people see of the round's model, whatever its name: the round's
    record names it. It is for `label`, or if the record has that among its constant labels, for the likeliest other."""
    gradient: tuple[float, ...]
    """The paper's view: the gradient of each token summed over its dimensions, for the same label."""

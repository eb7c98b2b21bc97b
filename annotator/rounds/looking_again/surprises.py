"""The answers that look most like errors: those that models trained without them find least likely."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotator.errors import CannotLookAgain
from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.learning.decided import decided_marks, decisions_about
from annotator.rounds.learning.kept_scores import constant_labels_of
from annotator.rounds.looking_again.cross_validation import Confidences, load_confidences
from annotator.rounds.looking_again.look_again import look_again_state
from annotator.rounds.looking_again.look_again_files import result_file
from annotator.rounds.measuring.pair_drawing import scaled, words_for
from annotator.wording import counted, verb_for
from db.answers import votes
from db.corpus import sentences
from db.learning.round_records import Round
from db.queue import asked_again
from db.records import Sentence
from db.store import Store
from db.team import project
from learner.explained import explained_labels
from learner.judging.surprising import Surprise, look_again

MOST_ASKED = 5000


@dataclass(frozen=True)
class Surprising:
    """An answer, and what a model that was trained without it says of its sentence."""

    sentence: Sentence
    given: str
    """The label that people decided on."""
    marks: str | None
    self_confidence: float
    """The probability of that label, 0 to 1."""
    says: str
    probability: float
    """Of the label that the model says."""
    saliency: tuple[float, ...]
    """For `explained`, a score per word."""
    explained: str
    """The label that these scores are for: `says`, unless the models answer that with a constant."""
    is_asked: bool
    """Whether someone has asked about the sentence again."""


@dataclass(frozen=True)
class Surprises:
    """The answers to which the models give another label, the least likely first."""

    round: Round
    """Whose settings trained the models."""
    looked_at: int
    """The sentences that it learned from."""
    rows: tuple[Surprise, ...]
    found: Confidences
    settled: int
    """Left out, because there is a decision about them since, or people now give another label."""

    def __len__(self) -> int:
        """Return how many are listed."""
        return len(self.rows)


def find_surprises(store: Store, *, actor: Actor) -> Surprises | None:
    """Return the answers that the last look finds surprising; None if there is no result of one.

    Raises CannotLookAgain if the result cannot be read.
    """
    check_may_act(store, actor, least="researcher")
    looked = look_again_state(store, actor=actor).result_of
    if looked is None:
        return None
    found = _load(store, looked)
    others = [one for one in look_again(found.given, found.probabilities) if one.likeliest != one.given]
    ids = {one.row: int(found.sentence_ids[one.row]) for one in others}
    settled = _decided_since(store, looked, list(ids.values()))
    decided = decisions_about(store, list(ids.values())).labels
    rows = tuple(one for one in others if ids[one.row] not in settled and decided.get(ids[one.row]) == one.given)
    return Surprises(looked, len(found.given), rows, found, settled=len(others) - len(rows))


def _decided_since(store: Store, looked: Round, sentence_ids: Sequence[int]) -> set[int]:
    """Return the sentences with a decision from after the answers that the round learned from."""
    return {
        vote.sentence_id
        for vote in votes.votes(store, sentence_ids)
        if vote.is_decision and vote.newest > (looked.last_annotation or 0)
    }


def read_surprising(store: Store, chosen: Surprises, rows: Sequence[Surprise], *, actor: Actor) -> list[Surprising]:
    """Return these rows with their sentences, in this order."""
    check_may_act(store, actor, least="researcher")
    ids = [int(chosen.found.sentence_ids[one.row]) for one in rows]
    read = {sentence.id: sentence for sentence in sentences.of_ids(store, ids)}
    marks = decided_marks(store, ids, {sentence_id: one.given for sentence_id, one in zip(ids, rows, strict=True)})
    asked = asked_again.reopened(store, limit=MOST_ASKED)
    names = [label.name for label in project.labels(store)]
    explained = _explained(chosen, rows)
    return [
        Surprising(
            sentence=read[sentence_id],
            given=names[one.given],
            marks=marks.get(sentence_id),
            self_confidence=one.self_confidence,
            says=names[one.likeliest],
            probability=one.probability,
            saliency=chosen.found.saliency_of(one.row),
            explained=names[label],
            is_asked=sentence_id in asked,
        )
        for sentence_id, one, label in zip(ids, rows, explained, strict=True)
    ]


def _explained(chosen: Surprises, rows: Sequence[Surprise]) -> list[int]:
    """Return the label that the saliency of each row is for."""
    if not rows:
        return []
    probabilities = chosen.found.probabilities[[one.row for one in rows]]
    return [int(label) for label in explained_labels(probabilities, constant_labels_of(chosen.round))]


def count_in_words(chosen: Surprises) -> str:
    """Return a sentence about how many answers there are to look at."""
    number = counted(len(chosen), "sentence")
    settled = (
        f" {chosen.settled:,} more {verb_for(chosen.settled, 'has', 'have')} been decided since."
        if chosen.settled
        else ""
    )
    return (
        f"With the settings of round {chosen.round.name}: of the {chosen.looked_at:,} sentences that it learned from, "
        f"models that had not seen the answer give {number} another label.{settled}"
    )


def drawn(one: Surprising) -> dict[str, Any]:
    """Return what a card shows: the sentence under the model that was trained without it, and people's marks."""
    sentence = one.sentence
    side = {
        "model": "A model that has not seen this answer says",
        "label": one.says,
        "probability": f"{one.probability:.2f}",
        "right": None,
        "saliency": scaled(one.saliency) if len(one.saliency) == len(sentence.tokens) else None,
        "words_for": words_for(one.explained, one.says),
        "missing": "Its shading does not fit the sentence.",
    }
    return {
        "id": sentence.external_id,
        "gold": f"{one.given}, which it gives {one.self_confidence:.2f}",
        "text": sentence.text,
        "tokens": list(sentence.tokens),
        "starts": list(sentence.starts),
        "query": sentence.query,
        "marks": one.marks,
        "sides": [side],
    }


def as_row(one: Surprising) -> dict[str, Any]:
    """Return what a list shows of an answer."""
    return {
        "sentence": one.sentence.external_id,
        "text": one.sentence.text,
        "given": one.given,
        "self_confidence": round(one.self_confidence, 4),
        "says": one.says,
        "probability": round(one.probability, 4),
        "asked": one.is_asked,
    }


def _load(store: Store, looked: Round) -> Confidences:
    try:
        return load_confidences(result_file(store, looked.id), labels=len(project.labels(store)))
    except (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise CannotLookAgain(f"The result of the last look cannot be read ({error}); run it again.") from error

"""Every answer that counts, as a few facts: where a hundred thousand are read for one table."""

from typing import NamedTuple

from db.counting import counts, label_of, marks_of
from db.store import Store


class GivenAnswer(NamedTuple):
    """What is known of one person's answer, apart from its words."""

    id: int
    person_id: int
    sentence_id: int
    label: int
    seconds: float | None
    marked: int | None
    """How many words are marked `+`; None if no marks were asked for."""
    words: int
    saw_model: bool
    """Whether the model's saliency came into view before the answer was given."""


def every(store: Store) -> list[GivenAnswer]:
    """Return each person's newest answer to each sentence if it counts; decisions are left out."""
    rows = store.db.execute(
        f"""
        SELECT a.id, a.person_id, a.sentence_id, {label_of()}, a.seconds,
            length({marks_of()}) - length(replace({marks_of()}, '+', '')), a.token_count, a.saliency_round IS NOT NULL
        FROM annotations a WHERE a.kind = 'answer' AND {counts()} ORDER BY a.id
        """
    )
    return [GivenAnswer._make((*facts, bool(saw))) for *facts, saw in rows]


class Predicted(NamedTuple):
    """The label that a round predicted for a sentence of its queue before anyone had answered it."""

    sentence_id: int
    label: int


def predicted_before_answers(store: Store) -> list[Predicted]:
    """Return the predictions of rounds that learned from no answer to the sentence, each round after older ones."""
    rows = store.db.execute(
        f"""
        SELECT p.sentence_id, {label_of("p")} FROM predictions p JOIN rounds r ON r.id = p.round_id
        WHERE EXISTS (SELECT 1 FROM annotations a WHERE a.sentence_id = p.sentence_id)
            AND NOT EXISTS (
                SELECT 1 FROM annotations a
                WHERE a.sentence_id = p.sentence_id AND a.kind <> 'skip' AND a.id <= coalesce(r.last_annotation, 0))
        ORDER BY p.round_id
        """
    )
    return [Predicted(*row) for row in rows]

"""The sentences that were drawn at random and have been answered since: what stands for the whole open pool."""

from typing import NamedTuple

from db.counting import counts, label_of, not_corrected, not_picked
from db.store import Store


class Draw(NamedTuple):
    """A sentence of the pool that a round drew at random, answered while the round's queue was handed out."""

    round_id: int
    sentence_id: int
    predicted: int | None
    """The label that this round predicted for it; None if the round had not read it."""


def answered_draws(store: Store) -> list[Draw]:
    """Return the answered random draws of all rounds, newest round first.

    The slot says who chose the sentence when its answer came, so what a later round picked on purpose is left out. So
    is what the round may have learned from, a sentence with an answer from before it began, and a sentence with an
    answer that was given after a look at a suggestion: it was on someone's screen when the round drew it.
    """
    rows = store.db.execute(
        f"""
        SELECT DISTINCT s.round_id, s.sentence_id, {label_of("p")}
        FROM slots s INDEXED BY slots_done JOIN rounds r ON r.id = s.round_id
            LEFT JOIN predictions p ON p.round_id = s.round_id AND p.sentence_id = s.sentence_id
        WHERE s.annotation_id IS NOT NULL AND s.held_out = 0 AND s.reason = 'random' AND {not_picked()}
            AND {not_corrected()}
            AND NOT EXISTS (
                SELECT 1 FROM annotations a
                WHERE a.sentence_id = s.sentence_id AND a.kind = 'answer' AND a.id <= coalesce(r.last_annotation, 0))
            AND NOT EXISTS (
                SELECT 1 FROM annotations a WHERE a.sentence_id = s.sentence_id AND a.suggestion IS NOT NULL)
        ORDER BY s.round_id DESC, s.sentence_id
        """
    )
    return [Draw(*row) for row in rows]


def count_unanswered(store: Store) -> int:
    """Count the sentences of the pool that wait for their first answer; this reads every slot."""
    (number,) = store.db.execute(
        """
        SELECT (SELECT coalesce(sum(number = 0 AND held_out = 0), 0) FROM slots WHERE priority >= 0)
            - (SELECT count(DISTINCT sentence_id) FROM slots INDEXED BY slots_done
                WHERE annotation_id IS NOT NULL AND held_out = 0)
        """
    ).fetchone()
    return int(number)


def count_found(store: Store) -> dict[int, int]:
    """Return how many sentences of the pool have an answer that counts under each label in use, by label."""
    rows = store.db.execute(
        f"""
        SELECT l.id, (
            SELECT count(DISTINCT a.sentence_id)
            FROM labels counted CROSS JOIN annotations a INDEXED BY annotations_label ON a.label = counted.id
                JOIN sentences s ON s.id = a.sentence_id
            WHERE coalesce(counted.merged_into, counted.id) = l.id AND s.split = 'pool' AND {counts()})
        FROM labels l WHERE l.retired = 0 ORDER BY l.id
        """
    )
    return dict(rows.fetchall())

"""What the answers that count say of each sentence: their labels, their marks, and how the sentence was chosen."""

import json
from collections.abc import Sequence
from typing import Literal, NamedTuple

from db.counting import answered_here, by_chance, counts, label_of, marks_of, not_corrected, not_picked
from db.store import Store

ChosenBy = Literal["random", "acquired", "picked"]
"""Whether chance chose a sentence, a model or an acquisition, or a person."""


class Vote(NamedTuple):
    """How many answers that count give one label to one sentence."""

    sentence_id: int
    label: int
    answers: int
    newest: int
    """The id of the newest of them."""
    is_decision: bool
    """Whether it is a decision about the sentence, which overrules people's answers."""


def votes(store: Store, sentence_ids: Sequence[int] | None = None) -> list[Vote]:
    """Return the votes of these sentences, or of every one, by sentence; answers under a retired label are none."""
    chosen = "json_each(:ids) ids CROSS JOIN annotations a INDEXED BY annotations_sentence ON a.sentence_id = ids.value"
    every = "annotations a INDEXED BY annotations_sentence"
    rows = store.db.execute(
        f"""
        SELECT a.sentence_id, {label_of()} AS counted, count(*), max(a.id), a.kind = 'adjudicated'
        FROM {every if sentence_ids is None else chosen}
        WHERE counted IN (SELECT id FROM labels WHERE retired = 0) AND {counts()}
        GROUP BY a.sentence_id, counted, a.kind = 'adjudicated' ORDER BY a.sentence_id
        """,
        {} if sentence_ids is None else {"ids": json.dumps(list(sentence_ids))},
    )
    return [
        Vote(sentence_id, label, answers, newest, bool(is_decision))
        for sentence_id, label, answers, newest, is_decision in rows
    ]


def marks(store: Store, sentence_ids: Sequence[int]) -> list[tuple[int, int, str, bool]]:
    """Return sentence, label, marks, and whether it is a decision, of each answer with marks that counts."""
    rows = store.db.execute(
        f"""
        SELECT a.sentence_id, {label_of()}, {marks_of()} AS counted, a.kind = 'adjudicated'
        FROM json_each(?) ids CROSS JOIN annotations a INDEXED BY annotations_sentence ON a.sentence_id = ids.value
        WHERE a.label IS NOT NULL AND counted IS NOT NULL AND {counts()}
        """,
        [json.dumps(list(sentence_ids))],
    )
    return [(sentence_id, label, signs, bool(decided)) for sentence_id, label, signs, decided in rows]


class Given(NamedTuple):
    """A sentence of the pool that people were given and have answered."""

    sentence_id: int
    at_random: bool
    """Whether chance put it in its place of the queue, not an acquisition."""
    first_answer: int
    """The id of the first answer to it, which may be superseded: a round after that may have learned from it."""


def given(store: Store) -> list[Given]:
    """Return the sentences of the pool that people were given and have answered.

    Sentences that came with their answers are left out: no one was given them.
    """
    rows = store.db.execute(
        f"""
        SELECT s.sentence_id, min({by_chance()}),
            (SELECT min(a.id) FROM annotations a WHERE a.sentence_id = s.sentence_id AND a.kind <> 'skip')
        FROM slots s INDEXED BY slots_done
        WHERE {answered_here()} AND s.held_out = 0 GROUP BY s.sentence_id
        """
    )
    return [Given(sentence_id, bool(at_random), first) for sentence_id, at_random, first in rows]


def chosen_by(store: Store, sentence_ids: Sequence[int]) -> dict[int, ChosenBy]:
    """Return how each of these sentences of the pool was chosen that people were given and have answered.

    Sentences that came with their answers are left out: no one was given them. So are those whose text was corrected:
    what was chosen was another text.
    """
    rows = store.db.execute(
        f"""
        SELECT s.sentence_id, min({by_chance()}), max(NOT {not_picked()})
        FROM json_each(?) ids CROSS JOIN slots s ON s.sentence_id = ids.value
        WHERE {answered_here()} AND s.held_out = 0 AND {not_corrected()} GROUP BY s.sentence_id
        """,
        [json.dumps(list(sentence_ids))],
    )
    return {
        sentence_id: "picked" if is_picked else "random" if at_random else "acquired"
        for sentence_id, at_random, is_picked in rows
    }

"""What a language model suggests for sentences, or why there is nothing: rows are only ever added.

A sentence is settled once it has a suggestion, or was left without one by the draw. An answer of the model that could
not be used settles nothing: the sentence may be asked about again.
"""

import json
from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

from db.counting import label_of
from db.records import Suggestion
from db.store import Store, now_ms

WhyNone = Literal[
    "left without", "bad JSON", "unknown label", "index outside", "words without need", "cut off", "no answer"
]
LEFT_WITHOUT: WhyNone = "left without"
"""The draw left the sentence without, so that people's answers with and without can be compared."""
UNUSABLE: tuple[WhyNone, ...] = tuple(why for why in get_args(WhyNone) if why != LEFT_WITHOUT)
"""Why an answer of a language model could not be used."""

_SETTLED = "(x.label IS NOT NULL OR x.why_none = 'left without')"
_DRAWN = "SELECT 1 FROM slots drawn WHERE drawn.sentence_id = s.sentence_id AND drawn.reason = 'random'"
"""The condition, in EXISTS, that chance chose the sentence for a round's queue: such a sentence has no suggestion."""

_UNSETTLED = f"""
    SELECT s.sentence_id, v.external_id, EXISTS (SELECT 1 FROM suggestions x WHERE x.sentence_id = s.sentence_id)
    FROM slots s INDEXED BY slots_open CROSS JOIN visible_sentences v ON v.id = s.sentence_id
    WHERE s.held_out = 0 AND s.annotation_id IS NULL AND NOT EXISTS ({_DRAWN})
        AND NOT EXISTS (SELECT 1 FROM suggestions x WHERE x.sentence_id = s.sentence_id AND {_SETTLED})
    ORDER BY s.priority DESC, s.id
"""
_STILL_UNSETTLED = f"""
    SELECT 1 FROM slots s WHERE s.sentence_id = ? AND s.annotation_id IS NULL AND NOT EXISTS ({_DRAWN})
        AND NOT EXISTS (SELECT 1 FROM suggestions x WHERE x.sentence_id = s.sentence_id AND {_SETTLED})
"""
_TO_SHOW = f"""
    SELECT s.sentence_id, s.model, l.id, s.words
    FROM json_each(?) ids CROSS JOIN suggestions s INDEXED BY suggestions_given ON s.sentence_id = ids.value
        CROSS JOIN sentences about ON about.id = s.sentence_id CROSS JOIN labels l ON l.id = {label_of("s")}
    WHERE s.label IS NOT NULL AND about.split = 'pool' AND l.retired = 0 AND NOT EXISTS ({_DRAWN})
"""


class Unsettled(NamedTuple):
    """A pool sentence that a language model may be asked about."""

    sentence_id: int
    external_id: str
    was_asked: bool
    """Whether it was, and the answer could not be used."""


def unsettled(store: Store) -> list[Unsettled]:
    """Return the open pool sentences that chance did not choose, in queue order; those never asked about come first."""
    rows = [Unsettled(sentence_id, key, bool(asked)) for sentence_id, key, asked in store.db.execute(_UNSETTLED)]
    return sorted(
        dict.fromkeys(rows), key=lambda row: row.was_asked
    )  # a sentence has several slots; the sort is stable


def may_be_asked(store: Store, sentence_id: int) -> bool:
    """Return whether the sentence is still one of `unsettled`."""
    return store.db.execute(_STILL_UNSETTLED, [sentence_id]).fetchone() is not None


def leave_without(store: Store, sentence_ids: Sequence[int]) -> None:
    """Record that the draw left these sentences without a suggestion."""
    with store.writing() as db:
        db.conn.executemany(
            "INSERT INTO suggestions (sentence_id, why_none, characters, made_ms) VALUES (?, ?, 0, ?)",
            [(sentence_id, LEFT_WITHOUT, now_ms()) for sentence_id in sentence_ids],
        )


def add(store: Store, suggestion: Suggestion, *, characters: int) -> None:
    """Store a suggestion; `characters` is how much text was sent for it."""
    with store.writing() as db:
        db.execute(
            "INSERT INTO suggestions (sentence_id, model, label, words, characters, made_ms) VALUES (?, ?, ?, ?, ?, ?)",
            [
                suggestion.sentence_id,
                suggestion.model,
                suggestion.label,
                json.dumps(suggestion.words),
                characters,
                now_ms(),
            ],
        )


def add_unusable(store: Store, sentence_id: int, model: str, why: WhyNone, *, characters: int) -> None:
    """Record that a model was asked about the sentence and gave no answer that can be used."""
    with store.writing() as db:
        db.execute(
            "INSERT INTO suggestions (sentence_id, model, why_none, characters, made_ms) VALUES (?, ?, ?, ?, ?)",
            [sentence_id, model, why, characters, now_ms()],
        )


def to_show(store: Store, sentence_ids: Sequence[int]) -> dict[int, Suggestion]:
    """Return the suggestions for those of these sentences that may show theirs, by sentence.

    These are sentences of the pool that chance did not choose; labels that are no longer offered are left out.
    """
    rows = store.db.execute(_TO_SHOW, [json.dumps(list(sentence_ids))])
    return {suggestion.sentence_id: suggestion for suggestion in map(_suggestion, rows)}


def find(store: Store, sentence_id: int) -> Suggestion | None:
    """Return the suggestion for a sentence, whether or not it may be shown now."""
    row = store.db.execute(
        f"""
        SELECT s.sentence_id, s.model, {label_of("s")}, s.words FROM suggestions s
        WHERE s.sentence_id = ? AND s.label IS NOT NULL
        """,
        [sentence_id],
    ).fetchone()
    return None if row is None else _suggestion(row)


def exist(store: Store) -> bool:
    """Return whether the project has any suggestion."""
    row = store.db.execute("SELECT 1 FROM suggestions INDEXED BY suggestions_given WHERE label IS NOT NULL LIMIT 1")
    return row.fetchone() is not None


def _suggestion(row: tuple[int, str, int, str]) -> Suggestion:
    sentence_id, model, label, words = row
    return Suggestion(sentence_id, model, label, tuple(json.loads(words)))

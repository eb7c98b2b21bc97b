"""What was asked of language models, and what people answered with and without a suggestion."""

import json
from dataclasses import dataclass

from db.answers.suggestions import LEFT_WITHOUT
from db.counting import is_present, label_of, marks_of
from db.store import Store


@dataclass(frozen=True)
class Asked:
    """What became of the sentences of the draw, and how much text was sent for them."""

    models: tuple[str, ...]
    given: int
    """Sentences with a suggestion."""
    left_without: int
    unusable: dict[str, int]
    """Why an answer of a model could not be used → how often."""
    characters: int


@dataclass(frozen=True)
class Seen:
    """A suggestion that came into a person's view, as `Observed` has it."""

    model: str
    label: str
    words: list[int]
    seconds: float | None
    label_before: str | None
    taken: float | None

    @property
    def seconds_to_taking(self) -> float | None:
        """Return the seconds from when it came into view until it was taken over; None if it was not."""
        return None if self.taken is None or self.seconds is None else max(0.0, self.taken - self.seconds)


@dataclass(frozen=True)
class FirstAnswer:
    """A person's first answer to a sentence of the draw, given after the sentence was drawn for one side."""

    sentence_id: int
    label: int
    marks: str | None
    seconds: float | None
    seen: Seen | None
    """The suggestion that came into view."""
    is_left_without: bool
    suggested_label: int | None
    """None where there is no suggestion: the sentence was left without, or the model's answer could not be used."""


def asked(store: Store) -> Asked:
    """Return what was asked of language models so far."""
    models = store.db.execute("SELECT DISTINCT model FROM suggestions WHERE model IS NOT NULL ORDER BY model")
    rows = store.db.execute("SELECT why_none, count(*), sum(characters) FROM suggestions GROUP BY why_none").fetchall()
    number = {why: count for why, count, _ in rows}
    return Asked(
        models=tuple(model for (model,) in models),
        given=number.pop(None, 0),
        left_without=number.pop(LEFT_WITHOUT, 0),
        unusable=number,
        characters=sum(sent for *_, sent in rows),
    )


def first_answers(store: Store) -> list[FirstAnswer]:
    """Return each person's first answer to each sentence of the draw, oldest first.

    Left out are answers from a file, answers from before the draw, and sentences that chance chose for a round's queue,
    which show no suggestion whatever the draw says.
    """
    rows = store.db.execute(
        f"""
        WITH drawn AS (
            SELECT sentence_id, max(why_none IS 'left without') AS without, max(label) AS label, min(made_ms) AS made_ms
            FROM suggestions GROUP BY sentence_id)
        SELECT a.sentence_id, {label_of()}, {marks_of()}, a.seconds, a.suggestion, d.without, {label_of("d")}
        FROM drawn d JOIN annotations a ON a.sentence_id = d.sentence_id
        WHERE a.kind = 'answer' AND a.import_id IS NULL AND a.created_ms >= d.made_ms AND {is_present()}
            AND NOT EXISTS (
                SELECT 1 FROM annotations older WHERE older.sentence_id = a.sentence_id
                    AND older.person_id = a.person_id AND older.kind = 'answer' AND older.id < a.id)
            AND NOT EXISTS (SELECT 1 FROM slots s WHERE s.sentence_id = a.sentence_id AND s.reason = 'random')
        ORDER BY a.id
        """
    )
    return [
        FirstAnswer(
            sentence_id=sentence_id,
            label=label,
            marks=marks,
            seconds=seconds,
            seen=None if seen is None else Seen(**json.loads(seen)),
            is_left_without=bool(without),
            suggested_label=suggested,
        )
        for sentence_id, label, marks, seconds, seen, without, suggested in rows
    ]

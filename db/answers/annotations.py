"""The log of answers: appended, never changed; a newer row supersedes an older one."""

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, NamedTuple

from db.answers.own_work import ALL_OWN_WORK, OwnWork
from db.corpus.next_ids import next_id
from db.counting import counts, is_admitted, is_newest, is_present, is_withdrawn, label_of, marks_of
from db.errors import MisalignedMarks, UnknownLabel, UnknownSentence
from db.finding.search import phrase
from db.opening.database import Database
from db.records import Annotation, Kind, NewAnnotation, Observed
from db.store import Store, now_ms

_OBSERVED = [field.name for field in fields(Observed)]
_OBSERVED_TRUTHS = [field.name for field in fields(Observed) if field.type is bool]
_OBSERVED_AS_JSON = ("shown", "suggestion")
_NEW = [field.name for field in fields(NewAnnotation) if field.name != "observed"]
_STORED = [field.name for field in fields(Annotation) if field.name != "observed"]
_COMPUTED = {
    "label": label_of(),
    "given_label": "a.label",
    "marks": marks_of(),
    "superseded": f"NOT {is_newest()}",
    "admitted": f"a.surplus AND {is_admitted()}",
    "withdrawn": f"a.kind = 'adjudicated' AND {is_withdrawn()}",
}
"""The fields that are not columns of the table."""
_SELECTED = ", ".join(_COMPUTED.get(name, f"a.{name}") for name in [*_STORED, *_OBSERVED])
# CROSS keeps the planner from reading all the answers of the person.
ANSWERED_OF = f"""
    SELECT a.sentence_id FROM json_each(?) ids CROSS JOIN annotations a ON a.sentence_id = ids.value
    WHERE a.person_id = ? AND a.kind = 'answer' AND {is_newest()} ORDER BY a.sentence_id
"""
_MOST_BOUND_VALUES = 500
_MOST_A_DAY = 10_000


class PoolAnswers(NamedTuple):
    """The number of answers that a round would learn from."""

    answers: int
    marked: int
    people: int
    new: int


def add(store: Store, new: NewAnnotation, *, surplus: bool = False, created_ms: int | None = None) -> Annotation:
    """Append one answer and return it as stored.

    It supersedes the same person's newest answer to that sentence, if there is one; an adjudicated
    answer supersedes only an adjudicated one. If the submission key is already stored, return the
    stored answer and append nothing.
    """
    with store.writing() as db:
        stored = find(store, new.submission_key)
        if stored is not None:
            return stored
        annotation_id = _insert(db, new, surplus, created_ms or now_ms())
        return _read(db, "a.id = ?", [annotation_id])[0]


def read(store: Store, annotation_id: int) -> Annotation | None:
    """Return the answer with this number, or None."""
    rows = _read(store.db, "a.id = ?", [annotation_id])
    return rows[0] if rows else None


def find(store: Store, submission_key: str) -> Annotation | None:
    """Return the answer that was stored under this key, or None."""
    rows = _read(store.db, "a.submission_key = ?", [submission_key])
    return rows[0] if rows else None


def newest(store: Store, sentence_id: int, person_id: int) -> Annotation | None:
    """Return this person's newest answer to this sentence, adjudicated ones left out, or None."""
    where = "a.sentence_id = ? AND a.person_id = ? AND a.kind <> 'adjudicated' ORDER BY a.id DESC LIMIT 1"
    rows = _read(store.db, where, [sentence_id, person_id])
    return rows[0] if rows else None


def answered_of(store: Store, person_id: int, sentence_ids: Sequence[int]) -> list[int]:
    """Return those of these sentences that this person has answered, by id."""
    rows = store.db.execute(ANSWERED_OF, [json.dumps(list(sentence_ids)), person_id])
    return [row[0] for row in rows]


def of_person(
    store: Store,
    person_id: int,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int,
    wanted: OwnWork = ALL_OWN_WORK,
) -> list[Annotation]:
    """Return this person's answers and skips that nothing supersedes, newest first.

    These are the ones next before the id `before`, or next after the id `after`, or the newest of all.
    """
    conditions = ["a.person_id = :person", "a.id > :after", "a.id < :before", is_newest()]
    conditions.append("a.kind = :kind" if wanted.kind else "a.kind IN ('answer', 'skip')")
    if wanted.flagged:
        conditions.append("a.flagged = 1")
    if wanted.words:
        conditions.append("a.sentence_id IN (SELECT rowid FROM sentence_words WHERE sentence_words MATCH :phrase)")
    if wanted.literal:
        conditions.append("(SELECT instr(s.text, :literal) FROM sentences s WHERE s.id = a.sentence_id) > 0")
    values = {
        "person": person_id,
        "after": after or 0,
        "before": before or 2**63 - 1,
        "kind": wanted.kind,
        "phrase": phrase(wanted.words) if wanted.words else None,
        "literal": wanted.literal,
    }
    order = "DESC" if after is None else "ASC"
    rows = _read(store.db, f"{' AND '.join(conditions)} ORDER BY a.id {order} LIMIT {limit:d}", values)
    return rows if after is None else rows[::-1]


def since(store: Store, person_id: int, since_ms: int) -> list[tuple[Kind, bool, float | None]]:
    """Return kind, flag and seconds of this person's newest answers and skips since then, superseded ones left out.

    The newest comes first. Only their last rows are read: more than anyone writes in a day.
    """
    rows = store.db.execute(
        f"""
        SELECT a.kind, a.flagged, a.seconds FROM (
            SELECT * FROM annotations WHERE person_id = ? ORDER BY id DESC LIMIT {_MOST_A_DAY}) a
        WHERE a.created_ms >= ? AND a.kind IN ('answer', 'skip') AND a.import_id IS NULL AND {is_newest()}
        """,
        [person_id, since_ms],
    )
    return [(kind, bool(flagged), seconds) for kind, flagged, seconds in rows]


def count_learned(store: Store, person_id: int, *, up_to: int) -> tuple[int, int]:
    """Return how many of this person's answers that count on pool sentences are up to that id, and after it."""
    row = store.db.execute(
        f"""
        SELECT coalesce(sum(a.id <= ?), 0), coalesce(sum(a.id > ?), 0)
        FROM annotations a JOIN sentences s ON s.id = a.sentence_id
        WHERE a.person_id = ? AND a.kind = 'answer' AND s.split = 'pool' AND {counts()}
        """,
        [up_to, up_to, person_id],
    ).fetchone()
    return int(row[0]), int(row[1])


def of_sentences(store: Store, sentence_ids: Sequence[int]) -> dict[int, list[Annotation]]:
    """Return all answers to these sentences, superseded ones too, oldest first, by sentence."""
    answers: dict[int, list[Annotation]] = {sentence_id: [] for sentence_id in sentence_ids}
    for start in range(0, len(sentence_ids), _MOST_BOUND_VALUES):
        chunk = list(sentence_ids[start : start + _MOST_BOUND_VALUES])
        places = ", ".join("?" * len(chunk))
        for annotation in _read(store.db, f"a.sentence_id IN ({places}) ORDER BY a.id", chunk):
            answers[annotation.sentence_id].append(annotation)
    return answers


def last_id(store: Store) -> int:
    """Return the id of the newest answer; 0 when there is none."""
    (number,) = store.db.execute("SELECT coalesce(max(id), 0) FROM annotations").fetchone()
    return int(number)


def count_answers_after(store: Store, annotation_id: int) -> int:
    """Return the number of answers after the annotation with this id."""
    row = store.db.execute(
        f"SELECT count(*) FROM annotations a WHERE a.id > ? AND a.kind = 'answer' AND {is_present()}", [annotation_id]
    )
    return int(row.fetchone()[0])


def count_by_person(store: Store) -> dict[str, dict[Kind, int]]:
    """Count the rows that count, by the person's name and the kind."""
    rows = store.db.execute(
        f"""
        SELECT p.name, a.kind, count(*) FROM annotations a JOIN people p ON p.id = a.person_id
        WHERE {counts()}
        GROUP BY p.name, a.kind ORDER BY p.name, a.kind
        """
    )
    counted: dict[str, dict[Kind, int]] = {}
    for name, kind, number in rows:
        counted.setdefault(name, {})[kind] = number
    return counted


def count_answers_by_label(store: Store) -> dict[int, tuple[int, int]]:
    """Return, by label, how many answers count, and how many of them have at least one `+`."""
    rows = store.db.execute(
        f"""
        SELECT {label_of()}, count(*), sum(coalesce(instr({marks_of()}, '+') > 0, 0)) FROM annotations a
        WHERE a.label IS NOT NULL AND {counts()}
        GROUP BY {label_of()}
        """
    )
    return {label: (answers, marked) for label, answers, marked in rows}


def count_pool_answers(store: Store, *, after_id: int = 0) -> PoolAnswers:
    """Return the answers that count on pool sentences, under labels in use; `new` are those after `after_id`."""
    row = store.db.execute(
        f"""
        SELECT count(*), coalesce(sum(coalesce(instr({marks_of()}, '+') > 0, 0)), 0), count(DISTINCT a.person_id),
            coalesce(sum(a.id > ?), 0)
        FROM annotations a JOIN sentences s ON s.id = a.sentence_id JOIN labels l ON l.id = {label_of()}
        WHERE a.kind = 'answer' AND s.split = 'pool' AND l.retired = 0 AND {counts()}
        """,
        [after_id],
    ).fetchone()
    return PoolAnswers(*row)


def _insert(db: Database, new: NewAnnotation, surplus: bool, created_ms: int) -> int:
    sentence = db.execute(
        "SELECT token_hash, token_count FROM visible_sentences WHERE id = ?", [new.sentence_id]
    ).fetchone()
    if sentence is None:
        raise UnknownSentence(f"The project has no sentence {new.sentence_id}.")
    token_hash, token_count = sentence
    _check_marks(db, new, token_count)
    facts = {name: getattr(new, name) for name in _NEW} | _observed_columns(new.observed)
    facts |= {
        "id": next_id(db, "annotations"),
        "token_hash": token_hash,
        "token_count": token_count,
        "surplus": surplus,
        "created_ms": created_ms,
    }
    # Column names come from our records, never from people; values are bound.
    row = db.execute(
        f"""
        INSERT INTO annotations ({", ".join(facts)}, supersedes)
        VALUES ({", ".join(f":{name}" for name in facts)},
             (SELECT max(id) FROM annotations
              WHERE sentence_id = :sentence_id AND person_id = :person_id
                AND (kind = 'adjudicated') = (:kind = 'adjudicated')))
        RETURNING id
        """,
        facts,
    ).fetchone()
    return int(row[0])


def _check_marks(db: Database, new: NewAnnotation, token_count: int) -> None:
    """Raise, with a sentence, for what the schema would refuse anyway."""
    if new.label is not None:
        label = db.execute("SELECT name, takes_rationale FROM labels WHERE id = ?", [new.label]).fetchone()
        if label is None:
            raise UnknownLabel(f"The project has no label with index {new.label}.")
        if new.marks is not None and not label[1]:
            raise MisalignedMarks(f"The label {label[0]!r} takes no rationale; leave the marks out.")
    for marks in (new.marks, new.observed.marks_at_reveal):
        if marks is not None and (len(marks) != token_count or set(marks) - set("+-.")):
            raise MisalignedMarks(f"{len(marks)} marks for {token_count} tokens; expected one of + - . for each token.")


def _read(db: Database, where: str, values: Sequence[Any] | dict[str, Any]) -> list[Annotation]:
    return [_annotation(row) for row in db.execute(f"SELECT {_SELECTED} FROM annotations a WHERE {where}", values)]


def _annotation(row: tuple[Any, ...]) -> Annotation:
    facts = dict(zip(_STORED, row[: len(_STORED)], strict=True))
    for name in ("superseded", "surplus", "admitted", "withdrawn"):
        facts[name] = bool(facts[name])
    return Annotation(**facts, observed=_observed(row[len(_STORED) :]))


def _observed(columns: tuple[Any, ...]) -> Observed:
    facts = dict(zip(_OBSERVED, columns, strict=True))
    for name in _OBSERVED_TRUTHS:
        facts[name] = bool(facts[name])
    for name in _OBSERVED_AS_JSON:
        facts[name] = None if facts[name] is None else json.loads(facts[name])
    facts["shown"] = None if facts["shown"] is None else tuple(facts["shown"])
    return Observed(**facts)


def _observed_columns(observed: Observed) -> dict[str, Any]:
    as_json = {name: getattr(observed, name) for name in _OBSERVED_AS_JSON}
    return vars(observed) | {name: None if fact is None else json.dumps(fact) for name, fact in as_json.items()}

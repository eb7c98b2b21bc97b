"""Undo an import: what it brought leaves the project, as if it had never come.

One transaction records that the import is undone, deletes its answers and places in the queue, and hides its
sentences; `take_out` then deletes those, some hundred at a time, and resumes where it was cut off. What the import
superseded is the newest answer again by itself. No id is given a second time: a page that is still open, or
a record of before, must never mean another sentence or answer.
"""

from dataclasses import dataclass

from db.opening.database import Database
from db.records import Actor, id_of
from db.slot_columns import GIVEN_BACK
from db.store import Store, now_ms

MOST_DELETED = 500
"""Sentences per transaction: a person's answer never waits for more."""

_LEAVING = """
    import_id = :import AND sentence_id NOT IN (SELECT sentence_id FROM removals)
    AND id NOT IN (SELECT annotation_id FROM carried_answers) AND NOT EXISTS (
        SELECT 1 FROM annotations newer WHERE newer.sentence_id = annotations.sentence_id
            AND newer.person_id = annotations.person_id AND newer.id > annotations.id
            AND (newer.kind = 'adjudicated') = (annotations.kind = 'adjudicated')
            AND newer.import_id IS NOT annotations.import_id)
"""
"""The import's answers without those that something else supersedes, or that went along when a text was corrected."""
_WITH_A_SENTENCE = (
    *("sentence_tags", "set_members", "requested_sentences", "predictions", "picked_sentences", "leases"),
    *("suggestions", "asked_again", "order_entries", "import_changes"),
)
"""The tables with what was noted about a sentence, apart from answers and slots."""


@dataclass(frozen=True)
class Since:
    """What happened to the sentences of an import since, which keeps it from being undone."""

    answered: int
    """Sentences that were answered or skipped, or got answers from another import."""
    people: int
    changed: int
    """Sentences that another import changed."""
    removed: int
    """Sentences that were removed, or whose text was corrected."""
    rounds: int
    """Rounds that were at work since, or learned from the import's answers."""
    texts: int
    """Sentences to which the import itself gave another text: their old one is gone."""


@dataclass(frozen=True)
class Left:
    """How much left the project."""

    sentences: int
    answers: int
    restored: int
    """Answers that count again, because what superseded them left."""


def since(store: Store, import_id: int) -> Since:
    """Return what happened to the import's sentences since; the rounds of that time name them in their records."""
    row = store.db.execute(
        """
        SELECT answered.sentences, answered.people,
            (SELECT count(DISTINCT c.sentence_id) FROM import_changes c JOIN sentences s ON s.id = c.sentence_id
                WHERE s.import_id = :import AND c.import_id <> :import
                    AND c.import_id NOT IN (SELECT import_id FROM undone_imports)),
            (SELECT count(*) FROM removals r JOIN sentences s ON s.id = r.sentence_id WHERE s.import_id = :import),
            (SELECT count(*) FROM rounds r JOIN imports i ON i.id = :import
                WHERE (r.state NOT IN ('failed', 'cancelled') AND coalesce(r.finished_ms, i.created_ms) >= i.created_ms)
                    OR r.last_annotation IN (SELECT id FROM annotations WHERE import_id = :import)),
            (SELECT count(*) FROM audit WHERE action = 'sentence corrected' AND detail ->> 'import' = :import)
        FROM (
            SELECT count(DISTINCT a.sentence_id) AS sentences, count(DISTINCT a.person_id) AS people
            FROM sentences s INDEXED BY sentences_import JOIN annotations a ON a.sentence_id = s.id
            WHERE s.import_id = :import AND a.import_id IS NOT :import) AS answered
        """,
        {"import": import_id},
    ).fetchone()
    return Since(answered=row[0], people=row[1], changed=row[2], removed=row[3], rounds=row[4], texts=row[5])


def is_undone(store: Store, import_id: int) -> bool:
    """Return whether the import was undone."""
    return store.db.execute("SELECT 1 FROM undone_imports WHERE import_id = ?", [import_id]).fetchone() is not None


def undo(store: Store, import_id: int, *, actor: Actor) -> Left:
    """Record that an import is undone, delete its answers and hide its sentences, in the caller's transaction."""
    with store.writing() as db:
        left = _count(db, import_id)
        db.execute(
            """
            INSERT INTO undone_imports (import_id, sentences, answers, slots, last_sentence, last_annotation, last_slot,
                person_id, at_ms)
            SELECT :import, :sentences, :answers,
                (SELECT count(*) FROM slots WHERE sentence_id IN (SELECT id FROM sentences WHERE import_id = :import)),
                (SELECT coalesce(max(id), 0) FROM sentences), (SELECT coalesce(max(id), 0) FROM annotations),
                (SELECT coalesce(max(id), 0) FROM slots), :person, :now
            """,
            {
                "import": import_id,
                "sentences": left.sentences,
                "answers": left.answers,
                "person": id_of(actor),
                "now": now_ms(),
            },
        )
        db.execute("DELETE FROM slots WHERE sentence_id IN (SELECT id FROM sentences WHERE import_id = ?)", [import_id])
        _delete_answers(db, import_id)
        db.execute("UPDATE imports SET state = 'importing' WHERE id = ?", [import_id])
    return left


def take_out(store: Store) -> None:
    """Delete the hidden sentences of imports that were undone; the import's row stays, without any."""
    while _take_out_some(store):
        pass
    with store.writing() as db:
        db.execute("UPDATE imports SET state = 'ready' WHERE id IN (SELECT import_id FROM undone_imports)")


def _count(db: Database, import_id: int) -> Left:
    row = db.execute(
        f"""
        SELECT (SELECT count(*) FROM sentences WHERE import_id = :import), count(*),
            coalesce(sum(EXISTS (
                SELECT 1 FROM annotations older
                WHERE older.id = annotations.supersedes AND older.import_id IS NOT annotations.import_id)), 0)
        FROM annotations WHERE {_LEAVING}
        """,
        {"import": import_id},
    ).fetchone()
    return Left(*row)


def _delete_answers(db: Database, import_id: int) -> None:
    values = {"import": import_id}
    leaving = f"SELECT id FROM annotations WHERE {_LEAVING}"
    for table in ("admissions", "withdrawals"):
        db.execute(f"DELETE FROM {table} WHERE annotation_id IN ({leaving})", values)
    db.execute(
        f"UPDATE slots SET annotation_id = NULL, {GIVEN_BACK} WHERE annotation_id IN ({leaving})",
        values,
    )
    db.execute(f"DELETE FROM annotations WHERE {_LEAVING}", values)


def _take_out_some(store: Store) -> bool:
    with store.writing() as db:
        ids = [
            sentence_id
            for (sentence_id,) in db.execute(
                """
                SELECT s.id FROM undone_imports u JOIN sentences s INDEXED BY sentences_import
                    ON s.import_id = u.import_id LIMIT ?
                """,
                [MOST_DELETED],
            )
        ]
        for sentence_id in ids:
            _delete_sentence(db, sentence_id)
    return bool(ids)


def _delete_sentence(db: Database, sentence_id: int) -> None:
    for table in _WITH_A_SENTENCE:
        db.execute(f"DELETE FROM {table} WHERE sentence_id = ?", [sentence_id])
    # The index keeps no copy of the words, so it is given them again; what it lacks must not be taken out.
    db.execute(
        """
        INSERT INTO sentence_words (sentence_words, rowid, tokens)
        SELECT 'delete', id, tokens FROM sentences
        WHERE id = ? AND id IN (SELECT id FROM sentence_words_docsize)
        """,
        [sentence_id],
    )
    db.execute("DELETE FROM sentences WHERE id = ?", [sentence_id])

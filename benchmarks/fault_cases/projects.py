"""The projects that faults are played on."""

import random
import sqlite3
from pathlib import Path

from annotator.answering.queue import Receipt, lease_ahead, submit
from annotator.project.people import sign_in
from db.corpus import sentences
from db.queue import leases, slots
from db.records import Label, NewAnnotation, NewSentence, Person, Split
from db.store import Store
from fault_cases.catalogue import hold

LABELS = (Label(0, "none", takes_rationale=False), Label(1, "event"))


def make_project(path: Path, number: int = 200) -> Store:
    """Make a project with this many open sentences of four words."""
    store = Store.create(path, labels=LABELS)
    add_sentences(store, number)
    return store


def add_sentences(store: Store, number: int, *, split: Split = "pool", words: str = "The ship sank") -> list[int]:
    """Add sentences of these words and one distinct word, with slots, and return their ids."""
    first = sentences.count(store)
    new = [_sentence(f"{words} w{first + place}", f"{split}-{first + place}", split) for place in range(number)]
    import_id = sentences.begin_import(store, source="fault", source_hash="", tokenizer="given")
    ids = sentences.add(store, import_id, new)
    sentences.finish_import(store, import_id)
    slots.create_missing(store)
    return ids


def make_teachable(path: Path) -> Store:
    """Make a project on which a round can be trained: 40 answers to the pool, 20 more sentences, dev and test."""
    store = make_project(path, 0)
    anna = sign_in(store, "Anna")
    for words, label, marks in (("The ship sank", 1, "..+."), ("A boat slept", 0, None)):
        for split, number in (("pool", 20), ("dev", 5), ("test", 5)):
            for sentence in add_sentences(store, number, split=split, words=words):
                key = f"key-{sentence:05}"
                leases.record(store, anna.id, sentence)
                submit(store, anna, NewAnnotation(sentence, anna.id, "answer", key, label=label, marks=marks))
    add_sentences(store, 20, words="Her raft sank")
    return store


def answer_next(store: Store, person: Person, key: str) -> Receipt:
    """Answer the next sentence of this person's queue, as their page does."""
    (assignment,) = lease_ahead(store, person, count=1, rng=random.Random(key))
    return submit(store, person, answer_to(assignment.sentence.id, person, key))


def answer_to(sentence_id: int, person: Person, key: str) -> NewAnnotation:
    """Return an answer to one of our sentences of four words."""
    return NewAnnotation(sentence_id, person.id, "answer", key, label=1, marks="..+.")


def stored_keys(store: Store) -> set[str]:
    """Return the keys of all stored answers."""
    return {key for (key,) in store.db.execute("SELECT submission_key FROM annotations")}


def hold_whole(store: Store) -> None:
    """Raise Broken unless the file is whole, by SQLite, by its references and by the queue."""
    db = store.db
    hold(db.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "integrity_check finds damage")
    hold(db.execute("PRAGMA foreign_key_check").fetchall() == [], "rows point at missing rows")
    (halves,) = db.execute(
        """
        SELECT count(*) FROM annotations a WHERE kind = 'answer' AND surplus = 0
            AND NOT EXISTS (SELECT 1 FROM annotations newer WHERE newer.supersedes = a.id)
            AND EXISTS (SELECT 1 FROM slots WHERE sentence_id = a.sentence_id)
            AND NOT EXISTS (SELECT 1 FROM slots WHERE annotation_id = a.id)
        """
    ).fetchone()
    hold(halves == 0, f"{halves} answers have no slot: half a transaction was stored")


def as_stranger(path: Path) -> sqlite3.Connection:
    """Open the file as another program would: with SQLite alone, without our locks."""
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


def _sentence(text: str, external_id: str, split: Split) -> NewSentence:
    tokens = tuple(text.split())
    starts = tuple(sum(len(token) + 1 for token in tokens[:index]) for index in range(len(tokens)))
    return NewSentence(external_id, text, tokens, starts, split)

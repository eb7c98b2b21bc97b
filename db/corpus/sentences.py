"""Sentences, and the imports that brought them.

An import inserts its sentences, still invisible, in short transactions, then flips one row:
`visible_sentences` shows only imports that are ready, so an import appears whole or not at all,
and no one waits for it. Answers are added after the flip, because annotations can never be taken
back; slots come last, so that no one is given a sentence whose answers are still being added.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from db.corpus import imports
from db.corpus.next_ids import next_id
from db.errors import UnknownSentence
from db.records import NewSentence, Sentence, Split
from db.store import Store, now_ms

_COLUMNS = "id, external_id, text, tokens, starts, token_hash, split, query, query_tokens, metadata"
_MOST_BOUND_VALUES = 500


class EncodedSentence(NamedTuple):
    """A sentence as its row has it: lists and objects are JSON."""

    external_id: str
    text: str
    tokens: str
    starts: str
    token_hash: bytes
    split: Split
    query: str | None
    query_tokens: str | None
    metadata: str


def begin_import(
    store: Store,
    *,
    source: str,
    source_hash: str,
    tokenizer: str,
    person_id: int | None = None,
    settings: Mapping[str, Any] | None = None,
) -> int:
    """Begin an import and return its id; remove what interrupted imports left.

    Call it inside `store.importing()`, so that no other import is running.
    """
    imports.discard_unfinished(store)
    with store.writing() as db:
        (import_id,) = db.execute(
            """
            INSERT INTO imports (source, source_hash, tokenizer, state, person_id, settings, created_ms)
            VALUES (?, ?, ?, 'importing', ?, ?, ?) RETURNING id
            """,
            [source, source_hash, tokenizer, person_id, _json(settings or {}), now_ms()],
        ).fetchone()
    return int(import_id)


def encode(sentence: NewSentence) -> EncodedSentence:
    """Return the row of a sentence."""
    tokens = _json_of_texts(sentence.tokens)
    return EncodedSentence(
        sentence.external_id,
        sentence.text,
        tokens,
        _json_of_numbers(sentence.starts),
        _hash(tokens),
        sentence.split,
        sentence.query,
        None if sentence.query_tokens is None else _json(sentence.query_tokens),
        _json(sentence.metadata),
    )


def decoded(row: EncodedSentence) -> NewSentence:
    """Return the sentence of a row."""
    return NewSentence(
        external_id=row.external_id,
        text=row.text,
        tokens=tuple(json.loads(row.tokens)),
        starts=tuple(json.loads(row.starts)),
        split=row.split,
        query=row.query,
        query_tokens=None if row.query_tokens is None else tuple(json.loads(row.query_tokens)),
        metadata=json.loads(row.metadata),
    )


def add(store: Store, import_id: int, sentences: Sequence[NewSentence]) -> list[int]:
    """Add sentences, still invisible, in one transaction, and return their ids in order."""
    return add_encoded(store, import_id, [encode(sentence) for sentence in sentences])


def add_encoded(store: Store, import_id: int, sentences: Sequence[EncodedSentence]) -> list[int]:
    """Do what `add` does, with sentences that are already encoded."""
    with store.writing() as db:
        first = next_id(db, "sentences")
        ids = list(range(first, first + len(sentences)))
        db.conn.executemany(
            """
            INSERT INTO sentences (id, import_id, external_id, text, tokens, starts, token_hash, split, query,
                query_tokens, metadata)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [(sentence_id, import_id, *sentence) for sentence_id, sentence in zip(ids, sentences, strict=True)],
        )
    return ids


def finish_import(store: Store, import_id: int) -> None:
    """Make all sentences of this import visible at once."""
    with store.writing() as db:
        db.execute("UPDATE imports SET state = 'ready' WHERE id = ?", [import_id])


def set_split(store: Store, sentence_id: int, split: Split) -> None:
    """Put a sentence into another split; `slots.move` is to follow, in the same transaction."""
    with store.writing() as db:
        db.execute("UPDATE sentences SET split = ? WHERE id = ?", [split, sentence_id])


def set_metadata(store: Store, sentence_id: int, metadata: Mapping[str, Any]) -> None:
    """Replace all other fields of a sentence."""
    with store.writing() as db:
        db.execute("UPDATE sentences SET metadata = ? WHERE id = ?", [_json(metadata), sentence_id])


def find(store: Store, external_ids: Sequence[str]) -> dict[str, Sentence]:
    """Return the visible sentences with these ids of their source, by that id."""
    sentences = {}
    for start in range(0, len(external_ids), _MOST_BOUND_VALUES):
        chunk = external_ids[start : start + _MOST_BOUND_VALUES]
        rows = store.db.execute(
            f"SELECT {_COLUMNS} FROM visible_sentences WHERE external_id IN ({_places(chunk)})", list(chunk)
        )
        sentences.update({row[1]: _sentence(row) for row in rows})
    return sentences


def read(store: Store, sentence_id: int) -> Sentence:
    """Return one visible sentence; an unknown id raises UnknownSentence."""
    row = store.db.execute(f"SELECT {_COLUMNS} FROM visible_sentences WHERE id = ?", [sentence_id]).fetchone()
    if row is None:
        raise UnknownSentence(f"The project has no sentence {sentence_id}.")
    return _sentence(row)


def of_ids(store: Store, sentence_ids: Sequence[int]) -> list[Sentence]:
    """Return these visible sentences in the order of their ids; unknown ids are left out."""
    rows = store.db.execute(
        f"SELECT {_COLUMNS} FROM visible_sentences WHERE id IN ({_places(sentence_ids)}) ORDER BY id",
        list(sentence_ids),
    )
    return [_sentence(row) for row in rows]


def external_ids(store: Store, sentence_ids: Sequence[int]) -> dict[int, str]:
    """Return the ids in their source of these visible sentences, by their number; unknown ones are left out."""
    rows = store.db.execute(
        "SELECT id, external_id FROM visible_sentences WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        [json.dumps(list(sentence_ids))],
    )
    return dict(rows.fetchall())


def pages(
    store: Store, *, split: Split | None = None, answered: bool = False, after_id: int = 0, size: int = 1000
) -> Iterator[list[Sentence]]:
    """Yield all visible sentences, or only the `answered` ones, by id, a page at a time.

    Each page is a read of its own, so that a slow reader does not pin the log.
    """
    while True:
        rows = store.db.execute(
            f"""
            SELECT {_COLUMNS} FROM visible_sentences
            WHERE id > :after_id AND (:split IS NULL OR split = :split)
                AND (NOT :answered OR EXISTS (SELECT 1 FROM annotations WHERE sentence_id = visible_sentences.id))
            ORDER BY id LIMIT :size
            """,
            {"after_id": after_id, "split": split, "answered": answered, "size": size},
        ).fetchall()
        if not rows:
            return
        yield [_sentence(row) for row in rows]
        after_id = rows[-1][0]


def count(store: Store, split: Split | None = None) -> int:
    """Count the visible sentences, of one split or of all."""
    (number,) = store.db.execute(
        "SELECT count(*) FROM visible_sentences WHERE :split IS NULL OR split = :split", {"split": split}
    ).fetchone()
    return int(number)


def hash_tokens(tokens: Sequence[str]) -> bytes:
    """Return the 16 bytes that an annotation must repeat to prove that it refers to these tokens."""
    return _hash(_json(tokens))


def _sentence(row: tuple[Any, ...]) -> Sentence:
    sentence_id, external_id, text, tokens, starts, token_hash, split, query, query_tokens, metadata = row
    return Sentence(
        id=sentence_id,
        external_id=external_id,
        text=text,
        tokens=tuple(json.loads(tokens)),
        starts=tuple(json.loads(starts)),
        token_hash=token_hash,
        split=split,
        query=query,
        query_tokens=None if query_tokens is None else tuple(json.loads(query_tokens)),
        metadata=json.loads(metadata),
    )


def _places(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _hash(tokens: str) -> bytes:
    return hashlib.blake2b(tokens.encode(), digest_size=16).digest()


def _json_of_texts(texts: Sequence[str]) -> str:
    """Return the same as `_json`, in half the time."""
    return f"[{','.join(map(encode_basestring, texts))}]"


def _json_of_numbers(numbers: Sequence[int]) -> str:
    """Return the same as `_json`, in half the time."""
    return f"[{','.join(map(str, numbers))}]"


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

"""Give sentences that the project has the split and the metadata that a file says, and keep what they were."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from db.corpus import import_changes, sentences
from db.corpus.spool import ChangedRow
from db.finding import texts
from db.queue import set_requests, slots
from db.records import Sentence, Split
from db.store import Store


@dataclass
class Updates:
    """How many sentences of the project got something else from the file."""

    split: int = 0
    """With those that have the same text as a sentence of the file, and go where it goes."""
    metadata: int = 0


def update_sentences(store: Store, groups: Iterable[Sequence[ChangedRow]], import_id: int) -> Updates:
    """Change what the rows say, and record what each sentence had before, as a part of this import."""
    done = Updates()
    for rows in groups:
        with store.writing():
            known = sentences.find(store, [row.external_id for row in rows])
            for row in rows:
                done.split += _move(store, known[row.external_id], row.split, import_id)
                done.metadata += _take_fields(store, known[row.external_id], row, import_id)
    return done


def count_updates(store: Store, groups: Iterable[Sequence[ChangedRow]]) -> Updates:
    """Return what `update_sentences` would change."""
    would, moved = Updates(), set[int]()
    for rows in groups:
        known = sentences.find(store, [row.external_id for row in rows])
        for row in rows:
            moved |= {one.id for one in _to_move(store, known[row.external_id], row.split)}
            would.metadata += bool(row.fields)
    would.split = len(moved)
    return would


def put_into(store: Store, sentence_id: int, split: Split) -> None:
    """Put a sentence, and its places in the queue, into another split."""
    sentences.set_split(store, sentence_id, split)
    slots.move(store, sentence_id, split)
    if split != "pool":
        set_requests.forget(store, sentence_id)


def _move(store: Store, sentence: Sentence, split: Split | None, import_id: int) -> int:
    moving = _to_move(store, sentence, split)
    for one in moving:
        import_changes.record(store, import_id, one.id, "split", one.split, split)
        put_into(store, one.id, split or one.split)
    return len(moving)


def _to_move(store: Store, sentence: Sentence, split: Split | None) -> list[Sentence]:
    """Return the sentences with the text of this one that are in another split: a text is never in two."""
    if split is None:
        return []
    alike = sentences.of_ids(store, texts.with_the_text_of(store, sentence.id))
    return [one for one in alike if one.split != split]


def _take_fields(store: Store, sentence: Sentence, row: ChangedRow, import_id: int) -> bool:
    fields = sentence.metadata | row.fields
    if fields == sentence.metadata:
        return False
    import_changes.record(store, import_id, sentence.id, "metadata", sentence.metadata, fields)
    sentences.set_metadata(store, sentence.id, fields)
    return True

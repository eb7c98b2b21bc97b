"""The sentences of the pool that a round scores, and their content a few at a time."""

from collections.abc import Iterator, Sequence

from db import sentences, slots, texts
from db.records import Sentence
from db.store import Store

CHUNK = 500


def open_pool(store: Store) -> list[int]:
    """Return the ids of the pool as it is now; people keep answering while a round works.

    A text that is held out is not scored: where the pool has it too, it is neither chosen nor shaded.
    """
    held_out, ids, last = texts.pool_held_out_elsewhere(store), [], 0
    while page := slots.open_sentences(store, after_id=last):
        ids += [sentence_id for sentence_id in page if sentence_id not in held_out]
        last = page[-1]
    return ids


def in_chunks(store: Store, sentence_ids: Sequence[int], *, size: int = CHUNK) -> Iterator[list[Sentence]]:
    """Yield the sentences with these ids, in the order of `sentence_ids`, a few at a time; unknown ids are left out."""
    for start in range(0, len(sentence_ids), size):
        chunk = sentence_ids[start : start + size]
        known = {sentence.id: sentence for sentence in sentences.of_ids(store, chunk)}
        yield [known[sentence_id] for sentence_id in chunk if sentence_id in known]

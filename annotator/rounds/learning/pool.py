"""The sentences of the pool that a round scores, and their content a few at a time."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from db.finding import texts, tokens
from db.finding.tokens import SentenceTokens
from db.queue import slots
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


def in_chunks(store: Store, sentence_ids: Sequence[int], *, size: int = CHUNK) -> Iterator[list[SentenceTokens]]:
    """Yield the tokens of the sentences with these ids, in this order, a few at a time; unknown ids are left out."""
    for start in range(0, len(sentence_ids), size):
        yield tokens.of_ids(store, sentence_ids[start : start + size])


def token_offsets(store: Store, sentence_ids: Sequence[int]) -> NDArray[np.int64]:
    """Return where each sentence begins if the tokens of all follow one another, and where the last ends."""
    chunks = (sentence_ids[start : start + CHUNK] for start in range(0, len(sentence_ids), CHUNK))
    lengths = [count for chunk in chunks for count in tokens.counts(store, chunk)]
    return np.cumsum([0, *lengths], dtype=np.int64)

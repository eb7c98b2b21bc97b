"""Near-duplicates: of sentences with nearly the same words, only the best has a place in the queue.

Two sentences are near-duplicates if they share at least four fifths of the words that either has, whatever the order
and the case (Jaccard similarity).
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.sparse import csr_array, vstack

from learner.acquisition.pool import Rows

SIMILAR = 0.8
MOST_LOOKED_AT = 4  # times the size of the queue
_AT_A_TIME = 500
_HASHED_TO = 2**24


def near_duplicates_last(
    ranked: Rows,
    words: Callable[[Rows], list[tuple[str, ...]]],
    *,
    size: int,
    before: Sequence[tuple[str, ...]] = (),
) -> Rows:
    """Return the ranking with near-duplicates of better rows, or of the sentences `before`, after the first `size`.

    At most 4 `size` rows are looked at; if these have fewer than `size` different sentences, the near-duplicates
    fill the rest in their order.
    """
    looked_at, rest = ranked[: MOST_LOOKED_AT * size], ranked[MOST_LOOKED_AT * size :]
    kept = _word_sets(before)
    is_new = np.zeros(len(looked_at), dtype=bool)
    for start in range(0, len(looked_at), _AT_A_TIME):
        page = _word_sets(words(looked_at[start : start + _AT_A_TIME]))
        new = _new_in(page, kept)
        is_new[start : start + len(new)] = new
        kept = csr_array(vstack([kept, page[np.flatnonzero(new)]]))
        if is_new.sum() >= size:
            looked_at, rest, is_new = *np.split(ranked, [start + len(new)]), is_new[: start + len(new)]
            break
    return np.concatenate([looked_at[is_new], looked_at[~is_new], rest])


def _new_in(page: csr_array, kept: csr_array) -> list[bool]:
    """Return for each row of the page whether it is like none of those kept, and like no new one before it."""
    like_kept = np.asarray(_are_similar(page, kept).any(axis=1))
    alike = _are_similar(page, page)
    new: list[bool] = []
    for row, is_like_kept in enumerate(like_kept):
        new.append(not is_like_kept and not alike[row, :row][new].any())
    return new


def _are_similar(some: csr_array, others: csr_array) -> np.ndarray:
    """Return whether each two are near-duplicates: (some, others) bool."""
    shared = _count_shared(some, others)
    sizes = some.sum(axis=1)[:, None] + others.sum(axis=1)[None, :]
    return np.asarray((shared >= SIMILAR * (sizes - shared)) & (sizes > 0))


def _count_shared(some: csr_array, others: csr_array) -> np.ndarray:
    """Return how many words each two share: (some, others)."""
    # The transpose has a place for every column: of the 2**24, only those of words that occur are taken.
    words, places = np.unique(np.concatenate([some.indices, others.indices]), return_inverse=True)
    of_some, of_others = np.split(places, [len(some.indices)])
    ours = csr_array((some.data, of_some, some.indptr), shape=(some.shape[0], len(words)))
    theirs = csr_array((others.data, of_others, others.indptr), shape=(others.shape[0], len(words)))
    return np.asarray((ours @ theirs.T).toarray())


def _word_sets(sentences: Sequence[Sequence[str]]) -> csr_array:
    """Return a row of ones for the different words of each sentence."""
    from sklearn.feature_extraction import FeatureHasher

    if not sentences:
        return csr_array((0, _HASHED_TO), dtype=np.float32)
    hasher = FeatureHasher(_HASHED_TO, input_type="string", alternate_sign=False, dtype=np.float32)
    sets = csr_array(hasher.transform([{word.casefold() for word in words} for words in sentences]))
    sets.data[:] = 1
    return sets

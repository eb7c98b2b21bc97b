"""Vectors of sentences: what makes two alike. Their dimension is small, so that 50,000 of them can be compared."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from learner.acquisition.pool import Array, Features, Rows
from learner.errors import ConfigError

if TYPE_CHECKING:
    from learner.encoders.frozen import FrozenEncoder

DIMENSIONS = 64

Text = tuple[Sequence[str], Sequence[str] | None]
"""The words of a sentence, and of its query."""
Vectorise = Callable[[Sequence[Text]], Array]
"""Sentences → (sentences, at most 64)."""


class TextFeatures(Features):
    """Features without a model: words and vectors, as before the first round."""

    def __init__(
        self, *, texts: Callable[[Rows], Sequence[Text]], answered: Sequence[Text], vectorise: Vectorise
    ) -> None:
        self._texts, self._answered, self._vectorise = texts, answered, vectorise

    def words(self, rows: Rows) -> list[tuple[str, ...]]:
        """Return the words of each row."""
        return [tuple(words) for words, _ in self._texts(rows)]

    def compared_words(self, rows: Rows) -> list[tuple[str, ...]]:
        """Return the words of each row, told apart by its query."""
        return compared(self._texts(rows))

    def vectors(self, rows: Rows) -> Array:
        """Return one vector per row: (rows, dimension)."""
        return self._vectorise(self._texts(rows))

    def answered_vectors(self) -> Array:
        """Return the vectors of the answered sentences: (answered, dimension)."""
        return self._vectorise(self._answered)


def counted(sample: Sequence[Text], *, seed: int) -> Vectorise:
    """Return what turns sentences into tf-idf of their words, in 64 components of the sample's: latent semantics."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    weigh = TfidfVectorizer(analyzer=_folded, sublinear_tf=True, dtype=np.float32)
    weights = weigh.fit_transform(sample)
    if weights.shape[1] <= DIMENSIONS:
        return lambda texts: np.asarray(weigh.transform(texts).toarray()) if texts else _no_vectors(weights.shape[1])
    reduce = TruncatedSVD(DIMENSIONS, random_state=seed).fit(weights)
    return lambda texts: np.asarray(reduce.transform(weigh.transform(texts))) if texts else _no_vectors(DIMENSIONS)


def encoded(encoder: "FrozenEncoder", *, seed: int) -> Vectorise:
    """Return what turns sentences into the mean of their words' vectors by a pretrained encoder, in 64 projections."""

    def vectorise(texts: Sequence[Text]) -> Array:
        if not texts:
            return _no_vectors(min(DIMENSIONS, encoder.dimension))
        words, queries = zip(*texts, strict=True)
        flat, _ = encoder.encode(words, queries)
        if flat.vectors is None:
            raise ConfigError("this encoder has no vectors of words: choose a pretrained one")
        sums = np.add.reduceat(flat.vectors.numpy().astype(np.float32), flat.offsets[:-1].numpy(), axis=0)
        return project(sums / flat.offsets.diff().numpy()[:, None], seed=seed)

    return vectorise


def project(vectors: Array, *, seed: int) -> Array:
    """Return 64 Gaussian random projections, which keep distances but for some per cent; shorter vectors stay."""
    from sklearn.random_projection import GaussianRandomProjection

    if vectors.shape[1] <= DIMENSIONS or not len(vectors):
        return vectors[:, :DIMENSIONS]
    projection = GaussianRandomProjection(DIMENSIONS, random_state=seed % 2**32).fit(vectors[:1])
    return np.asarray(projection.transform(vectors), dtype=np.float32)


def compared(texts: Sequence[Text]) -> list[tuple[str, ...]]:
    """Return the words of each sentence, joined with its query if it has one: other queries make other words."""
    return [
        tuple(words) if query is None else tuple(f"{word} {' '.join(query)}" for word in words)
        for words, query in texts
    ]


def _folded(text: Text) -> list[str]:
    return [word.casefold() for word in text[0]]


def _no_vectors(dimension: int) -> Array:
    return np.zeros((0, dimension), np.float32)

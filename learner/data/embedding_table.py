"""The vocabulary of a training and the first values of its embedding table."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from learner.data.vectors import RANDOM, VectorReport, WordVectors, load_vectors
from learner.data.vocabulary import Vocabulary, words_of

_STD = 0.4  # of the numbers of GloVe's vectors


class EmbeddingTable(NamedTuple):
    """Words, their first vectors, (rows, dimension) float32, and how many of these came from the source."""

    vocabulary: Vocabulary
    vectors: Tensor
    report: VectorReport


def build_table(
    training_sentences: Iterable[Sequence[str]], extra_words: Iterable[str], *, source: str | None, dimension: int
) -> EmbeddingTable:
    """Return a table with a row for each training word, and a frozen row for each extra word that `source` has.

    The rows of padding and unknown are zero: an unknown word adds nothing. A training word without a
    vector starts with a random one, from torch's generator. The report counts both kinds of words.
    """
    training_words = words_of(training_sentences)
    if source is None or source == RANDOM:
        table = _start(len(training_words), dimension)
        return EmbeddingTable(Vocabulary(tuple(training_words)), table, VectorReport(RANDOM, 0, len(training_words)))
    known = set(training_words)
    extra = [word for word in words_of([list(extra_words)]) if word not in known]
    given = load_vectors(source, known | set(extra))
    vocabulary = Vocabulary(tuple(training_words), tuple(word for word in extra if word in given.vector_of))
    report = VectorReport(Path(source).name, found=len(given.vector_of), total=len(known) + len(extra))
    return EmbeddingTable(vocabulary, _pretrained(vocabulary, given), report)


def _pretrained(vocabulary: Vocabulary, given: WordVectors) -> Tensor:
    table = _start(len(vocabulary.trained) + len(vocabulary.frozen), given.dimension)
    for word, vector in given.vector_of.items():
        table[vocabulary.rows([word])[0]] = torch.tensor(vector)
    return table


def _start(words: int, dimension: int) -> Tensor:
    special = torch.zeros(Vocabulary(()).trained_rows, dimension)
    return torch.cat([special, torch.randn(words, dimension) * _STD])

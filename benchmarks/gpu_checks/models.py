"""The two models that are measured, untrained and of the sizes that they have in use, and batches for them."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from evidence_step import DIMENSIONS as ENCODED
from torch import Tensor
from training_step import DIMENSIONS, TRAINED, WORDS, zipf_batch

from learner.data.batches import Batch
from learner.data.vocabulary import UNKNOWN
from learner.loss_names import DEFAULT_LOSS
from learner.models.cnn import EventCnn
from learner.models.evidence import Evidence
from learner.models.protocol import Model
from learner.models.words import FrozenVectors, WordTable

MARKED_SHARE = 0.17


class Kind(NamedTuple):
    """A model, its loss, and a batch of which that share of the rows has marks."""

    model: Callable[[], Model]
    loss: str
    batch: Callable[[np.random.Generator, int, float], Batch]
    """Given what to draw from, the rows and the share."""


def cnn_batch(generator: np.random.Generator, rows: int, share: float) -> Batch:
    """Return a batch of words of the table."""
    batch = zipf_batch(generator, rows=rows)
    return _marked(batch, batch.ids, share)


def evidence_batch(generator: np.random.Generator, rows: int, share: float) -> Batch:
    """Return the same with vectors of a pretrained encoder."""
    batch = zipf_batch(generator, rows=rows)
    vectors = torch.tensor(generator.standard_normal((rows, WORDS, ENCODED), dtype=np.float32)).half()
    return _marked(batch, torch.full_like(batch.ids, UNKNOWN), share, vectors)


def make_cnn() -> EventCnn:
    """Return the CNN of the paper's sizes."""
    torch.manual_seed(0)
    table = WordTable(torch.randn(TRAINED, DIMENSIONS) * 0.4, trained_rows=TRAINED)
    return EventCnn(table, classes=2, max_words=WORDS)


def make_evidence() -> Evidence:
    """Return the evidence model on vectors of MiniLM's size."""
    torch.manual_seed(0)
    words = FrozenVectors.fit(torch.randn(1000, ENCODED))
    return Evidence(words, classes=2, max_words=WORDS, constant_labels=[0])


KINDS = {
    "cnn": Kind(make_cnn, DEFAULT_LOSS, cnn_batch),
    "evidence": Kind(make_evidence, Evidence.default_loss, evidence_batch),
}


def _marked(batch: Batch, ids: Tensor, share: float, vectors: Tensor | None = None) -> Batch:
    """Return the batch with the marks of its first rows alone, and their places known, as in training.

    Those rows have the second label, which people mark words for.
    """
    is_marked = torch.arange(len(ids)) < round(len(ids) * share)
    return Batch(
        ids,
        batch.real,
        torch.where(is_marked, 1, batch.labels),
        batch.contributory & is_marked[:, None],
        torch.zeros_like(batch.irrelevant),
        vectors=vectors,
        known_marked=is_marked.nonzero().squeeze(1),
        may_have_irrelevant=False,
    )

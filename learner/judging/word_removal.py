"""Remove words from sentences in three ways, and predict what is left."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from learner.data.batches import EncodedExamples, encode_examples, reading_order
from learner.data.example import Example
from learner.data.vocabulary import PADDING, UNKNOWN
from learner.saliency.reading import logits_of
from learner.training.trained import TrainedModel

Removal = Literal["delete", "zero", "unknown"]
"""`delete` closes the gap; `zero` leaves a vector of zeros in its place, `unknown` the unknown word's vector."""
REMOVALS: tuple[Removal, ...] = get_args(Removal)

_BATCH_TOKENS = 8192


def encode(trained: TrainedModel, examples: Sequence[Example]) -> EncodedExamples:
    """Return the examples as the model sees them, on its device."""
    return encode_examples(examples, trained.vocabulary, max_words=trained.max_words).to(trained.device)


def remove(encoded: EncodedExamples, places: Sequence[Collection[int]], *, how: Removal = "delete") -> EncodedExamples:
    """Return the sentences without the words at these places, unmarked.

    A sentence with no words left keeps one place with a vector of zeros.
    """
    ids, ends = encoded.ids.tolist(), encoded.offsets.tolist()
    sentences = [ids[start:end] for start, end in pairwise(ends)]
    left = [_without(ids, set(removed), how) for ids, removed in zip(sentences, places, strict=True)]
    flat = torch.tensor([word for ids in left for word in ids], dtype=torch.int64, device=encoded.ids.device)
    offsets = torch.tensor(np.cumsum([0, *map(len, left)]), dtype=torch.int64, device=encoded.ids.device)
    return replace(encoded, ids=flat, marks=torch.zeros_like(flat, dtype=torch.int8), offsets=offsets)


@torch.no_grad()
def probabilities(trained: TrainedModel, encoded: EncodedExamples) -> NDArray[np.floating]:
    """Return the model's probabilities for each sentence, in order: (sentences, classes)."""
    values = np.zeros((len(encoded), len(trained.labels)))
    for rows in reading_order(encoded.lengths, batch_tokens=_BATCH_TOKENS):
        values[rows.cpu().numpy()] = logits_of(trained.model, encoded.batch(rows)).double().softmax(dim=1).cpu().numpy()
    return values


def _without(ids: Sequence[int], removed: set[int], how: Removal) -> list[int]:
    if how == "delete":
        return [word for place, word in enumerate(ids) if place not in removed] or [PADDING]
    replacement = PADDING if how == "zero" else UNKNOWN
    return [replacement if place in removed else word for place, word in enumerate(ids)]

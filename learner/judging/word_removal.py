"""Remove words from sentences in three ways, and predict what is left."""

import random
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from learner.data.batches import EncodedExamples, encode_examples, reading_order
from learner.data.example import Example
from learner.data.vocabulary import PADDING
from learner.saliency.reading import logits_of
from learner.training.trained import TrainedModel

Removal = Literal["delete", "zero", "unknown"]
"""`delete` closes the gap; `zero` leaves a vector of zeros in its place, `unknown` the unknown word's vector.

A pretrained encoder reads the sentence again without the words, or with the unknown word in their places; but
with `zero` it has read the whole sentence, and what the words lent to others stays.
"""
REMOVALS: tuple[Removal, ...] = get_args(Removal)

_NO_WORD = ""  # no vocabulary has it: it is read as the unknown word


def encode(trained: TrainedModel, examples: Sequence[Example]) -> EncodedExamples:
    """Return the examples as the model sees them, on its device."""
    return encode_examples(examples, trained.encoder, max_words=trained.max_words).to(trained.device)


def remove(
    trained: TrainedModel,
    examples: Sequence[Example],
    places: Sequence[Collection[int]],
    *,
    how: Removal = "delete",
    keep: bool = True,
) -> EncodedExamples:
    """Return the examples without the words at these places, unmarked, as the model sees them.

    A sentence with no words left keeps one place with a vector of zeros. `keep` is False for examples that
    will not be read again.
    """
    pairs = [
        (example.tokens[: trained.max_words], set(removed)) for example, removed in zip(examples, places, strict=True)
    ]
    left = [_without(tokens, removed, how) for tokens, removed in pairs]
    shortened = [
        replace(example, tokens=tokens or (_NO_WORD,), marks=None)
        for example, tokens in zip(examples, left, strict=True)
    ]
    encoded = encode_examples(shortened, trained.encoder, max_words=trained.max_words, keep=keep)
    starts = encoded.offsets.tolist()
    blank = [start for start, tokens in zip(starts, left, strict=False) if not tokens]
    if how == "zero":
        blank = [start + place for start, (_, removed) in zip(starts, pairs, strict=False) for place in removed]
    encoded.ids[blank] = PADDING
    return encoded.to(trained.device)


def marked_places(example: Example, max_words: int) -> list[int]:
    """Return the places of the `+` words among the first `max_words`."""
    return [place for place, letter in enumerate((example.marks or "")[:max_words]) if letter == "+"]


def draw_others(draw: random.Random, example: Example, marked: Collection[int], max_words: int) -> list[int] | None:
    """Return as many random unmarked words as are marked; None if there are too few."""
    others = [place for place in range(min(max_words, len(example.tokens))) if place not in marked]
    return draw.sample(others, k=len(marked)) if len(marked) <= len(others) else None


@torch.no_grad()
def probabilities(trained: TrainedModel, encoded: EncodedExamples) -> NDArray[np.floating]:
    """Return the model's probabilities for each sentence, in order: (sentences, classes)."""
    values = np.zeros((len(encoded), len(trained.labels)))
    for rows in reading_order(encoded.lengths, batch_tokens=trained.model.words_at_once):
        values[rows.cpu().numpy()] = logits_of(trained.model, encoded.batch(rows)).double().softmax(dim=1).cpu().numpy()
    return values


def _without(tokens: Sequence[str], removed: Collection[int], how: Removal) -> tuple[str, ...]:
    if how == "delete":
        return tuple(token for place, token in enumerate(tokens) if place not in removed)
    instead = {place: _NO_WORD for place in removed} if how == "unknown" else {}
    return tuple(instead.get(place, token) for place, token in enumerate(tokens))

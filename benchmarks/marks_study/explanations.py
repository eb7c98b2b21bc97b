"""How good a model's explanations are: against people's marks, and for the model itself."""

import math
import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from learner.batches import Batch, encode_examples, reading_order
from learner.example import Example
from learner.metrics import Figures, mean_average_precision
from learner.models.cnn import EventCnn
from learner.saliency import batch_word_saliency
from learner.trained import TrainedModel
from marks_study.protocol import EXPLAINED

Scores = NDArray[np.floating]

_PATH_STEPS = 20
_SHARES = (0.01, 0.05, 0.1, 0.2, 0.5)
_BATCH_TOKENS = 8192
_SEED = 0


def judge_explanations(trained: TrainedModel, examples: Sequence[Example]) -> Figures:
    """Return the figures of the explanations of positive sentences with a `+`, the same ones for every model."""
    told = [example for example in examples if example.label == 1 and "+" in (example.marks or "")]
    told = random.Random(_SEED).sample(told, k=min(EXPLAINED, len(told)))
    told = [example for example in told if len(example.tokens) <= trained.max_words]
    if not told:
        return {}
    batches = _batches(trained, told)
    by_product = _explain(batches, lambda batch: batch_word_saliency(trained.model, batch, batch.labels))
    by_path = _explain(batches, lambda batch: integrated_gradients(trained.model, batch))
    figures = _against_marks("input_x_gradient", by_product, told) | _against_marks(
        "integrated_gradients", by_path, told
    )
    return figures | _of_deletion(trained, told) | _of_faithfulness(trained, told, batches)


def integrated_gradients(model: EventCnn, batch: Batch) -> torch.Tensor:
    """Return Σ_j x_ij ∫ ∂f/∂x_ij(αx) dα from zero vectors, by the midpoint rule: (rows, words)."""
    scaled, total = deepcopy(model), torch.zeros(())
    scaled.read_query = model.read_query  # the path is the sentence's: a query stays as it is
    for step in range(_PATH_STEPS):
        alpha = (step + 0.5) / _PATH_STEPS
        with torch.no_grad():
            scaled.embedding.weight.copy_(alpha * model.embedding.weight)
            scaled.frozen.copy_(alpha * model.frozen)
        total = total + batch_word_saliency(scaled, batch, batch.labels) / alpha
    return total / _PATH_STEPS


def _batches(trained: TrainedModel, examples: Sequence[Example]) -> list[tuple[list[int], Batch]]:
    encoded = encode_examples(examples, trained.vocabulary, max_words=trained.max_words)
    order = reading_order(encoded.lengths, batch_tokens=_BATCH_TOKENS)
    return [(rows.tolist(), encoded.batch(rows)) for rows in order]


def _explain(batches: Sequence[tuple[list[int], Batch]], explain: Callable[[Batch], torch.Tensor]) -> list[Scores]:
    """Return a number a word for each sentence, in the sentences' own order."""
    found: dict[int, Scores] = {}
    for rows, batch in batches:
        scores = explain(batch).numpy()
        found |= {row: scores[place][batch.real[place].numpy()] for place, row in enumerate(rows)}
    return [found[row] for row in sorted(found)]


def _against_marks(name: str, scores: Sequence[Scores], examples: Sequence[Example]) -> Figures:
    marks = [example.marks or "" for example in examples]
    precision = mean_average_precision(scores, marks)
    hits = [_r_precision(each, letters) for each, letters in zip(scores, marks, strict=True) if set(letters) != {"+"}]
    if precision is None:
        return {}
    return {f"average_precision_{name}": precision, f"r_precision_{name}": 100 * float(np.mean(hits))}


def _r_precision(scores: Scores, letters: str) -> float:
    """Return the share of marked words among as many highest ones."""
    highest = np.argsort(-scores, kind="stable")[: letters.count("+")]
    return sum(letters[place] == "+" for place in highest) / len(highest)


def _of_deletion(trained: TrainedModel, examples: Sequence[Example]) -> Figures:
    """Return ΔTPR = 100 (TPR0 - TPR1) / TPR0 when the marked words are deleted, and when as many others are.

    Of sentences that have enough others for the control.
    """
    draw = random.Random(_SEED)
    marked = [[place for place, letter in enumerate(each.marks or "") if letter == "+"] for each in examples]
    rows = [row for row, places in enumerate(marked) if 2 * len(places) <= len(examples[row].tokens)]
    whole = [examples[row] for row in rows]
    others = [
        draw.sample([place for place in range(len(example.tokens)) if place not in marked[row]], k=len(marked[row]))
        for row, example in zip(rows, whole, strict=True)
    ]
    rate = _positive_rate(trained, whole)
    if rate == 0:
        return {}
    without = _positive_rate(trained, [_delete(each, marked[row]) for row, each in zip(rows, whole, strict=True)])
    control = _positive_rate(trained, [_delete(each, places) for places, each in zip(others, whole, strict=True)])
    return {"delta_tpr": 100 * (rate - without) / rate, "delta_tpr_control": 100 * (rate - control) / rate}


def _of_faithfulness(
    trained: TrainedModel, examples: Sequence[Example], batches: Sequence[tuple[list[int], Batch]]
) -> Figures:
    """Return comprehensiveness and sufficiency of input × gradient for the predicted class, AOPC over shares of words.

    A share of a sentence is at least one word, and at least one word is left.
    """
    before = _probabilities(trained, examples)
    predicted = before.argmax(axis=1)
    scores = _explain(batches, lambda batch: batch_word_saliency(trained.model, batch, _predict(trained, batch)))
    whole = np.take_along_axis(before, predicted[:, None], axis=1)
    drops: dict[str, list[float]] = {"comprehensiveness": [], "sufficiency": []}
    for share in _SHARES:
        highest = [np.argsort(-each, kind="stable")[: math.ceil(share * len(each))].tolist() for each in scores]
        rests = [sorted(set(range(len(each))) - set(top)) for each, top in zip(scores, highest, strict=True)]
        for name, deleted in (("comprehensiveness", highest), ("sufficiency", rests)):
            left = [_delete(example, places) for example, places in zip(examples, deleted, strict=True)]
            after = np.take_along_axis(_probabilities(trained, left), predicted[:, None], axis=1)
            drops[name].append(float((whole - after).mean()))
    return {name: 100 * float(np.mean(values)) for name, values in drops.items()}


@torch.no_grad()
def _predict(trained: TrainedModel, batch: Batch) -> torch.Tensor:
    return trained.model(batch).logits.argmax(dim=1)


def _delete(example: Example, places: Sequence[int]) -> Example:
    """Return the example without these words; with its first word where none would be left."""
    gone = set(places)
    left = tuple(token for place, token in enumerate(example.tokens) if place not in gone)
    return replace(example, tokens=left or example.tokens[:1], marks=None)


def _positive_rate(trained: TrainedModel, examples: Sequence[Example]) -> float:
    return float((_probabilities(trained, examples).argmax(axis=1) == 1).mean()) if examples else 0.0


@torch.no_grad()
def _probabilities(trained: TrainedModel, examples: Sequence[Example]) -> Scores:
    """Return (examples, classes)."""
    encoded = encode_examples(examples, trained.vocabulary, max_words=trained.max_words)
    found = np.zeros((len(examples), len(trained.labels)))
    for rows in reading_order(encoded.lengths, batch_tokens=_BATCH_TOKENS):
        found[rows.numpy()] = trained.model(encoded.batch(rows)).logits.softmax(dim=1).numpy()
    return found

"""Faithfulness: whether a model relies on the words that people marked, and on those that an explanation names."""

import random
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from learner.data.example import Example
from learner.judging.plausibility import top_words
from learner.judging.word_removal import Removal, draw_others, encode, marked_places, probabilities, remove
from learner.metrics import Figures, Scores
from learner.training.trained import TrainedModel

BINS = (0.01, 0.05, 0.1, 0.2, 0.5)
"""The shares of a sentence's words that ERASER removes, at least one word."""


def reliance_on_marks(
    trained: TrainedModel, examples: Sequence[Example], *, how: Removal = "delete", seed: int = 0
) -> Figures:
    """Return the paper's Table 4 for the examples with a `+`, in percent; empty if there is none.

    tpr0                 sentences predicted with their gold label as they are
    tpr1                 the same without their marked words
    delta_tpr            100 (TPR0 - TPR1) / TPR0; missing where TPR0 is 0
    delta_tpr_control    the same with as many random unmarked words removed, by `seed`
    control_sentences    those with as many unmarked words, on which the control is computed

    A sentence whose words are all marked keeps one place with a vector of zeros when they are
    deleted; the control leaves it out.
    """
    with_marks = [example for example in examples if "+" in (example.marks or "")[: trained.max_words]]
    if not with_marks:
        return {}
    marked = [marked_places(example, trained.max_words) for example in with_marks]
    draws = [random.Random(f"{seed} {row}") for row in range(len(with_marks))]
    others = [draw_others(*row, trained.max_words) for row in zip(draws, with_marks, marked, strict=True)]
    whole, without = _rates(trained, with_marks, marked, how)
    figures: Figures = {"tpr0": whole, "tpr1": without} | _drop("delta_tpr", whole, without)
    controlled = [row for row, places in enumerate(others) if places is not None]
    figures["control_sentences"] = len(controlled)
    if controlled:
        kept = [with_marks[row] for row in controlled]
        rates = _rates(trained, kept, [others[row] or () for row in controlled], how)
        figures |= _drop("delta_tpr_control", *rates)
    return figures


def faithfulness(
    trained: TrainedModel, examples: Sequence[Example], scores: Sequence[Scores], *, seed: int = 0
) -> Figures:
    """Return ERASER's comprehensiveness and sufficiency of scores for the predicted class, in points of probability.

    comprehensiveness  p(ŷ|x) - p(ŷ|x without the highest words): high if they were needed
    sufficiency        p(ŷ|x) - p(ŷ|the highest words alone): low if they are enough

    `scores` has a number for each word that the model sees, for the class that it predicts. Each
    figure is the mean over the bins (AOPC) and over sentences; `…_at_10` is that of one bin, in
    per cent of the words; `…_random` the mean with as many random words, by `seed`: the value of the
    scores is their distance from it. Words are deleted.
    """
    draw = np.random.default_rng(seed)
    random_scores = [draw.permutation(len(of_words)).astype(float) for of_words in scores]
    before = probabilities(trained, encode(trained, examples))
    drops, control = (_drops(trained, examples, before, ranking) for ranking in (scores, random_scores))
    means: Figures = {name: float(np.mean(values)) for name, values in drops.items()}
    means |= {f"{name}_random": float(np.mean(values)) for name, values in control.items()}
    at_bins = {
        f"{name}_at_{share:.0%}".rstrip("%"): value
        for name, values in drops.items()
        for share, value in zip(BINS, values, strict=True)
    }
    return means | at_bins


def _drops(
    trained: TrainedModel, examples: Sequence[Example], before: NDArray[np.floating], scores: Sequence[Scores]
) -> dict[str, list[float]]:
    """Return both figures, one number per bin."""
    predicted = before.argmax(axis=1)
    drops: dict[str, list[float]] = {"comprehensiveness": [], "sufficiency": []}
    for share in BINS:
        chosen = [top_words(of_words, share) for of_words in scores]
        for name, removed in (("comprehensiveness", chosen), ("sufficiency", [~words for words in chosen])):
            places = [np.flatnonzero(words).tolist() for words in removed]
            after = probabilities(trained, remove(trained, examples, places, keep=False))
            drops[name].append(100 * float(_of(before - after, predicted).mean()))
    return drops


def _of(values: NDArray[np.floating], classes: NDArray[np.integer]) -> NDArray[np.floating]:
    taken: NDArray[np.floating] = np.take_along_axis(values, classes[:, None], axis=1)[:, 0]
    return taken


def _rates(
    trained: TrainedModel, examples: Sequence[Example], places: Sequence[Collection[int]], how: Removal
) -> tuple[float, float]:
    """Return the share of sentences predicted with their gold label: whole, and without the words at these places."""
    gold = np.array([example.label for example in examples])
    whole, without = (
        100 * float((probabilities(trained, sentences).argmax(axis=1) == gold).mean())
        for sentences in (encode(trained, examples), remove(trained, examples, places, how=how))
    )
    return whole, without


def _drop(name: str, whole: float, without: float) -> Figures:
    return {name: 100 * (whole - without) / whole} if whole else {}

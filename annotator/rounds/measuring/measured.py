"""What a round was measured to do: its figures with intervals, and two rounds on the same sentences."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.rounds.learning.judgement import HELD_OUT, judged_by
from annotator.wording import headline, precision_of
from db.learning.round_records import Round
from db.store import Store
from learner.judging.changes import confusion_of
from learner.judging.figures import FIGURES, estimate_figures
from learner.judging.intervals import Estimate
from learner.judging.judged import Judged
from learner.judging.paired import Comparison, compare

Confusion = NDArray[np.int64]


@dataclass(frozen=True)
class Measured:
    """The figures of one round, on test or, without test sentences, on dev."""

    split: str
    sentences: int
    estimates: Mapping[str, Estimate | None]
    """By name, one of `learner.judging.figures.FIGURES`."""
    measured_on: str
    """The same for two rounds that were measured on the same sentences with the same gold labels."""
    is_whole: bool = True
    """False for a round of an older Whylight, which kept its figures only: they have no intervals."""


@dataclass(frozen=True)
class Against:
    """Two rounds on the sentences that both were measured on."""

    split: str
    comparison: Comparison


def measure_round(store: Store, ended: Round) -> Measured | None:
    """Return the figures that represent a round; None if it was measured on nothing."""
    judged = judged_by(store, ended.id)
    for split in HELD_OUT:
        if split in judged:
            return Measured(split, len(judged[split]), estimate_figures(judged[split]), _set_of(judged[split]))
    return _from_its_record(ended)


def measure_against(store: Store, before: int, after: int) -> Against | None:
    """Return how the second round differs from the first, on test before dev; None if they share no judged split."""
    first, second = judged_by(store, before), judged_by(store, after)
    for split in HELD_OUT:
        if split in first and split in second:
            return Against(split, compare(first[split], second[split]))
    return None


def count_confusion(store: Store, round_id: int) -> tuple[str, Confusion] | None:
    """Return the split, and how many of its sentences of each gold label (row) got each label (column)."""
    judged = judged_by(store, round_id)
    split = next((split for split in HELD_OUT if split in judged), None)
    if split is None:
        return None
    return split, confusion_of(judged[split], labels=judged[split].probabilities.shape[1])


def _set_of(judged: Judged) -> str:
    order = np.argsort(judged.ids)
    return hashlib.blake2b(judged.ids[order].tobytes() + judged.gold[order].tobytes(), digest_size=8).hexdigest()


def _from_its_record(ended: Round) -> Measured | None:
    split, figures = headline(ended)
    if split is None:
        return None
    sentences = int(figures.get("examples", 0))
    values = {
        "accuracy": figures.get("accuracy"),
        "macro_f1": figures.get("macro_f1"),
        "average_precision": precision_of(figures, ended.metrics.get("model", {}).get("view")),
        "saliency_accuracy": figures.get("saliency_accuracy_word"),
        "saliency_accuracy_unmarked": figures.get("saliency_accuracy_word_unmarked"),
    }
    estimates = {
        name: None if (value := values.get(name)) is None else Estimate(float(value), None, sentences)
        for name in FIGURES
    }
    return Measured(split, sentences, estimates, f"{split} of {sentences:,}", is_whole=False)

"""The figures of a trial's model, as shares: those of every point, and the dear ones of some sizes."""

from collections.abc import Sequence

import numpy as np
from study_parts.explanations import judge_explanations

from annotator.simulation.gold import Gold
from evidence.planting import planted_words, without_words
from evidence.protocol import DEAR_SIZES, WITHOUT_WORD, Trial
from learner.data.example import Example
from learner.judging.confidence import calibration_error
from learner.judging.evaluation import ReadExample, read_examples
from learner.metrics import classification_figures, mean_average_precision
from learner.training.trained import TrainedModel

USUAL = ("accuracy", "macro_f1", "f1", "ece", "average_precision")
DEAR = {
    "average_precision_integrated_gradients": "average_precision_ig",
    "delta_tpr": "delta_tpr",
    "delta_tpr_control": "delta_tpr_control",
}
"""As they are computed → as they are kept."""

Figures = dict[str, float]


def judge(trained: TrainedModel, trial: Trial, gold: Gold, *, size: int) -> Figures:
    """Return the figures of a point: of dev, and of test where there is any; "dev accuracy", and so on."""
    figures = {f"dev {name}": value for name, value in usual_figures(trained, gold.dev).items()}
    if trial.shortcut is not None:
        figures[WITHOUT_WORD] = _accuracy(trained, without_words(gold.dev, planted_words(trial.data)))
    if gold.test:
        of_test = usual_figures(trained, gold.test)
        if size in DEAR_SIZES:
            of_test |= dear_figures(trained, gold.test)
        figures |= {f"test {name}": value for name, value in of_test.items()}
    return {name: round(value, 5) for name, value in figures.items()}


def usual_figures(trained: TrainedModel, examples: Sequence[Example]) -> Figures:
    """Return accuracy, macro-F1, F1, calibration error, and average precision of the view that people are shown."""
    readings = read_examples(trained, examples)
    gold = [example.label for example in examples]
    figures = classification_figures(gold, [reading.label for reading in readings], classes=len(trained.labels))
    figures["ece"] = calibration_error(np.array([reading.probabilities for reading in readings]), np.array(gold))
    precision = _precision_shown(trained, examples, readings)
    if precision is not None:
        figures["average_precision"] = precision
    return {name: figures[name] / 100 for name in USUAL if name in figures}


def dear_figures(trained: TrainedModel, examples: Sequence[Example]) -> Figures:
    """Return average precision by integrated gradients, and ΔTPR with its control, on 300 marked sentences."""
    figures = judge_explanations(trained, examples, by=("integrated_gradients",))
    return {name: figures[computed] / 100 for computed, name in DEAR.items() if computed in figures}


def _precision_shown(
    trained: TrainedModel, examples: Sequence[Example], readings: Sequence[ReadExample]
) -> float | None:
    marked = [place for place, example in enumerate(examples) if "+" in (example.marks or "")]
    view = (trained.model.shown_view, "word")
    saliency = [readings[place].saliency[view] for place in marked]
    return mean_average_precision(saliency, [examples[place].marks or "" for place in marked])


def _accuracy(trained: TrainedModel, examples: Sequence[Example]) -> float:
    readings = read_examples(trained, examples)
    pairs = zip(readings, examples, strict=True)
    return float(np.mean([reading.label == example.label for reading, example in pairs]))

"""What a model said of a sentence, as the labels and words that other tools show."""

from collections.abc import Sequence

from annotator.exporting.example import Prediction
from annotator.exporting.tools.marked import Run, runs

STRONG = 0.5
"""A word counts as one of the model's words if it has at least this share of the strongest word's saliency."""


def likeliest(prediction: Prediction) -> str:
    """Return the label with the highest probability, the first at a tie."""
    return max(prediction.probabilities, key=lambda label: prediction.probabilities[label])


def strong_runs(saliency: Sequence[float]) -> list[Run]:
    """Return the runs of words that the model relied on: those with at least half the strongest word's saliency."""
    strongest = max(saliency, default=0.0)
    if strongest <= 0:
        return []
    return runs("".join("+" if score >= STRONG * strongest else "." for score in saliency))

"""What the word marker shows of the model that serves: its guess, and each word's score by two views."""

from collections.abc import Sequence
from typing import Any

from db import predictions, rounds
from db.records import Prediction, Project
from db.store import Store

GRADIENT = "gradient"
_UNNAMED_VIEW = "input_x_gradient"
"""The view of the rounds that were recorded before a round named its own."""

UNSHADED: dict[str, Any] = {"saliency": None, "own_view": None, "guess": None, "round": None}
"""What is drawn of a sentence without a prediction."""


def shades(store: Store, settings: Project, sentence_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return what is drawn of the model for those of these sentences that have a prediction, by sentence."""
    if settings.serving_round is None or settings.saliency_mode == "never":
        return {}
    view = _view_of(store, settings.serving_round)
    found = predictions.find(store, settings.serving_round, sentence_ids)
    return {sentence_id: _shade(prediction, view) for sentence_id, prediction in found.items()}


def _view_of(store: Store, round_id: int) -> str:
    """Return the name of the view that people see of the round's model."""
    view: str = rounds.read(store, round_id).metrics.get("model", {}).get("view", _UNNAMED_VIEW)
    return view


def _shade(prediction: Prediction, view: str) -> dict[str, Any]:
    scores = {GRADIENT: prediction.gradient, view: prediction.input_x_gradient}
    return {
        "saliency": {name: _scaled(of_words) for name, of_words in scores.items()},
        "own_view": view,
        "guess": prediction.label,
        "round": prediction.round_id,
    }


def _scaled(saliency: Sequence[float]) -> list[float]:
    """Scale signed scores to [-1, 1] by the sentence's strongest word; all zeros stay zeros."""
    strongest = max(abs(score) for score in saliency)
    return [round(score / strongest, 3) if strongest else 0.0 for score in saliency]

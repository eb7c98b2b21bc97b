"""What the word marker shows of the model that serves: its guess, and each word's score by two views."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from db.finding import texts
from db.learning import predictions, rounds
from db.learning.round_records import Prediction
from db.records import Project
from db.store import Store
from learner.explained import explained_labels

GRADIENT = "gradient"
_UNNAMED_VIEW = "input_x_gradient"
"""The view of the rounds that were recorded before a round named its own."""

UNSHADED: dict[str, Any] = {"saliency": None, "own_view": None, "guess": None, "explained": None, "round": None}
"""What is drawn of a sentence without a prediction."""


def shades(store: Store, settings: Project, sentence_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return what is drawn of the model for those of these sentences that have a prediction, by sentence.

    A text that has come into dev or test since it was scored is shown without a model at once.
    """
    if settings.serving_round is None or settings.saliency_mode == "never":
        return {}
    model = rounds.read(store, settings.serving_round).metrics.get("model", {})
    held_out = texts.held_out_among(store, sentence_ids)
    shown = [sentence_id for sentence_id in sentence_ids if sentence_id not in held_out]
    found = predictions.find(store, settings.serving_round, shown)
    return {sentence_id: _shade(prediction, model) for sentence_id, prediction in found.items()}


def _shade(prediction: Prediction, model: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is drawn of a prediction; `model` is what the round's record says of its model."""
    view = model.get("view", _UNNAMED_VIEW)
    scores = {GRADIENT: prediction.gradient, view: prediction.input_x_gradient}
    return {
        "saliency": {name: _scaled(of_words) for name, of_words in scores.items()},
        "own_view": view,
        "guess": prediction.label,
        "explained": _explained(prediction, model.get("constant_labels", ())),
        "round": prediction.round_id,
    }


def _explained(prediction: Prediction, constant_labels: Sequence[int]) -> int:
    """Return the label that the scores are for."""
    return int(explained_labels(np.array([prediction.probabilities]), constant_labels)[0])


def _scaled(saliency: Sequence[float]) -> list[float]:
    """Scale signed scores to [-1, 1] by the sentence's strongest word; all zeros stay zeros."""
    strongest = max(abs(score) for score in saliency)
    return [round(score / strongest, 3) if strongest else 0.0 for score in saliency]

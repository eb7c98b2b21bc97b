"""How many sentences per second are scored, with the saliency of every word and without?"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from evidence_step import Kept
from pool_scoring import scored_sentences, untrained
from training_step import WORDS

from gpu_checks.device import measure_ceiling, peak_mb, seconds_of, shares_of
from gpu_checks.models import KINDS, make_evidence
from learner.config import TrainingConfig
from learner.data.batches import Batch, encode_sentences
from learner.data.vectors import VectorReport
from learner.judging.word_removal import probabilities
from learner.models.cnn import EventCnn
from learner.prediction import predict_many
from learner.saliency.closed_reading import needs_graph
from learner.saliency.reading import read
from learner.training.trained import TrainedModel, TrainingResult

WINDOW = 2048  # sentences that are sorted by length together
WARM = 100  # sentences scored before the clock starts
Words = tuple[str, ...]


def measure_scoring(device: torch.device, *, sentences: int) -> dict[str, Any]:
    """Return rates and memory for the CNN and for the evidence model, and the shares of one batch."""
    drawn = list(scored_sentences(sentences))
    figures: dict[str, Any] = {}
    for name, trained in {"cnn": untrained(EventCnn), "evidence": untaught_evidence(sentences)}.items():
        trained.model.to(device)
        figures |= {f"{name}_{key}": value for key, value in _of_model(trained, drawn, device).items()}
        figures |= {f"{name}_batch_{key}": value for key, value in _of_batch(name, trained, device).items()}
    return figures


def untaught_evidence(sentences: int) -> TrainedModel:
    """Return an untaught evidence model, with the vectors of so many sentences in memory."""
    model = make_evidence().eval()
    kept = Kept(torch.randn(sentences * WORDS, model.words.dimension).half())
    config, result = TrainingConfig(model="evidence"), TrainingResult("max_steps", 0, 0, 0, 0, 0, 0)
    return TrainedModel(model, kept, ("no", "yes"), config, VectorReport("made up", 0, 0), result)


def _of_model(trained: TrainedModel, drawn: Sequence[Words], device: torch.device) -> dict[str, Any]:
    def with_saliency(sentences: Sequence[Words]) -> None:
        for _ in predict_many(trained, sentences):
            pass

    @torch.no_grad()
    def without(sentences: Sequence[Words]) -> None:
        for start in range(0, len(sentences), WINDOW):
            window = sentences[start : start + WINDOW]
            encoded = encode_sentences(window, trained.encoder, max_words=trained.max_words)
            probabilities(trained, encoded.to(device))

    return {
        "scoring_per_s": _rate(with_saliency, drawn),
        "scoring_without_saliency_per_s": _rate(without, drawn),
        "scoring_mb": peak_mb(lambda: with_saliency(drawn[:WINDOW]), device),
    }


def _of_batch(name: str, trained: TrainedModel, device: torch.device) -> dict[str, float]:
    """Return the time of a batch with saliency, as many words as the model reads best, and its shares."""
    model = trained.model
    rows = max(1, model.words_at_once // WORDS)
    batch: Batch = KINDS[name].batch(np.random.default_rng(0), rows, 0.0).to(device)

    def score() -> None:
        with torch.set_grad_enabled(needs_graph(model)):
            read(model, batch).explain(torch.ones_like(batch.labels)).view(model.shown_view, "word")

    score()
    seconds = min(seconds_of(score, device) for _ in range(5))
    return {"ms": round(1e3 * seconds, 3), **_rounded(shares_of(score, seconds, measure_ceiling(device)))}


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 1) for name, value in figures.items()}


def _rate(score: Callable[[Sequence[Words]], None], drawn: Sequence[Words]) -> int:
    """Return sentences per second; the results are on the host at its end, so the device has finished."""
    score(drawn[:WARM])
    start = time.perf_counter()
    score(drawn)
    return round(len(drawn) / (time.perf_counter() - start))

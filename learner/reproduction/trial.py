"""One trial: train a model, and compute everything that the paper's tables show of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from learner.config import STATIC, TrainingConfig
from learner.data.batches import reading_order
from learner.data.example import Example
from learner.data.splits import sample
from learner.data.vocabulary import words_of
from learner.encoders.frozen import open_encoder
from learner.judging.evaluation import evaluate
from learner.judging.faithfulness import reliance_on_marks
from learner.judging.word_removal import REMOVALS, encode, probabilities
from learner.reproduction.plan import Plan, Trial
from learner.reproduction.sets import read_set
from learner.saliency.attributions import attribute
from learner.training.run import train
from learner.training.trained import TrainedModel

TOP = 6
"""The most salient words of a sentence that the paper looks at."""

Outcome = dict[str, Any]
"""The result of a trial, as JSON: `failed` (why, or None), and if it did not fail

figures      of `evaluate` on test
reliance     way of removal → figures of `reliance_on_marks`
predicted    the index of a class for each test sentence
top          for each test sentence with a `+`: its index, and the places and scores of its TOP most salient words
"""


def run_trial(trial: Trial, plan: Plan) -> dict[str, Any]:
    """Return the result of a trial; raise LearnerError if it cannot be run."""
    training, dev, test, labels = read_set(plan.folder, trial.data)
    words = words_of((*example.tokens, *(example.query or ())) for example in [*dev, *test])
    encoder = (
        None if trial.encoder == STATIC else open_encoder(trial.encoder, vectors_in=plan.vectors_in, device=plan.device)
    )
    config = TrainingConfig(
        loss=trial.loss,
        encoder=trial.encoder,
        vectors=plan.vectors if encoder is None else None,
        max_steps=plan.steps,
        seed=trial.seed,
    )
    answered = sample(training, trial.size, seed=trial.seed)
    trained = train(answered, dev, labels=labels, config=config, device=plan.device, extra_words=words, encoder=encoder)
    return {
        "figures": evaluate(trained, test),
        "reliance": {how: reliance_on_marks(trained, test, how=how, seed=trial.seed) for how in REMOVALS},
        "predicted": probabilities(trained, encode(trained, test)).argmax(axis=1).tolist(),
        "top": _most_salient(trained, test),
    }


def _most_salient(trained: TrainedModel, test: Sequence[Example]) -> list[tuple[int, list[int], list[float]]]:
    """Return the words with the highest Σ_j ∂f/∂x_ij for the gold label, the first at a tie."""
    marked = [row for row, example in enumerate(test) if "+" in (example.marks or "")]
    if not marked:
        return []
    encoded = encode(trained, [test[row] for row in marked])
    top: dict[int, tuple[int, list[int], list[float]]] = {}
    for rows in reading_order(encoded.lengths, batch_tokens=trained.model.words_at_once):
        batch = encoded.batch(rows)
        scores = attribute(trained.model, batch, batch.labels, by="gradient").cpu().double().numpy()
        for row, of_words, width in zip(rows.tolist(), scores, encoded.lengths[rows].tolist(), strict=True):
            places = np.argsort(-of_words[:width], kind="stable")[:TOP].tolist()
            top[row] = (marked[row], places, [float(f"{of_words[place]:.4g}") for place in places])
    return [top[row] for row in range(len(marked))]

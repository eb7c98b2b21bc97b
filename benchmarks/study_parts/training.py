"""Train the model of a trial, and return the figures of its answers that every study reports."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from learner.config import TrainingConfig
from learner.data.batches import encode_examples
from learner.data.example import Example
from learner.data.vocabulary import words_of
from learner.encoders.frozen import FrozenEncoder
from learner.metrics import Figures, classification_figures
from learner.training.calibration import fit_constants
from learner.training.run import train
from learner.training.selection import logits_on
from learner.training.trained import TrainedModel


@dataclass(frozen=True)
class TrialSentences:
    """What a trial trains on, what decides when it stops, and what judges it."""

    answered: Sequence[Example]
    dev: Sequence[Example]
    judged: Sequence[Example]
    labels: Sequence[str]


def train_on(
    sentences: TrialSentences, config: TrainingConfig, *, encoder: FrozenEncoder | None = None
) -> TrainedModel:
    """Return the model of a trial, trained on the CPU."""
    words = words_of((*each.tokens, *(each.query or ())) for each in (*sentences.dev, *sentences.judged))
    return train(
        sentences.answered,
        sentences.dev,
        labels=sentences.labels,
        config=config,
        device="cpu",
        extra_words=words,
        encoder=encoder,
    )


def figures_of_training(trained: TrainedModel) -> Figures:
    """Return how the training went."""
    result = trained.result
    figures = {"dev_accuracy": result.dev_accuracy, "dev_macro_f1": result.dev_macro_f1, "step": result.step}
    marked = {"marked_answers": result.marked_examples, "steps_run": result.steps_run}
    return {name: value for name, value in {**figures, **marked}.items() if value is not None}


def calibrated_figures(trained: TrainedModel, dev: Sequence[Example], judged: Sequence[Example]) -> Figures:
    """Return the answers' figures with the threshold fitted on dev: calibrating changes nothing else.

    The figures on dev itself use two halves, each with the constants fitted on the other.
    """
    on_dev, gold_on_dev = _logits(trained, dev)
    logits, gold = _logits(trained, judged)
    of_judged = _answers(logits + fit_constants(on_dev, gold_on_dev), gold)
    even = torch.arange(len(gold_on_dev)) % 2 == 0
    halves = [on_dev[half] + fit_constants(on_dev[~half], gold_on_dev[~half]) for half in (even, ~even)]
    of_dev = _answers(torch.cat(halves), torch.cat([gold_on_dev[even], gold_on_dev[~even]]))
    named = {f"{name}_calibrated": value for name, value in of_judged.items()}
    return named | {f"dev_{name}_calibrated": value for name, value in of_dev.items()}


def _answers(logits: torch.Tensor, gold: torch.Tensor) -> Figures:
    figures = classification_figures(gold.tolist(), logits.argmax(dim=1).tolist(), classes=logits.shape[1])
    return {name: figures[name] for name in ("accuracy", "macro_f1", "f1")}


def _logits(trained: TrainedModel, examples: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor]:
    return logits_on(trained.model, encode_examples(examples, trained.encoder, max_words=trained.max_words))

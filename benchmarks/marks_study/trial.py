"""One trial: train, judge, and return the figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from learner.config import TrainingConfig
from learner.data.batches import encode_examples
from learner.data.example import Example
from learner.data.splits import of_split, sample
from learner.data.vocabulary import words_of
from learner.judging.evaluation import evaluate
from learner.metrics import Figures, classification_figures
from learner.training.calibration import fit_constants
from learner.training.run import train
from learner.training.selection import logits_on
from learner.training.trained import TrainedModel
from marks_study import sentences, shortcut
from marks_study.explanations import judge_explanations
from marks_study.protocol import FILES, Trial


@dataclass(frozen=True)
class Materials:
    """The places of the sets and the word vectors; without vectors they are random."""

    folder: Path
    vectors: str | None

    def file(self, trial: Trial) -> Path:
        """Return the file of the trial's set."""
        return self.folder / FILES[trial.data]


def run_trial(trial: Trial, materials: Materials) -> Figures:
    """Return the figures of a trial; raise LearnerError if it fails."""
    return judge_on_dev(trial, materials) if trial.judged_on == "dev" else judge_on_test(trial, materials)


def judge_on_dev(trial: Trial, materials: Materials) -> Figures:
    """Return the figures on dev; test stays unread."""
    examples, labels = sentences.without_test(materials.file(trial))
    return _train_and_judge(trial, materials, examples, labels, "dev")


def judge_on_test(trial: Trial, materials: Materials) -> Figures:
    """Return the figures on test, and dev's."""
    examples, labels = sentences.with_test(materials.file(trial))
    return _train_and_judge(trial, materials, examples, labels, "test")


def _train_and_judge(
    trial: Trial, materials: Materials, examples: Sequence[Example], labels: Sequence[str], split: str
) -> Figures:
    if trial.shortcut != "none":
        examples = shortcut.plant(examples, seed=trial.seed, dash=trial.shortcut == "dash")
    answered = sample(of_split(examples, "train"), trial.size, seed=trial.seed)
    if trial.marked is not None:
        answered = shortcut.keep_marks(answered, trial.marked)
    dev, judged = of_split(examples, "dev"), of_split(examples, split)
    words = words_of((*example.tokens, *(example.query or ())) for example in [*dev, *judged])
    trained = train(answered, dev, labels=labels, config=_config(trial, materials), device="cpu", extra_words=words)
    figures = evaluate(trained, judged) | judge_explanations(trained, judged)
    return figures | _calibrated(trained, dev, judged) | _of_training(trained)


def _config(trial: Trial, materials: Materials) -> TrainingConfig:
    return TrainingConfig(
        loss=trial.setting.loss,
        warmup_steps=trial.setting.warmup_steps,
        vectors=materials.vectors,
        max_steps=trial.steps,
        seed=trial.seed,
    )


def _calibrated(trained: TrainedModel, dev: Sequence[Example], judged: Sequence[Example]) -> Figures:
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


def _of_training(trained: TrainedModel) -> Figures:
    result = trained.result
    figures = {"dev_accuracy": result.dev_accuracy, "dev_macro_f1": result.dev_macro_f1, "step": result.step}
    marked = {"marked_answers": result.marked_examples, "steps_run": result.steps_run}
    return {name: value for name, value in {**figures, **marked}.items() if value is not None}

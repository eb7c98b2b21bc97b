"""One trial: train, judge, and return the figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from study_parts import sentences
from study_parts.explanations import judge_explanations, judge_faithfulness
from study_parts.training import TrialSentences, calibrated_figures, figures_of_training, train_on

from learner.config import TrainingConfig
from learner.data.example import Example
from learner.data.splits import of_split, sample
from learner.judging.evaluation import evaluate
from learner.metrics import Figures
from marks_study import shortcut
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
    trained = train_on(TrialSentences(answered, dev, judged, labels), _config(trial, materials))
    figures = evaluate(trained, judged)
    figures |= judge_explanations(trained, judged, by=("input_x_gradient", "integrated_gradients"))
    figures |= judge_faithfulness(trained, judged, by="input_x_gradient")
    return figures | calibrated_figures(trained, dev, judged) | figures_of_training(trained)


def _config(trial: Trial, materials: Materials) -> TrainingConfig:
    return TrainingConfig(
        loss=trial.setting.loss,
        warmup_steps=trial.setting.warmup_steps,
        vectors=materials.vectors,
        max_steps=trial.steps,
        seed=trial.seed,
    )

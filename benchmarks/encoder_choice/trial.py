"""One trial: train, judge, and return the figures."""

import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from study_parts import sentences
from study_parts.explanations import judge_explanations
from study_parts.training import TrialSentences, calibrated_figures, figures_of_training, train_on

from annotator.sample import LABELS
from encoder_choice.protocol import FILES, JUDGING, SAMPLE, STOPPING, STOPPING_OF_SAMPLE, Trial
from encoder_choice.sample import answered_reviews, divide_dev, share_on_branch
from learner.config import STATIC, TrainingConfig
from learner.data.splits import of_split, sample
from learner.encoders.frozen import FrozenEncoder, open_encoder
from learner.judging.evaluation import evaluate
from learner.metrics import Figures


@dataclass(frozen=True)
class Materials:
    """The places of the sets, of the static encoder's word vectors, and of what the pretrained encoder read."""

    folder: Path | None
    vectors: str | None
    vectors_in: Path


def run_trial(trial: Trial, materials: Materials) -> Figures:
    """Return the figures of a trial; raise LearnerError if it fails."""
    these = sentences_of(trial, materials.folder)
    encoder = encoder_of(trial, materials.vectors_in)
    if encoder is not None:
        read_ahead(encoder, these)
    began = time.process_time()
    trained = train_on(these, _config(trial, materials), encoder=encoder)
    cpu_s = time.process_time() - began
    shown = trained.model.shown_view
    figures = evaluate(trained, these.judged)
    figures |= judge_explanations(
        trained, these.judged, by=tuple(dict.fromkeys((shown, "input_x_gradient", "integrated_gradients")))
    )
    figures |= {"average_precision_shown": figures[f"average_precision_{shown}"], "train_cpu_s": round(cpu_s, 2)}
    if trial.data == SAMPLE:
        figures["share_branch"] = share_on_branch(trained, these.judged, by=shown)
    return figures | calibrated_figures(trained, these.dev, these.judged) | figures_of_training(trained)


def sentences_of(trial: Trial, folder: Path | None) -> TrialSentences:
    """Return the sentences of a trial; one that is judged on dev reads none of test.

    On dev, one part of it decides when to stop and another judges; on test, all of dev decides.
    """
    if trial.data == SAMPLE:
        return _of_sample(trial)
    assert folder is not None
    of_file = sentences.without_test if trial.judged_on == "dev" else sentences.with_test
    examples, labels = of_file(folder / FILES[trial.data])
    answered = sample(of_split(examples, "train"), trial.size, seed=trial.seed)
    dev = of_split(examples, "dev")
    if trial.judged_on == "test":
        return TrialSentences(answered, dev, of_split(examples, "test"), labels)
    drawn = sample(dev, None, seed=trial.seed)
    return TrialSentences(answered, drawn[:STOPPING], drawn[STOPPING : STOPPING + JUDGING], labels)


def encoder_of(trial: Trial, vectors_in: Path) -> FrozenEncoder | None:
    """Return the pretrained encoder of a trial, opened once per process; None for the static one."""
    return None if trial.encoder == STATIC else _open(trial.encoder, trial.layer, vectors_in)


def read_ahead(encoder: FrozenEncoder, these: TrialSentences) -> None:
    """Read what is not read yet, so that it does not count as training."""
    every = [*these.answered, *these.dev, *these.judged]
    encoder.read_ahead([each.tokens for each in every], [each.query for each in every])


def _of_sample(trial: Trial) -> TrialSentences:
    reviews = answered_reviews(with_test=trial.judged_on == "test")
    answered = sample(of_split(reviews, "train"), trial.size, seed=trial.seed)
    if trial.judged_on == "test":
        return TrialSentences(answered, of_split(reviews, "dev"), of_split(reviews, "test"), LABELS)
    dev, judged = divide_dev(reviews, stopping=STOPPING_OF_SAMPLE, seed=trial.seed)
    return TrialSentences(answered, dev, judged, LABELS)


@cache
def _open(encoder: str, layer: int, vectors_in: Path) -> FrozenEncoder:
    return open_encoder(encoder, layer=layer, vectors_in=vectors_in)


def _config(trial: Trial, materials: Materials) -> TrainingConfig:
    return TrainingConfig(
        loss=trial.loss,
        encoder=trial.encoder,
        encoder_layer=trial.layer,
        vectors=materials.vectors if trial.encoder == STATIC else None,
        max_steps=trial.steps,
        seed=trial.seed,
    )

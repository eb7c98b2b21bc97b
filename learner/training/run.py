"""Train a model on examples: the one call of rounds, commands and benchmarks."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch

from learner.config import ANSWERS, TrainingConfig
from learner.data.example import Example
from learner.device import choose_device
from learner.encoders.frozen import FrozenEncoder
from learner.errors import ResumeError, TrainingCancelled, TrainingError
from learner.models.choosing import choose_model, complete, make_model, words_read
from learner.models.protocol import Model
from learner.saliency.losses import SaliencyLoss
from learner.saliency.objective import Objective
from learner.training.criteria import Materials, make_criterion
from learner.training.fitting import Fitting, Progress
from learner.training.process_group import ALONE, Group
from learner.training.reading import ReadExamples, read_examples, words_seen
from learner.training.resuming import StateFile, fingerprint
from learner.training.selection import ENOUGH_DEV_EXAMPLES
from learner.training.shared_objective import SharedObjective
from learner.training.trained import TrainedModel, TrainingResult

__all__ = ["Progress", "TrainingCancelled", "TrainingConfig", "TrainingError", "train"]

_log = logging.getLogger(__name__)

_STEPS_BETWEEN_SAVES = 25


def train(
    examples: Sequence[Example],
    dev: Sequence[Example] = (),
    *,
    labels: Sequence[str],
    config: TrainingConfig | None = None,
    device: str = "auto",
    progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    extra_words: Iterable[str] = (),
    resume_from: Path | None = None,
    group: Group = ALONE,
    check_engine: bool = False,
    encoder: FrozenEncoder | None = None,
) -> TrainedModel:
    """Return a model trained on `examples`: that of the step with the best score on `dev`.

    With fewer than 20 dev examples, the number of steps is fixed, and the result says so.
    `labels` name the classes. `extra_words` (the pool's, the test's) get a row if the pretrained
    vectors have them. `progress` and `should_stop` are called after every step. `resume_from` is a
    file that keeps the state during the training: if it exists, the training resumes from it and
    ends with the same bits as without a pause.

    The processes of a `group` share each batch's rows, and all return the model; the first one writes
    the file of `resume_from`, which all must be able to read.
    `check_engine` compares the saliency engine with the reference on the first batch with marks.
    `encoder` is the pretrained encoder of the settings if it is open already, with a store that keeps its vectors.

    The same arguments on the same CPU give the same weights, bit by bit; on CUDA up to rounding.
    """
    _check(examples, dev, labels)
    task = _Task.of(examples, dev, labels, config or TrainingConfig())
    where = choose_device(device)
    with _seeded(task.config.seed, where):
        read = _read(task, extra_words, device=device, group=group, encoder=encoder)
        model = _make_model(task, read).to(where)
        fitting = _prepare(task, read, model, where, group=group, check=check_engine)
        _carry_out(fitting, _state_file(resume_from, task, read), progress, should_stop)
    return TrainedModel(model, read.encoder, tuple(labels), task.config, read.report, _result(task, fitting))


@dataclass(frozen=True)
class _Task:
    """What is learned from which examples, by which kind of model; the settings are complete."""

    examples: Sequence[Example]
    dev: Sequence[Example]
    labels: Sequence[str]
    """As they were given: the fingerprint of a state tells a list from a tuple."""
    kind: type[Model]
    config: TrainingConfig
    max_words: int
    """How many words of a sentence the model sees."""

    @classmethod
    def of(
        cls, examples: Sequence[Example], dev: Sequence[Example], labels: Sequence[str], config: TrainingConfig
    ) -> Self:
        kind = choose_model([*examples, *dev], config)
        config = complete(config, kind, examples, classes=len(labels))
        return cls(examples, dev, labels, kind, config, words_seen(kind, config, examples))


@contextmanager
def _seeded(seed: int, where: torch.device) -> Iterator[None]:
    """Draw torch's random numbers from the seed in the block, and from where they were after it."""
    with torch.random.fork_rng(devices=[where] if where.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def _read(
    task: _Task, extra_words: Iterable[str], *, device: str, group: Group, encoder: FrozenEncoder | None
) -> ReadExamples:
    kind, dev = task.kind, task.dev
    elsewhere = [*extra_words, *(token for example in dev for token in words_read(kind, example))]
    with _in_turn(group, encoder):
        return read_examples(
            kind, task.config, task.examples, dev, elsewhere, max_words=task.max_words, device=device, encoder=encoder
        )


@contextmanager
def _in_turn(group: Group, encoder: FrozenEncoder | None) -> Iterator[None]:
    """Let the first process read before the others, which find the vectors where it keeps them."""
    takes_turns = group.size > 1 and encoder is not None and encoder.store is not None
    if takes_turns and not group.is_first:
        group.wait()
    yield
    if takes_turns and group.is_first:
        group.wait()


def _check(examples: Sequence[Example], dev: Sequence[Example], labels: Sequence[str]) -> None:
    used = {example.label for example in examples}
    if not examples:
        raise TrainingError("there are no examples to train on")
    if max(used | {example.label for example in dev}) >= len(labels):
        raise TrainingError(f"an example has a label beyond the {len(labels)} that are named")
    if len(used) < 2:
        raise TrainingError(f"every example has the label {labels[used.pop()]!r}: at least two labels are needed")


def _make_model(task: _Task, read: ReadExamples) -> Model:
    return make_model(task.kind, read.words, task.config, classes=len(task.labels), max_words=task.max_words)


def _prepare(
    task: _Task, read: ReadExamples, model: Model, where: torch.device, *, group: Group, check: bool
) -> Fitting:
    config, batch_size = task.config, task.config.batch_size or model.recipe.batch_size
    criterion = make_criterion(Materials(task.examples, task.dev, read.dev, len(task.labels), config))
    objective = _objective(model, config, check=check)
    _warn_of_marks_past_the_end(read, model)
    steps_total = config.max_steps or _usual_steps(read, model, batch_size)
    return Fitting(
        SharedObjective(objective, group) if group.size > 1 else objective,
        read.examples,
        read.dev.to(where),
        steps_total=steps_total,
        batch_size=batch_size,
        warmup_steps=_warmup_steps(config, model, objective.loss, steps_total),
        learning_rate=config.learning_rate,
        calibration=config.calibration,
        seed=config.seed,
        criterion=criterion,
        group=group,
    )


def _objective(model: Model, config: TrainingConfig, *, check: bool) -> Objective:
    return Objective(
        model,
        loss=config.loss or model.default_loss,
        weight=config.saliency_weight,
        levels=config.levels,
        target=config.saliency_target,
        engine=config.engine,
        check=check,
    )


def _warn_of_marks_past_the_end(read: ReadExamples, model: Model) -> None:
    if read.examples.truncated_marks:
        _log.warning(
            "%d marked words are past word %d and teach nothing", read.examples.truncated_marks, model.max_words
        )


def _usual_steps(read: ReadExamples, model: Model, batch_size: int) -> int:
    has_dev = len(read.dev) >= ENOUGH_DEV_EXAMPLES
    return model.recipe.steps(len(read.examples), batch_size=batch_size, has_dev=has_dev)


def _warmup_steps(config: TrainingConfig, model: Model, loss: SaliencyLoss, steps_total: int) -> int:
    if config.warmup_steps is not None:
        return config.warmup_steps
    return model.recipe.warmup_of_loss(loss.warmup_steps, steps_total)


def _state_file(file: Path | None, task: _Task, read: ReadExamples) -> StateFile | None:
    if file is None:
        return None
    return StateFile(file, fingerprint(task.examples, task.dev, task.labels, task.config, read.encoder))


def _carry_out(
    fitting: Fitting,
    state: StateFile | None,
    progress: Callable[[Progress], None] | None,
    should_stop: Callable[[], bool] | None,
) -> None:
    if state:
        state.restore(fitting)
        _check_same_step(fitting)
    for now in fitting.steps():
        if progress:
            progress(now)
        is_cancelled = should_stop is not None and should_stop()
        if state and fitting.group.is_first and (is_cancelled or now.step % _STEPS_BETWEEN_SAVES == 0):
            state.save(fitting)
        if is_cancelled:
            raise TrainingCancelled(f"cancelled at step {now.step} of {now.steps_total}")
    fitting.finish()
    if state and fitting.group.is_first:
        state.remove()


def _check_same_step(fitting: Fitting) -> None:
    (first,) = fitting.group.from_first([fitting.step])
    (differing,) = fitting.group.sums([float(fitting.step != first)])
    if differing:
        raise ResumeError("the processes of this job find different states: keep the file where all can read it")


def _result(task: _Task, fitting: Fitting) -> TrainingResult:
    examples, config, kept = task.examples, task.config, fitting.kept
    kept_by = config.keep_step_by if fitting.criterion else ANSWERS
    return TrainingResult(
        stopped_by=fitting.stopped_by or "max_steps",
        step=kept.step if kept else fitting.step,
        steps_run=fitting.step,
        examples=len(examples),
        marked_examples=sum(bool(set(example.marks or "") & {"+", "-"}) for example in examples),
        truncated_words=fitting.examples.truncated_words,
        truncated_marks=fitting.examples.truncated_marks,
        dev_loss=kept.score.loss if kept else None,
        dev_accuracy=kept.score.accuracy if kept else None,
        dev_macro_f1=kept.score.macro_f1 if kept else None,
        kept_by=kept_by if kept and config.keep_step_by != ANSWERS else None,
    )

"""The CNN's trials on test that the study of the losses has made by the same protocol: they are not run again."""

from collections.abc import Sequence
from pathlib import Path

import marks_study.protocol as marks
from study_parts.trials_file import Done, TrialsFile

from encoder_choice.protocol import CELLS, UNTAUGHT, Trial
from learner.config import STATIC
from learner.loss_names import DEFAULT_LOSS

_DEFAULT = "margin+quiet+head"
"""The default loss on sets without `-` marks, bit for bit."""


def borrow(trials: Sequence[Trial], path: Path) -> list[Done[Trial]]:
    """Return those of the trials that the file of the study of the losses has, with their figures."""
    wanted = set(trials)
    found = (
        Done(_as_ours(done.trial), _with_shown(done), done.failed, done.seconds)
        for done in TrialsFile(path, marks.trial_of).read()
        if _is_comparable(done.trial)
    )
    return [done for done in found if done.trial in wanted]


def _is_comparable(trial: marks.Trial) -> bool:
    plain = (trial.judged_on, trial.shortcut, trial.marked, trial.steps) == ("test", "none", None, None)
    return plain and (trial.data, trial.size) in CELLS and trial.variant in (UNTAUGHT, _DEFAULT)


def _as_ours(trial: marks.Trial) -> Trial:
    loss = UNTAUGHT if trial.variant == UNTAUGHT else DEFAULT_LOSS
    return Trial(trial.data, trial.size or 0, STATIC, None, loss, trial.seed, "test")


def _with_shown(done: Done[marks.Trial]) -> dict[str, float]:
    shown = done.figures.get("average_precision_input_x_gradient")
    return {**done.figures, "average_precision_shown": shown}

"""Run the unfinished trials of the study."""

from collections.abc import Sequence
from functools import partial

from study_parts.trials_file import TrialsFile

from learner.trials import running
from learner.trials.trial_file import Outcome
from marks_study.protocol import Trial
from marks_study.trial import Materials, run_trial


def run_missing(trials: Sequence[Trial], materials: Materials, file: TrialsFile[Trial], *, jobs: int) -> None:
    """Run the trials that the file lacks; this may be stopped at any time and called again."""
    running.run_missing(trials, partial(run_trial, materials=materials), file=file, jobs=jobs, describe=_describe)


def _describe(trial: Trial, outcome: Outcome) -> str:
    where = f"{trial.data} {trial.size or 'all'} {trial.shortcut if trial.shortcut != 'none' else ''}".strip()
    result = outcome.failed or "accuracy {accuracy:.1f}, F1 {f1:.1f}".format(**outcome.result)
    return f"{where}, {trial.setting.loss}, seed {trial.seed}: {result}"

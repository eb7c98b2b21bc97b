"""Run trials in parallel processes, one thread each, and write each down when it is done."""

import sys
import time
from collections.abc import Sequence
from functools import partial

from learner.trials.parallel import in_processes, minutes_left
from marks_study.protocol import Trial
from marks_study.trial import Materials, run_trial
from marks_study.trials_file import Done, TrialsFile


def run_missing(trials: Sequence[Trial], materials: Materials, file: TrialsFile, *, jobs: int) -> None:
    """Run the trials that the file lacks; may be stopped at any time and called again."""
    missing = file.missing(trials)
    print(f"{len(trials) - len(missing)} of {len(trials)} trials are done already", file=sys.stderr, flush=True)
    began = time.monotonic()
    results = in_processes(partial(_timed, materials=materials), missing, jobs=jobs)
    for count, (_, done) in enumerate(results, start=1):
        file.append(done)
        _tell(done, count, len(missing), time.monotonic() - began)


def _timed(trial: Trial, materials: Materials) -> Done:
    began = time.monotonic()
    result = run_trial(trial, materials)
    seconds = time.monotonic() - began
    return Done(trial, {}, result, seconds) if isinstance(result, str) else Done(trial, result, None, seconds)


def _tell(done: Done, count: int, of: int, seconds: float) -> None:
    trial = done.trial
    where = f"{trial.data} {trial.size or 'all'} {trial.shortcut if trial.shortcut != 'none' else ''}".strip()
    found = done.failed or f"accuracy {done.figures['accuracy']:.1f}, F1 {done.figures['f1']:.1f}"
    told = f"{where}, {trial.setting.loss}, seed {trial.seed}: {found}"
    print(f"{count}/{of}, {minutes_left(seconds, done=count, of=of)} min left: {told}", file=sys.stderr, flush=True)

"""Run trials in parallel processes, one thread each, and write each down when it is done."""

import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from marks_study.protocol import Trial
from marks_study.trial import Materials, run_trial
from marks_study.trials_file import Done, TrialsFile


def run_missing(trials: Sequence[Trial], materials: Materials, file: TrialsFile, *, jobs: int) -> None:
    """Run the trials that the file lacks; may be stopped at any time and called again."""
    missing = file.missing(trials)
    print(f"{len(trials) - len(missing)} of {len(trials)} trials are done already", file=sys.stderr, flush=True)
    os.environ["OMP_NUM_THREADS"] = "1"  # a library would start as many threads in each process as there are cores
    began = time.monotonic()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(_timed, trial, materials) for trial in missing]
        try:
            for count, future in enumerate(as_completed(futures), start=1):
                done = future.result()
                file.append(done)
                _tell(done, count, len(missing), time.monotonic() - began)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _timed(trial: Trial, materials: Materials) -> Done:
    began = time.monotonic()
    result = run_trial(trial, materials)
    seconds = time.monotonic() - began
    return Done(trial, {}, result, seconds) if isinstance(result, str) else Done(trial, result, None, seconds)


def _tell(done: Done, count: int, of: int, seconds: float) -> None:
    trial, left_min = done.trial, seconds / count * (of - count) / 60
    where = f"{trial.data} {trial.size or 'all'} {trial.shortcut if trial.shortcut != 'none' else ''}".strip()
    found = done.failed or f"accuracy {done.figures['accuracy']:.1f}, F1 {done.figures['f1']:.1f}"
    line = f"{count}/{of}, {left_min:.0f} min left: {where}, {trial.setting.loss}, seed {trial.seed}: {found}"
    print(line, file=sys.stderr, flush=True)

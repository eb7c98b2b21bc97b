"""Run the trials that are missing, in processes of one thread each, and keep each outcome as it comes.

A trial is any value that can be hashed and pickled, usually one training and how it is judged.
An experiment is a list of trials, a function that runs one, and a file:

    def train_and_judge(trial: Trial) -> dict[str, float]:
        return evaluate(train(…, config=TrainingConfig(seed=trial.seed)), test)

    trials = [Trial(loss, seed) for loss in ("none", "hinge") for seed in range(5)]
    file = TrialFile(Path("trials.jsonl"), key=asdict)
    outcomes = run_missing(trials, train_and_judge, file=file, jobs=2, describe=lambda trial, outcome: str(trial))

Stopped at any time and called again, it continues with the trials that have no outcome yet. The function
must be importable, because it runs in new processes.
"""

import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from learner.errors import LearnerError
from learner.trials.parallel import in_processes, minutes_left
from learner.trials.trial_file import Outcome, Record, TrialFile

Trial = TypeVar("Trial")


def run_missing(
    trials: Sequence[Trial],
    run: Callable[[Trial], Record],
    *,
    file: TrialFile[Trial],
    jobs: int,
    describe: Callable[[Trial, Outcome], str],
) -> dict[Trial, Outcome]:
    """Return the outcomes of all trials, in order; do not rerun those that the file has.

    `run` returns a trial's result as JSON; if it raises a LearnerError, the outcome is a failed trial
    with its message. `jobs` trials run at a time. Standard error shows how many are done, how long the
    rest takes, and what `describe` returns for each trial.
    """
    done = file.outcomes(trials)
    missing = [trial for trial in trials if trial not in done]
    _say(f"{len(trials) - len(missing)} of {len(trials)} {file.finished} already")
    began = time.monotonic()
    for count, (trial, outcome) in enumerate(in_processes(partial(_run_one, run), missing, jobs=jobs), start=1):
        file.append(trial, outcome)
        done[trial] = outcome
        left = minutes_left(time.monotonic() - began, done=count, of=len(missing))
        _say(f"{count}/{len(missing)}, {left} min left: {describe(trial, outcome)}")
    return {trial: done[trial] for trial in trials}


def _run_one(run: Callable[[Trial], Record], trial: Trial) -> Outcome:
    import torch

    torch.set_num_threads(1)
    began = time.monotonic()
    try:
        return Outcome(run(trial), seconds=time.monotonic() - began)
    except LearnerError as error:
        return Outcome({}, failed=str(error), seconds=time.monotonic() - began)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()

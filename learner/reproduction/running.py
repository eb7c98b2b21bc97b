"""Run what is missing, in parallel processes, and keep each outcome as soon as it is there."""

import sys
import time
from functools import partial
from pathlib import Path

from learner.reproduction.plan import Plan, Trial
from learner.reproduction.trial import Outcome, run_trial
from learner.trials.parallel import in_processes, minutes_left
from learner.trials.record_file import RecordFile


def run(plan: Plan, out: Path, *, jobs: int) -> dict[Trial, Outcome]:
    """Return the outcomes of all trials; those kept in `out` before are not run again."""
    file, trials = RecordFile(out / "trials.jsonl"), plan.trials()
    keys = {trial: plan.key(trial) for trial in trials}
    kept = [(record["key"], record["outcome"]) for record in file.read()]
    done: dict[Trial, Outcome] = {trial: outcome for trial in trials for key, outcome in kept if key == keys[trial]}
    missing = [trial for trial in trials if trial not in done]
    _say(f"{len(done)} of {len(trials)} models are trained already")
    began = time.monotonic()
    for count, (trial, outcome) in enumerate(in_processes(partial(run_trial, plan=plan), missing, jobs=jobs), start=1):
        file.append({"key": keys[trial], "outcome": outcome})
        done[trial] = outcome
        left = minutes_left(time.monotonic() - began, done=count, of=len(missing))
        _say(f"{count}/{len(missing)}, {left} min left: {_told(trial, outcome)}")
    return {trial: done[trial] for trial in trials}


def _told(trial: Trial, outcome: Outcome) -> str:
    found = outcome["failed"] or "accuracy {accuracy:.1f}, F1 {f1:.1f}".format(**outcome["figures"])
    return f"{trial.data}, {trial.size or 'all'} answers, {trial.loss}, seed {trial.seed}: {found}"


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()

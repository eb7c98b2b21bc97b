"""Run a simulation: the trials that are missing, and the learning curves of all of them."""

import fcntl
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from annotator.errors import CannotSimulate
from annotator.simulation.cost import Cost, Work
from annotator.simulation.plan import Plan, Trial, check_sizes, key_of, trials_of
from annotator.simulation.playing import read_once, run_trial
from annotator.simulation.records import Point, Run
from annotator.simulation.template import TRIAL, make_template
from annotator.simulation.warming import read_ahead
from annotator.wording import counted
from learner.data.jsonlines import write_lines
from learner.trials.running import run_missing
from learner.trials.trial_file import Outcome, TrialFile

TRIALS = "trials.jsonl"
_PATIENCE_S = 5.0


class Played(NamedTuple):
    """What a simulation has found."""

    outcomes: Mapping[Trial, Outcome]
    failed: Mapping[Trial, str]
    """Why a trial has no curve."""


def simulate(plan: Plan, out: Path, *, jobs: int = 1) -> Played:
    """Run the trials of a plan that `out` does not have yet, and return all of them; `jobs` run at a time.

    Stopped at any time and called again, it ends with the same bytes as without the stop. Raises CannotSimulate if
    the plan is not possible, or another simulation is at work in `out`.
    """
    gold = read_once(plan.data, plan.with_test)
    plan = replace(plan, sizes=check_sizes(plan.sizes, gold))
    trials = trials_of(plan, gold)
    with _alone_in(out):
        file = TrialFile(out / TRIALS, key=partial(key_of, plan=plan, gold=gold), finished="curves are done")
        template = make_template(out, gold)
        read_ahead(file.missing(trials), plan, gold, template)
        play = partial(run_trial, plan=plan, template=template)
        outcomes = run_missing(trials, play, file=file, jobs=jobs, describe=_describe)
        _put_in_order(file)
    failed = {trial: outcome.failed for trial, outcome in outcomes.items() if outcome.failed is not None}
    return Played({trial: one for trial, one in outcomes.items() if trial not in failed}, failed)


def runs_of(played: Played, plan: Plan, cost: Cost) -> list[Run]:
    """Return the learning curves, with what their answers cost by this model."""
    return [
        Run(trial.arm, trial.seed, [_point(point, plan, cost) for point in outcome.result["points"]])
        for trial, outcome in played.outcomes.items()
    ]


def _point(point: Mapping[str, Any], plan: Plan, cost: Cost) -> Point:
    work = {name: Work(*counts) for name, counts in point["work"].items()}
    marked = sum(done.marked for done in work.values())
    return Point(point["answers"], marked, cost.minutes(work, plan.people), point["figures"])


@contextmanager
def _alone_in(out: Path) -> Iterator[None]:
    """Keep other simulations out of the folder, and remove what a killed one left there."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("w") as lock:
        _lock(lock.fileno(), out)
        for left in out.glob(f"{TRIAL}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


def _lock(handle: int, out: Path) -> None:
    """Lock the folder's file; the processes of a simulation that was just killed need a moment to end."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if time.monotonic() > until:
                raise CannotSimulate(
                    f"Another simulation is at work in {out}; wait for it, or give another --out."
                ) from error
        time.sleep(_PATIENCE_S / 50)


def _put_in_order(file: TrialFile[Trial]) -> None:
    """Write the records in an order that does not depend on which trial was the first to end, or was cut off."""
    records = sorted(file.records.read(), key=lambda record: json.dumps(record["key"], sort_keys=True))
    write_lines(file.records.path, records)


def _describe(trial: Trial, outcome: Outcome) -> str:
    arm = trial.arm
    name = f"{arm.encoder}, {arm.losses}, {arm.acquisition}, seed {trial.seed}"
    if outcome.failed is not None:
        return f"{name}: {outcome.failed}"
    last = outcome.result["points"][-1]
    return f"{name}: accuracy {100 * last['figures']['dev accuracy']:.1f} after {counted(last['answers'], 'answer')}"

"""Train the models of a plan that are not yet trained."""

from functools import partial
from pathlib import Path

from learner.config import STATIC
from learner.reproduction.plan import Plan, Trial
from learner.reproduction.trial import Outcome, run_trial
from learner.trials import trial_file
from learner.trials.running import run_missing
from learner.trials.trial_file import TrialFile


def run(plan: Plan, out: Path, *, jobs: int) -> dict[Trial, Outcome]:
    """Return the outcomes of all trials; do not rerun those that `out` already has."""
    file = TrialFile(out / "trials.jsonl", key=plan.key, finished="models are trained")
    outcomes = run_missing(plan.trials(), partial(run_trial, plan=plan), file=file, jobs=jobs, describe=_describe)
    return {trial: {"failed": outcome.failed, **outcome.result} for trial, outcome in outcomes.items()}


def _describe(trial: Trial, outcome: trial_file.Outcome) -> str:
    result = outcome.failed or "accuracy {accuracy:.1f}, F1 {f1:.1f}".format(**outcome.result["figures"])
    reads = "" if trial.encoder == STATIC else f" on {Path(trial.encoder).name}"
    return f"{trial.data}, {trial.size or 'all'} answers, {trial.loss}{reads}, seed {trial.seed}: {result}"

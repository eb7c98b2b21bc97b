"""Run the unfinished trials: what they share is made first, once, then they play in processes of their own."""

from collections.abc import Sequence
from functools import partial

import torch
from study_parts.trials_file import TrialsFile

from annotator.simulation.template import make_template
from evidence.protocol import MINILM, Trial
from evidence.sets import file_of, write_sets
from evidence.trial import Materials, encoder_of, gold_of, run_trial
from learner.data.example import Example
from learner.trials import running
from learner.trials.reading import ReadingReport
from learner.trials.trial_file import Outcome


def run_missing(trials: Sequence[Trial], materials: Materials, file: TrialsFile[Trial], *, jobs: int) -> None:
    """Run the trials that the file lacks; this may be stopped at any time and called again."""
    torch.set_num_threads(jobs)
    missing = file.missing(trials)
    if not missing:
        return
    write_sets(missing, materials.folder, materials.sets)
    for trial in _one_for_each_file(missing, materials):
        gold = gold_of(trial, materials)
        make_template(materials.projects, gold)
        if trial.encoder == MINILM:
            # Of the planted sets the pool is read by the trials: each of them needs a small part of it.
            _read_ahead(trial, [*gold.dev, *gold.test, *(gold.pool if trial.shortcut is None else ())], materials)
    running.run_missing(trials, partial(run_trial, materials=materials), file=file, jobs=jobs, describe=describe)


def describe(trial: Trial, outcome: Outcome) -> str:
    """Return what a trial is, and how right its last model is on dev."""
    strength = "" if trial.shortcut is None else f" shortcut {trial.shortcut} %"
    points = outcome.result.get("points")
    result = outcome.failed or f"dev accuracy {100 * points[-1]['figures']['dev accuracy']:.1f}"
    arm = (trial.encoder, trial.loss, trial.acquisition, trial.people, trial.choice)
    return f"{trial.data}{strength}, {', '.join(arm)}, seed {trial.seed}: {result}"


def _one_for_each_file(trials: Sequence[Trial], materials: Materials) -> list[Trial]:
    """Return a trial for each file that is read, one with a pretrained encoder if there is any."""
    found: dict[object, Trial] = {}
    for trial in trials:
        key = (file_of(trial, materials.sets), trial.judged_on)
        if key not in found or trial.encoder == MINILM:
            found[key] = trial
    return list(found.values())


def _read_ahead(trial: Trial, examples: Sequence[Example], materials: Materials) -> None:
    """Read these sentences: in the processes of the trials, several would read the same ones."""
    encoder = encoder_of(trial, materials)
    assert encoder is not None
    report = ReadingReport(f"{encoder.name}, {file_of(trial, materials.sets).stem}")
    encoder.read_ahead([each.tokens for each in examples], [each.query for each in examples], progress=report)

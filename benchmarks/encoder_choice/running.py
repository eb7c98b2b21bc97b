"""Run the unfinished trials: what they need is read first, once, then they train in processes of their own."""

import sys
import time
from collections.abc import Sequence
from functools import partial

import torch
from study_parts.trials_file import TrialsFile

from encoder_choice.protocol import Trial
from encoder_choice.trial import Materials, encoder_of, run_trial, sentences_of
from learner.data.encoding import Query
from learner.encoders.frozen import FrozenEncoder
from learner.trials import running
from learner.trials.parallel import minutes_left
from learner.trials.trial_file import Outcome

_SECONDS_BETWEEN_REPORTS = 15


def run_missing(trials: Sequence[Trial], materials: Materials, file: TrialsFile[Trial], *, processes: int) -> None:
    """Run the trials that the file lacks; this may be stopped at any time and called again."""
    torch.set_num_threads(processes)
    _read(file.missing(trials), materials)
    run = partial(run_trial, materials=materials)
    running.run_missing(trials, run, file=file, jobs=processes, describe=_describe)


def _read(trials: Sequence[Trial], materials: Materials) -> None:
    """Read the sentences of all trials: in the processes of the trials, several would read the same ones."""
    wanted: dict[FrozenEncoder, dict[tuple[Sequence[str], Query], None]] = {}
    for trial in trials:
        encoder = encoder_of(trial, materials.vectors_in)
        if encoder is not None:
            these = sentences_of(trial, materials.folder)
            every = (*these.answered, *these.dev, *these.judged)
            wanted.setdefault(encoder, {}).update(dict.fromkeys((each.tokens, each.query) for each in every))
    for encoder, pairs in wanted.items():
        encoder.read_ahead([words for words, _ in pairs], [query for _, query in pairs], progress=_Report(encoder))


class _Report:
    """Says now and then how many sentences are read, and how long the rest takes."""

    def __init__(self, encoder: FrozenEncoder) -> None:
        self._name = f"{encoder.name}, layer {encoder.layer}"
        self._began = self._reported = time.monotonic()

    def __call__(self, read: int, of: int) -> None:
        now = time.monotonic()
        if now - self._reported < _SECONDS_BETWEEN_REPORTS:
            return
        self._reported = now
        left = minutes_left(now - self._began, done=read, of=of)
        print(f"{self._name}: {read} of {of} sentences read, {left} min left", file=sys.stderr, flush=True)


def _describe(trial: Trial, outcome: Outcome) -> str:
    result = outcome.failed or "accuracy {accuracy:.1f}, AP {average_precision_shown:.1f}".format(**outcome.result)
    return f"{trial.data} {trial.size}, {trial.model}, {trial.loss}, seed {trial.seed}: {result}"

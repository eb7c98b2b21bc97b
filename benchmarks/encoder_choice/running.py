"""Run the unfinished trials: what they need is read first, once, then they train in processes of their own."""

from collections.abc import Sequence
from functools import partial

import torch
from study_parts.trials_file import TrialsFile

from encoder_choice.protocol import Trial
from encoder_choice.trial import Materials, encoder_of, run_trial, sentences_of
from learner.data.encoding import Query
from learner.encoders.frozen import FrozenEncoder
from learner.trials import running
from learner.trials.reading import ReadingReport
from learner.trials.trial_file import Outcome


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
        report = ReadingReport(f"{encoder.name}, layer {encoder.layer}")
        encoder.read_ahead([words for words, _ in pairs], [query for _, query in pairs], progress=report)


def _describe(trial: Trial, outcome: Outcome) -> str:
    result = outcome.failed or "accuracy {accuracy:.1f}, AP {average_precision_shown:.1f}".format(**outcome.result)
    return f"{trial.data} {trial.size}, {trial.model}, {trial.loss}, seed {trial.seed}: {result}"

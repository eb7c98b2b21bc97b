"""Finished trials, one JSON line per trial: a trial in the file is not run again."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from learner.metrics import Figures
from learner.trials.trial_file import Outcome, TrialFile
from marks_study.protocol import Setting, Trial


class Done(NamedTuple):
    """A trial, with its figures or the reason why it has none, and the seconds that it took."""

    trial: Trial
    figures: Figures
    failed: str | None
    seconds: float


class TrialsFile(TrialFile[Trial]):
    """The file of the study: a line has the trial's own fields and its outcome."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, key=asdict)

    def read(self) -> list[Done]:
        """Return the finished trials."""
        return [_done(record) for record in self.records.read()]

    def to_record(self, key: Mapping[str, Any], outcome: Outcome) -> dict[str, Any]:
        """Return the line of a trial."""
        seconds = round(outcome.seconds or 0.0, 1)
        return {**key, "seconds": seconds, "failed": outcome.failed, "figures": outcome.result}

    def from_record(self, record: Mapping[str, Any]) -> tuple[Mapping[str, Any], Outcome]:
        """Return the trial of a line, as its key, and its outcome."""
        done = _done(record)
        return asdict(done.trial), Outcome(done.figures, done.failed, done.seconds)


def _done(record: Mapping[str, Any]) -> Done:
    trial = {name: value for name, value in record.items() if name not in ("figures", "failed", "seconds")}
    of = Trial(**{**trial, "setting": Setting(**record["setting"])})
    return Done(of, record["figures"], record["failed"], record["seconds"])

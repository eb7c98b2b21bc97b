"""Finished trials, one JSON line per trial: a trial in the file is not run again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from learner.metrics import Figures
from learner.trials.trial_file import Outcome, TrialFile

Trial = TypeVar("Trial")


class Done(NamedTuple, Generic[Trial]):
    """A trial, with its figures or the reason why it has none, and the seconds that it took."""

    trial: Trial
    figures: Figures
    failed: str | None
    seconds: float


class TrialsFile(TrialFile[Trial]):
    """The file of a study: a line has the trial's own fields and its outcome.

    `make(fields)` returns the trial, a dataclass, from its fields.
    """

    def __init__(self, path: Path, make: Callable[[Mapping[str, Any]], Trial]) -> None:
        super().__init__(path, key=asdict)
        self._make = make

    def read(self) -> list[Done[Trial]]:
        """Return the finished trials."""
        return [self._done(record) for record in self.records.read()]

    def read_these(self, trials: Sequence[Trial]) -> list[Done[Trial]]:
        """Return those of the trials that are finished; the latest outcome if a trial has several."""
        wanted = set(trials)
        return list({done.trial: done for done in self.read() if done.trial in wanted}.values())

    def to_record(self, key: Mapping[str, Any], outcome: Outcome) -> dict[str, Any]:
        """Return the line of a trial."""
        seconds = round(outcome.seconds or 0.0, 1)
        return {**key, "seconds": seconds, "failed": outcome.failed, "figures": outcome.result}

    def from_record(self, record: Mapping[str, Any]) -> tuple[Mapping[str, Any], Outcome]:
        """Return the trial of a line, as its key, and its outcome."""
        done = self._done(record)
        return asdict(done.trial), Outcome(done.figures, done.failed, done.seconds)

    def _done(self, record: Mapping[str, Any]) -> Done[Trial]:
        fields = {name: value for name, value in record.items() if name not in ("figures", "failed", "seconds")}
        return Done(self._make(fields), record["figures"], record["failed"], record["seconds"])

"""The finished trials, one record each, looked up by key."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from learner.trials.record_file import RecordFile

Trial = TypeVar("Trial")
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """The result of a trial, as JSON; or why it failed, with an empty `result`."""

    result: Record
    failed: str | None = None
    seconds: float | None = None
    """How long it took; None if the file does not keep it."""


class TrialFile(Generic[Trial]):
    """Keeps the outcome of each trial as soon as it is finished; a record that was cut off does not count.

    `key(trial)` is what decides a trial's outcome, as JSON: a trial that was finished under the same
    key is not run again. `finished` is the phrase for finished trials in messages. A subclass
    may keep its records in another form.
    """

    def __init__(self, path: Path, *, key: Callable[[Trial], Record], finished: str = "trials are done") -> None:
        # Computed once per trial: what a key is made from may change while the trial runs.
        self.key: Callable[[Trial], Record] = cache(key)
        self.finished = finished
        self.records = RecordFile(path)

    def outcomes(self, trials: Sequence[Trial]) -> dict[Trial, Outcome]:
        """Return the outcomes of the finished trials among these, in order; the latest if a trial has several."""
        kept = {_text(key): outcome for key, outcome in map(self.from_record, self.records.read())}
        keys = {trial: _text(self.key(trial)) for trial in trials}
        return {trial: kept[key] for trial, key in keys.items() if key in kept}

    def missing(self, trials: Sequence[Trial]) -> list[Trial]:
        """Return the trials that are not finished, in order."""
        done = self.outcomes(trials)
        return [trial for trial in trials if trial not in done]

    def append(self, trial: Trial, outcome: Outcome) -> None:
        """Append an outcome: it is on the disk when this returns."""
        self.records.append(self.to_record(self.key(trial), outcome))

    def to_record(self, key: Record, outcome: Outcome) -> dict[str, Any]:
        """Return a trial's outcome in the form of the file."""
        return {"key": key, "outcome": {"failed": outcome.failed, **outcome.result}}

    def from_record(self, record: Record) -> tuple[Record, Outcome]:
        """Return the key and the outcome of a record of the file."""
        result = dict(record["outcome"])
        return record["key"], Outcome(failed=result.pop("failed"), result=result)


def _text(key: Record) -> str:
    return json.dumps(key, sort_keys=True)

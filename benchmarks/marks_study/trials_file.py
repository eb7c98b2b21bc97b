"""Trials that are done, one JSON line each: what is in the file is not run again."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from learner.metrics import Figures
from learner.trials.record_file import RecordFile
from marks_study.protocol import Setting, Trial


class Done(NamedTuple):
    """A trial, with its figures or why it has none, and the seconds it took."""

    trial: Trial
    figures: Figures
    failed: str | None
    seconds: float


class TrialsFile:
    """Appends trials as they are done; a line that was cut off is run again."""

    def __init__(self, path: Path) -> None:
        self._records = RecordFile(path)

    def read(self) -> list[Done]:
        """Return what is done."""
        return [_done(record) for record in self._records.read()]

    def missing(self, trials: Iterable[Trial]) -> list[Trial]:
        """Return the trials that are not done, in their order."""
        done = {each.trial for each in self.read()}
        return [trial for trial in trials if trial not in done]

    def append(self, done: Done) -> None:
        """Write a trial down: it is on the disk when this returns."""
        record = {**asdict(done.trial), "seconds": round(done.seconds, 1), "failed": done.failed}
        self._records.append({**record, "figures": done.figures})


def _done(record: Mapping[str, Any]) -> Done:
    trial = {name: value for name, value in record.items() if name not in ("figures", "failed", "seconds")}
    of = Trial(**{**trial, "setting": Setting(**record["setting"])})
    return Done(of, record["figures"], record["failed"], record["seconds"])

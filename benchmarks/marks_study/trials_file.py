"""Trials that are done, one JSON line each: what is in the file is not run again."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from learner.metrics import Figures
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
        self.path = path

    def read(self) -> list[Done]:
        """Return what is done."""
        return list(self._lines()) if self.path.exists() else []

    def missing(self, trials: Iterable[Trial]) -> list[Trial]:
        """Return the trials that are not done, in their order."""
        done = {each.trial for each in self.read()}
        return [trial for trial in trials if trial not in done]

    def append(self, done: Done) -> None:
        """Write a trial down: it is on the disk when this returns."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        start = "" if self._ends_whole() else "\n"
        record = {**asdict(done.trial), "seconds": round(done.seconds, 1), "failed": done.failed}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(start + json.dumps({**record, "figures": done.figures}) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _lines(self) -> Iterator[Done]:
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                record = json.loads(line)
            except json.JSONDecodeError:
                continue  # cut off while it was written: its trial is run again
            figures, failed, seconds = record.pop("figures"), record.pop("failed"), record.pop("seconds")
            yield Done(Trial(**{**record, "setting": Setting(**record["setting"])}), figures, failed, seconds)

    def _ends_whole(self) -> bool:
        return not self.path.exists() or self.path.read_bytes()[-1:] in (b"", b"\n")

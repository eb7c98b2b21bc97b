"""What a figure of the report may come from: a file of benchmarks/results, pyproject.toml, or a module's constants."""

import importlib
import inspect
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evidence.choosing import read_chosen
from evidence.protocol import study_trials
from evidence.report import finished

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks/results"
TRIALS = "evidence_trials.jsonl"
"""Of this file the report says only how many trials are finished: their figures come through the study's tables."""
COUNT = "count"
"""The step that asks how many there are."""


class ReportError(Exception):
    """The report cannot be made: the message says why, and what to do."""


class Untraced(ReportError):
    """A number of the report that no file has, or that names none."""


@dataclass(frozen=True)
class Source:
    """A file that the report reads."""

    path: Path
    content: Any

    @property
    def name(self) -> str:
        """Return the file's path within the repository."""
        return str(self.path.relative_to(ROOT)) if self.path.is_relative_to(ROOT) else self.path.name

    @property
    def commands(self) -> list[str]:
        """Return the commands that made a file of results, as it says itself; none of any other."""
        if self.path.suffix != ".json":
            return []
        runs = self.content.get("runs", [])
        named = self.content.get("command") or self.content.get("commands") or [run["command"] for run in runs]
        return [named] if isinstance(named, str) else list(named)

    @property
    def date(self) -> str:
        """Return when a file of results was measured, as it says itself; empty of any other."""
        return str(self.content.get("date", "")) if self.path.suffix == ".json" else ""

    def find(self, steps: Sequence[str]) -> Any:
        """Return what is at these steps: keys, places, names of records in a list, or `count`."""
        found = self.content
        for place, step in enumerate(steps):
            try:
                found = _step(found, step)
            except (KeyError, IndexError, ValueError, AttributeError, TypeError):
                where = " > ".join(steps[: place + 1])
                raise Untraced(
                    f"{self.name} has no {where!r}: correct the key in benchmarks/report_parts/text"
                ) from None
        return found


@dataclass(frozen=True)
class Sources:
    """The files that the report reads, each once."""

    results: Path = RESULTS
    _opened: dict[str, Source] = field(default_factory=dict)

    @property
    def tables(self) -> Path:
        """Return the file that `evidence_study.py tables` writes, whether it exists or not."""
        return self.results / "evidence.json"

    def open(self, name: str) -> Source:
        """Return the source of this name: a file of results, `pyproject.toml`, or a module (`evidence.protocol`)."""
        if name not in self._opened:
            self._opened[name] = self._open(name)
        return self._opened[name]

    def _open(self, name: str) -> Source:
        path = self.results / name
        if name.endswith(".json") and path.is_file():
            return Source(path, json.loads(path.read_text(encoding="utf-8")))
        if name == TRIALS:
            return Source(path, _progress(path))
        if name == "pyproject.toml":
            return Source(ROOT / name, tomllib.loads((ROOT / name).read_text(encoding="utf-8")))
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError:
            raise Untraced(
                f"{name!r} is neither a file of benchmarks/results nor a module: name one, as in "
                "{{shards.json > figures > load}}"
            ) from None
        return Source(Path(inspect.getfile(module)), module)


def _progress(trials: Path) -> dict[str, int]:
    """Return how many trials of the study are finished, of how many; none of their figures is read."""
    chosen = trials.with_name("evidence_chosen.json")
    planned = study_trials(read_chosen(chosen) if chosen.is_file() else None)
    return {"finished": len(finished(trials, planned)), "planned": len(planned)}


def _step(value: Any, step: str) -> Any:
    if step == COUNT:
        return len(value)
    if isinstance(value, Mapping):
        return value[step]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return value[int(step)] if step.lstrip("-").isdigit() else _named(value, step)
    return getattr(value, step)


def _named(records: Sequence[Any], name: str) -> Any:
    """Return the one record with this name; raise ValueError if there is none, or several."""
    (found,) = (record for record in records if isinstance(record, Mapping) and record.get("name") == name)
    return found

"""Write a reproduction's files: the figures, without sentences, and separately the sentences."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from learner.data.aside import written_aside
from learner.reproduction import sentences, tables
from learner.reproduction.page import page
from learner.reproduction.plan import Plan
from learner.reproduction.sets import ReadSet
from learner.reproduction.summary import Outcomes, summarise


def write_report(plan: Plan, outcomes: Outcomes, sets: Mapping[str, ReadSet], out: Path) -> None:
    """Write `tables.md` and `tables.json`, `sentences.md` and `sentences.json`, and both as `report.html`."""
    summary, chosen = summarise(plan, outcomes, sets), sentences.choose_sentences(plan, outcomes, sets)
    _write(out / "tables.json", _as_json(summary))
    _write(out / "tables.md", tables.markdown(summary))
    _write(out / "sentences.json", _as_json(chosen))
    _write(out / "sentences.md", sentences.markdown(chosen))
    _write(out / "report.html", page(summary, chosen))


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _write(path: Path, text: str) -> None:
    with written_aside(path) as file:
        file.write(text.encode())

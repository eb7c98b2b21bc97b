"""Which trials of a study were asked for, and the files that report it."""

import json
import os
import platform
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

Trial = TypeVar("Trial")


def asked_for(trials: Iterable[Trial], **values: Collection[Any] | None) -> list[Trial]:
    """Return the trials whose fields have one of the values; None stands for all values."""
    wanted = {field: allowed for field, allowed in values.items() if allowed is not None}
    return [trial for trial in trials if all(getattr(trial, field) in allowed for field, allowed in wanted.items())]


def write_report(path: Path, record: Mapping[str, Any], lines: Iterable[str]) -> None:
    """Write the record, with the machine, and next to it the lines as Markdown."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, one thread each"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": machine, **record}, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
    page = path.with_suffix(".md")
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"wrote {path} and {page.name}")

"""A pool outside a project: three shards, and the project to which it is attached."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from drawn_pools import record

from annotator.outside.building import build_pool

POOL = 60


@pytest.fixture
def pool_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a function that builds shards of so many rows of these sentences."""

    def build(records: Sequence[dict[str, Any]], *, rows: int = 20, name: str = "pool") -> Path:
        monkeypatch.setattr("learner.shards.build.WINDOW", 1)
        source = tmp_path / f"{name}.jsonl"
        source.write_text("".join(f"{json.dumps(each)}\n" for each in records))
        build_pool([source], tmp_path / name, rows=rows)
        return tmp_path / name

    return build


@pytest.fixture
def pool(pool_of: Callable[..., Path]) -> Path:
    """Three shards with sixty sentences."""
    return pool_of([record(number) for number in range(POOL)])

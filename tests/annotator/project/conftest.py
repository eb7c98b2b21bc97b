"""A project whose labels are changed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.importing.run import import_file
from annotator.project.projects import create_project
from db.records import OWNER, Person
from db.store import Store
from db.team import people


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Store]:
    """A project with three labels, the first of which takes no rationale, and twelve pool sentences."""
    lines = [json.dumps({"id": f"s{n}", "text": f"The ship sank w{n}", "split": "train"}) for n in range(12)]
    (tmp_path / "s.jsonl").write_text("\n".join(lines))
    with create_project(tmp_path / "three.db", labels=["none", "event", "doubt"], no_rationale=["none"]) as store:
        import_file(store, tmp_path / "s.jsonl", actor=OWNER)
        yield store


@pytest.fixture
def ada(three: Store) -> Person:
    return people.add(three, "Ada", role="researcher")

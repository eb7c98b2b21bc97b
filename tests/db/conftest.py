from pathlib import Path

import pytest

from db.answers import annotations
from db.care import backups
from db.records import NewAnnotation, Person
from db.store import Store


@pytest.fixture
def backup(store: Store, anna: Person, tmp_path: Path) -> Path:
    """Return a backup of ten sentences with one answer."""
    annotations.add(store, NewAnnotation(1, anna.id, "answer", "Anna-000001", label=1, marks="..+."))
    backups.write(store, tmp_path / "backup.db")
    return tmp_path / "backup.db"

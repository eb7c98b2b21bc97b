from pathlib import Path

import pytest
from sqlite_utils import Database

from db.answers import annotations
from db.care import backups, restoring
from db.opening import acknowledged
from db.opening.locks import lock_path
from db.records import Label, NewAnnotation, Person
from db.store import Store


def answer(store: Store, person: Person, sentence: int) -> None:
    annotations.add(store, NewAnnotation(sentence, person.id, "answer", f"key-{sentence:05}", label=1, marks="..+."))


def without_log(store: Store, path: Path) -> Store:
    """Copy a project as a person would who does not know of its log."""
    path.write_bytes(store.path.read_bytes())
    lock_path(path).write_bytes(lock_path(store.path).read_bytes())
    return Store.open(path)


def test_a_project_that_has_all_its_answers_misses_none(store: Store, anna: Person) -> None:
    assert acknowledged.missing(store.db, store.path) is None
    answer(store, anna, 1)
    assert acknowledged.missing(store.db, store.path) is None


def test_an_answer_that_comes_during_the_look_is_not_missing(
    store: Store, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(store, anna, 1)
    real = acknowledged._state

    def state_and_then_an_answer(db: Database) -> tuple[str, int]:
        state = real(db)
        with monkeypatch.context() as patch:
            patch.setattr(acknowledged, "_state", real)
            answer(store, anna, 2)
        return state

    monkeypatch.setattr(acknowledged, "_state", state_and_then_an_answer)
    assert acknowledged.missing(store.db, store.path) is None


def test_a_copy_without_the_log_misses_what_was_in_it(store: Store, anna: Person, tmp_path: Path) -> None:
    store.close()  # brings the log into the file
    answer(store, anna, 1)
    answer(store, anna, 2)
    with without_log(store, tmp_path / "copy.db") as copy:
        assert acknowledged.missing(copy.db, copy.path) == (0, 2)


def test_the_alarm_outlives_answers_that_came_after_the_loss(store: Store, anna: Person, tmp_path: Path) -> None:
    store.close()
    answer(store, anna, 1)
    answer(store, anna, 2)
    with without_log(store, tmp_path / "copy.db") as copy:
        answer(copy, anna, 3)
        assert acknowledged.missing(copy.db, copy.path) == (1, 2)


def test_a_restored_backup_misses_nothing(store: Store, anna: Person, tmp_path: Path) -> None:
    answer(store, anna, 1)
    backups.write(store, tmp_path / "backup.db")
    answer(store, anna, 2)
    restoring.restore(store.path, tmp_path / "backup.db", kept=tmp_path / "kept.db", refuse=lambda current: None)
    with Store.open(store.path) as restored:
        assert annotations.last_id(restored) == 1
        assert acknowledged.missing(restored.db, restored.path) is None


def test_a_lock_file_of_another_project_says_nothing(store: Store, anna: Person, tmp_path: Path) -> None:
    answer(store, anna, 1)
    with Store.create(tmp_path / "new.db", labels=[Label(0, "a"), Label(1, "b")]) as other:
        lock_path(other.path).write_bytes(lock_path(store.path).read_bytes())
        assert acknowledged.missing(other.db, other.path) is None
        lock_path(other.path).write_bytes(b"\xff nonsense")
        assert acknowledged.missing(other.db, other.path) is None

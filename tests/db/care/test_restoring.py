import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from db.answers import annotations
from db.care import backups, health, restoring
from db.errors import DamagedBackup, NewerSchema, NotAProject, NotRestored, StoreError, StoreUnavailable
from db.records import NewAnnotation, Person
from db.store import Store


def answer(store: Store, person: Person, sentence: int) -> int:
    key = f"{person.name}-{sentence:06}"
    return annotations.add(store, NewAnnotation(sentence, person.id, "answer", key, label=1, marks="..+.")).id


def restore(store: Store, backup: Path, kept: str = "kept.db") -> None:
    restoring.restore(store.path, backup, kept=store.path.with_name(kept), refuse=lambda current: None)


def everything(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if not file.name.endswith("lock")}


def test_restore_puts_the_backup_back_and_keeps_what_was_there(
    store: Store, anna: Person, backup: Path, tmp_path: Path
) -> None:
    answer(store, anna, 2)
    held = backup.read_bytes()
    before, now = restoring.restore(store.path, backup, kept=tmp_path / "kept.db", refuse=lambda current: None)
    assert before is not None
    assert (before.answers, now.answers) == (2, 1)
    assert backup.read_bytes() == held
    store.close()
    with Store.open(store.path) as restored, Store.open(tmp_path / "kept.db") as kept:
        assert (annotations.last_id(restored), annotations.last_id(kept)) == (1, 2)
        assert health.damage(restored) == health.damage(kept) == []
        assert health.journal_mode(restored) == "wal"


def test_a_connection_opened_before_a_restore_writes_into_neither_file(
    store: Store, anna: Person, backup: Path, tmp_path: Path
) -> None:
    restore(store, backup)
    with pytest.raises(StoreUnavailable, match="restored from a backup"):
        answer(store, anna, 2)
    store.close()
    assert answer(store, anna, 2) == 2, "opened again, it writes into the restored file"
    with Store.open(tmp_path / "kept.db") as kept:
        assert annotations.last_id(kept) == 1


def _flip_pages(content: bytearray) -> None:
    for place in range(4096 * 4, len(content), 97):
        content[place] ^= 0xFF


def _flip_token(content: bytearray) -> None:
    place = content.index(b'["The","ship"')
    content[place + 2] = ord("t")


def _flip_schema(content: bytearray) -> None:
    content[100:4096] = b"\xff" * 3996


@pytest.mark.parametrize("damage", [_flip_pages, _flip_token, _flip_schema])
def test_a_damaged_backup_is_refused_and_changes_nothing(
    store: Store, anna: Person, backup: Path, tmp_path: Path, damage
) -> None:
    content = bytearray(backup.read_bytes())
    damage(content)
    backup.write_bytes(content)
    answer(store, anna, 2)
    before = everything(tmp_path)
    with pytest.raises(DamagedBackup, match=r"backup\.db is damaged"):
        restore(store, backup)
    assert everything(tmp_path) == before


def test_a_truncated_backup_is_refused_and_changes_nothing(store: Store, backup: Path, tmp_path: Path) -> None:
    backup.write_bytes(backup.read_bytes()[: 20 * 4096])
    before = everything(tmp_path)
    with pytest.raises(DamagedBackup):
        restore(store, backup)
    assert everything(tmp_path) == before


def test_foreign_newer_and_other_backups_are_refused_and_change_nothing(
    store: Store, backup: Path, tmp_path: Path
) -> None:
    (tmp_path / "foreign.db").write_text("hello " * 50)
    from db.records import Label

    with Store.create(tmp_path / "other.db", labels=[Label(0, "a"), Label(1, "b")]) as other:
        backups.write(other, tmp_path / "other-backup.db")
    with Store(tmp_path / "other-backup.db") as newer:
        backups.write(newer, tmp_path / "newer.db")
    with Store(tmp_path / "newer.db") as newer:
        newer.db.execute("PRAGMA user_version = 99")
    before = everything(tmp_path)
    refused: dict[str, type[StoreError]] = {
        "missing.db": NotAProject,
        "foreign.db": NotAProject,
        "newer.db": NewerSchema,
        "other-backup.db": NotRestored,
    }
    for name, error in refused.items():
        with pytest.raises(error):
            restore(store, tmp_path / name)
        assert everything(tmp_path) == before


def test_a_backup_of_another_project_of_that_name_leaves_a_restore_in_its_folder_alone(
    store: Store, backup: Path, new_store: Callable[[Path], Store], tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    with new_store(tmp_path / "elsewhere" / store.path.name) as other:
        restoring.restore(
            store.path,
            backup,
            kept=tmp_path / "kept.db",
            refuse=lambda current: None,
            agree=lambda before, now: backups.write(other, tmp_path / "other.db"),
        )
    with Store.open(store.path) as restored:
        assert health.counts(restored).answers == 1


def test_restore_does_not_wait_for_a_writer(store: Store, backup: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(StoreUnavailable, match="Another program is writing"):
        restore(store, backup)
    holder.communicate()
    restore(store, backup)


@pytest.mark.slow
def test_a_program_that_reads_keeps_a_restore_out(store: Store, anna: Person, backup: Path) -> None:
    with Store.open(store.path) as reader:
        answer(store, anna, 2)
        reader.db.execute("BEGIN")
        reader.db.execute("SELECT count(*) FROM annotations").fetchone()
        with pytest.raises(NotRestored, match="is reading"):
            restore(store, backup)
    assert annotations.last_id(store) == 2
    restore(store, backup)


def test_a_damaged_project_is_exchanged_and_kept(store: Store, backup: Path, tmp_path: Path) -> None:
    store.close()
    content = bytearray(store.path.read_bytes())
    _flip_schema(content)
    store.path.write_bytes(content)
    before, now = restoring.restore(store.path, backup, kept=tmp_path / "kept.db", refuse=lambda current: None)
    assert (before, now.answers) == (None, 1)
    assert (tmp_path / "kept.db").read_bytes() == bytes(content)


def test_a_missing_project_is_restored_without_the_log_that_it_left(
    store: Store, anna: Person, backup: Path, tmp_path: Path
) -> None:
    answer(store, anna, 2)
    log = (tmp_path / "events.db-wal").read_bytes()
    store.path.unlink()
    store.close()
    (tmp_path / "events.db-wal").write_bytes(log)
    restore(store, backup)
    with Store.open(store.path) as restored:
        assert annotations.last_id(restored) == 1
        assert health.damage(restored) == []
    assert (tmp_path / "kept.db-wal").read_bytes() == log


def test_a_file_that_is_no_project_is_not_taken_away(store: Store, backup: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(NotRestored, match="move it away"):
        restoring.restore(tmp_path / "notes.txt", backup, kept=tmp_path / "kept", refuse=lambda current: None)
    assert (tmp_path / "notes.txt").read_text() == "mine"

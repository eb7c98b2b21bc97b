"""One project has one name: links are resolved or refused."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from db.care import backups, restoring
from db.errors import NotAProject, NotRestored, StoreUnavailable
from db.files import application_id, is_database
from db.opening.locks import lock_for_life, lock_path
from db.opening.openable import APPLICATION_ID
from db.store import Store

SERVE = """
import sys
from pathlib import Path
from db.opening.locks import lock_for_life
lock_for_life(Path(sys.argv[1]).resolve(), purpose="server")
print("serving", flush=True)
sys.stdin.read()
"""


def test_a_symbolic_link_is_the_project_that_it_points_to(store: Store, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = elsewhere / "other.db"
    link.symlink_to(store.path)
    with Store.open(link) as linked, store.importing():
        assert linked.path == store.path
        with pytest.raises(StoreUnavailable, match="Another import"), linked.importing():
            pass
    assert list(elsewhere.iterdir()) == [link], "no log, no lock and no folder by the other name"


def test_a_project_with_two_names_is_refused_by_either_and_stays_as_it_is(store: Store, tmp_path: Path) -> None:
    store.close()
    second = tmp_path / "second.db"
    os.link(store.path, second)
    before = store.path.read_bytes()
    for name in (store.path, second):
        with pytest.raises(NotAProject, match=r"has 2 names \(hard links\)"):
            Store.open(name)
    assert store.path.read_bytes() == before
    second.unlink()
    Store.open(store.path).close()


def test_the_second_name_that_a_killed_restore_left_is_named_and_the_next_restore_removes_it(
    store: Store, tmp_path: Path
) -> None:
    backups.write(store, tmp_path / "backup.db")
    store.close()
    left = tmp_path / "events.db.before-restore-2026-01-01T000000Z"
    os.link(store.path, left)
    with pytest.raises(NotAProject, match=rf"restore .* interrupted.* delete the name {left.name}"):
        Store.open(store.path)
    restoring.restore(store.path, tmp_path / "backup.db", kept=tmp_path / "kept.db", refuse=lambda current: None)
    Store.open(store.path).close()
    assert not left.exists()


def test_a_restore_refuses_a_project_with_a_second_name_from_elsewhere(store: Store, tmp_path: Path) -> None:
    backups.write(store, tmp_path / "backup.db")
    store.close()
    os.link(store.path, tmp_path / "second.db")
    with pytest.raises(NotRestored):
        restoring.restore(store.path, tmp_path / "backup.db", kept=tmp_path / "kept.db", refuse=lambda current: None)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a lock of the inode could meet SQLite's own")
@pytest.mark.parametrize("trick", ["the lock file is deleted", "a second name"])
def test_a_second_server_does_not_start_whatever_the_project_is_called(
    store: Store, tmp_path: Path, trick: str
) -> None:
    command = [sys.executable, "-c", SERVE, str(store.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None and server.stdout.readline() == "serving\n"
        name = store.path
        if trick == "a second name":
            name = tmp_path / "second.db"
            os.link(store.path, name)
        else:
            lock_path(name, "server").unlink()
        with pytest.raises(StoreUnavailable, match="is already being served"):
            lock_for_life(name, purpose="server")
        server.kill()
    lock_for_life(name, purpose="server")


def test_two_that_make_one_project_at_once_make_one(tmp_path: Path) -> None:
    from db.errors import AlreadyExists
    from db.records import Label

    made: list[str] = []

    def make(number: int) -> None:
        try:
            Store.create(tmp_path / "a.db", labels=[Label(0, "none"), Label(1, f"event {number}")]).close()
            made.append("made")
        except AlreadyExists:
            made.append("refused")

    threads = [threading.Thread(target=make, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == ["made", *["refused"] * 5]
    assert (tmp_path / "a.db").stat().st_nlink == 1


def test_a_part_of_a_file_is_enough_to_identify_it(store: Store, tmp_path: Path) -> None:
    store.close()
    assert application_id(store.path) == APPLICATION_ID
    short = tmp_path / "short.db"
    shutil.copyfile(store.path, short)
    os.truncate(short, 4096)
    assert application_id(short) == APPLICATION_ID
    (tmp_path / "notes.txt").write_text("hello " * 100)
    assert application_id(tmp_path / "notes.txt") is None
    (tmp_path / "letter.txt").write_text("a")  # to SQLite, an empty database
    names = ("notes.txt", "letter.txt", "short.db", "missing.db")
    assert [is_database(tmp_path / each) for each in names] == [False, False, True, False]
    assert is_database(tmp_path / "short.db-wal"), "what belongs to a database is none of our business either"


def test_while_a_restore_gives_the_file_a_second_name_others_are_asked_to_wait(store: Store, tmp_path: Path) -> None:
    backups.write(store, tmp_path / "backup.db")
    store.close()
    errors: list[str] = []
    real = os.replace

    def look_first(source: Path, target: Path) -> None:
        command = [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from db.store import Store\nStore.open(Path(sys.argv[1]))",
            str(store.path),
        ]
        errors.append(subprocess.run(command, capture_output=True, text=True).stderr.splitlines()[-1])
        real(source, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", look_first)
        kept = tmp_path / "events.db.before-restore-2026-01-01T000000Z"
        restoring.restore(store.path, tmp_path / "backup.db", kept=kept, refuse=lambda current: None)
    assert len(errors) == 1
    assert "StoreUnavailable" in errors[0] and "is being restored; try again" in errors[0]

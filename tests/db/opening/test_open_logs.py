"""Logs that are kept open, and logs that were deleted while open."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from db.errors import LostLog, StoreUnavailable
from db.files import log_of
from db.opening.open_logs import keep_open, lost_logs
from db.records import OWNER
from db.store import Store
from db.team import audit


def note(store: Store, what: str) -> None:
    with store.writing():
        audit.record(store, OWNER, what, {})


@pytest.mark.parametrize("fate", ["deleted", "exchanged"])
def test_nothing_is_acknowledged_once_the_log_is_deleted_or_replaced(store: Store, fate: str) -> None:
    note(store, "before")
    log_of(store.path).rename(store.path.with_name("aside"))
    if fate == "exchanged":
        log_of(store.path).write_bytes(b"")
    with pytest.raises(LostLog, match="nothing was acknowledged"):
        note(store, "into nothing")


def test_nothing_is_acknowledged_if_the_log_is_moved_away_within_a_transaction(store: Store) -> None:
    note(store, "before")
    with pytest.raises(LostLog, match="nothing was acknowledged"), store.writing():
        audit.record(store, OWNER, "into nothing", {})
        log_of(store.path).rename(store.path.with_name("aside"))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which files a process has open")
def test_a_process_whose_log_was_deleted_is_named(store: Store, other: subprocess.Popen[str]) -> None:
    assert lost_logs(store.path) == []
    store.close()
    log_of(store.path).unlink()
    (named,) = lost_logs(store.path)
    assert named.startswith(f"process {other.pid} (")


def test_a_page_that_closes_the_project_does_not_delete_the_log_under_a_kept_connection(store: Store) -> None:
    store.close()
    keep_open(store.path)
    inode = log_of(store.path).stat().st_ino
    for number in range(5):
        with Store.open(store.path) as page:
            note(page, f"page {number}")
    assert log_of(store.path).stat().st_ino == inode


def test_without_a_kept_connection_the_last_page_deletes_the_log(store: Store) -> None:
    store.close()
    assert not log_of(store.path).exists()


def test_a_restored_file_gets_a_kept_connection_of_its_own(store: Store, tmp_path: Path) -> None:
    from db.care import backups, restoring

    keep_open(store.path)
    backups.write(store, tmp_path / "backup.db")
    note(store, "after the backup")
    store.close()
    kept = tmp_path / "events.db.before-restore-now"
    restoring.restore(store.path, tmp_path / "backup.db", kept=kept, refuse=lambda current: None)
    with Store.open(store.path) as page:
        note(page, "first of the restored")
        keep_open(store.path)  # closes the connection to the old file, which must not delete the new one's log
        inode = log_of(store.path).stat().st_ino
        note(page, "second of the restored")
    assert log_of(store.path).stat().st_ino == inode
    with Store.open(store.path) as page:
        assert [row.action for row in audit.newest(page, 2)] == ["second of the restored", "first of the restored"]


def test_what_was_open_before_a_restore_is_refused_and_leaves_the_new_log_alone(store: Store, tmp_path: Path) -> None:
    from db.care import backups, restoring

    backups.write(store, tmp_path / "backup.db")
    with Store.open(store.path) as before:
        restoring.restore(store.path, tmp_path / "backup.db", kept=tmp_path / "kept.db", refuse=lambda current: None)
        with Store.open(store.path) as page:
            note(page, "acknowledged")
            with pytest.raises(StoreUnavailable, match="was moved, or restored"):
                note(before, "into the old file")
            before.close()
            assert log_of(store.path).exists()
    with Store.open(store.path) as page:
        assert audit.newest(page, 1)[0].action == "acknowledged"


def test_a_new_connection_of_a_process_whose_log_was_deleted_is_refused(store: Store) -> None:
    """SQLite would read the new log by the old one's index, since it keeps one index per database and process."""
    store.close()
    keep_open(store.path)
    with Store.open(store.path) as page:
        note(page, "before")
    for companion in ("-wal", "-shm"):
        store.path.with_name(f"{store.path.name}{companion}").unlink()
    script = """
import os, sys
from pathlib import Path
from db.team import audit
from db.records import OWNER
from db.store import Store
store = Store.open(Path(sys.argv[1]))
for number in range(5):
    audit.record(store, OWNER, f"other {number}", {})
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", script, str(store.path)], check=True)
    with pytest.raises(LostLog, match="nothing was acknowledged"):
        Store.open(store.path)
    with pytest.raises(LostLog, match="nothing was acknowledged"):
        keep_open(store.path)
    seen = "import sys; from pathlib import Path; from db.team import audit; from db.store import Store\n"
    seen += "print(len(audit.newest(Store.open(Path(sys.argv[1])), 9)))"
    done = subprocess.run([sys.executable, "-c", seen, str(store.path)], capture_output=True, text=True, check=True)
    assert int(done.stdout) >= 5, "the project has what the other process acknowledged"
    from db.opening import open_logs

    open_logs._kept.pop(store.path)[2].close()


def test_threads_that_open_and_close_all_the_time_never_see_a_lost_log(store: Store) -> None:
    store.close()
    errors: list[str] = []

    def page(number: int) -> None:
        try:
            for turn in range(60):
                with Store.open(store.path) as own:
                    if turn % 5 == 0:
                        note(own, f"{number}-{turn}")
        except Exception as error:
            errors.append(repr(error))

    threads = [threading.Thread(target=page, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with Store.open(store.path) as own:
        assert len(audit.newest(own, 1000)) == 6 * 12

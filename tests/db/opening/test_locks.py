import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from db.errors import StoreUnavailable
from db.opening.locks import file_lock, lock_path
from db.records import OWNER
from db.store import Store
from db.team import audit


def a_process_waits(path: Path) -> bool:
    try:
        with file_lock(path, purpose="turn", wait=False):
            return False
    except StoreUnavailable:
        return True


def test_a_writer_that_asks_again_comes_after_those_that_wait(tmp_path: Path) -> None:
    path, order = tmp_path / "a.db", []

    def wait_for_it() -> None:
        with file_lock(path):
            order.append("the one who waited")

    for _ in range(50):
        thread = threading.Thread(target=wait_for_it)
        with file_lock(path):
            thread.start()
            assert any(a_process_waits(path) for _ in range(1_000_000))
        with file_lock(path):
            order.append("the one who had it")
        thread.join()
    assert order == ["the one who waited", "the one who had it"] * 50


def test_a_writer_gives_up_and_names_the_process_that_holds_the_lock(
    store: Store, holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.store.WAIT_S", 0.2)
    with pytest.raises(StoreUnavailable, match=rf"process {holder.pid} \(.*python.*\)\. Wait until") as refusal:
        audit_something(store)
    assert "stopped" not in str(refusal.value)
    assert not store.db.conn.in_transaction


def test_a_stopped_holder_is_called_stopped_and_can_resume(
    store: Store, holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    holder.send_signal(signal.SIGSTOP)
    monkeypatch.setattr("db.store.WAIT_S", 0.2)
    with pytest.raises(StoreUnavailable, match=rf"stopped and resumes after `kill -CONT {holder.pid}`"):
        audit_something(store)
    holder.send_signal(signal.SIGCONT)
    holder.communicate()
    audit_something(store)


@pytest.mark.timing
def test_all_threads_of_a_process_wait_at_once_and_not_one_after_the_other(
    store: Store, holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.store.WAIT_S", 0.5)
    refused: list[float] = []

    def write() -> None:
        began = time.monotonic()
        with Store.open(store.path) as own, pytest.raises(StoreUnavailable, match="Another program is writing"):
            audit_something(own)
        refused.append(time.monotonic() - began)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 8
    assert max(refused) < 4 * min(refused), "one after the other, the last would wait eight times as long"


def test_a_program_that_locks_the_database_itself_is_named(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    script = f"""
import sqlite3, sys
conn = sqlite3.connect({str(store.path)!r}, isolation_level=None)
conn.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""
    command = [sys.executable, "-c", script]
    monkeypatch.setattr("db.opening.connection.BUSY_TIMEOUT_S", 0.2)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as stranger:
        assert stranger.stdout is not None and stranger.stdout.readline() == "locked\n"
        with (
            Store.open(store.path) as own,
            pytest.raises(StoreUnavailable, match="is locked by another program") as refusal,
        ):
            audit_something(own)
        stranger.kill()
    if sys.platform == "linux":
        assert f"process {stranger.pid} (" in str(refusal.value)


def test_a_deleted_lock_file_does_not_keep_others_out_for_long(tmp_path: Path) -> None:
    """The holder of the deleted file has no lock any more; the next one locks the new file."""
    path = tmp_path / "a.db"
    with file_lock(path, purpose="import"):
        lock_path(path, "import").unlink()
        with (
            file_lock(path, purpose="import", wait=False),
            pytest.raises(StoreUnavailable, match="Another import"),
            file_lock(path, purpose="import", wait=False),
        ):
            pass


def test_a_lock_whose_file_is_deleted_while_another_waits_goes_to_the_new_file(tmp_path: Path) -> None:
    path, had = tmp_path / "a.db", []

    def wait_for_it() -> None:
        with file_lock(path) as handle:
            had.append(os.fstat(handle).st_ino == lock_path(path).stat().st_ino)

    thread = threading.Thread(target=wait_for_it)
    with file_lock(path):
        thread.start()
        assert any(a_process_waits(path) for _ in range(1_000_000))
        lock_path(path).unlink()
    thread.join()
    assert had == [True]


def audit_something(store: Store) -> None:
    with store.writing():
        audit.record(store, OWNER, "tried", {})

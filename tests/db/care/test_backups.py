import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from db.answers import annotations
from db.aside import aside
from db.care import backups, health
from db.errors import AlreadyExists
from db.records import NewAnnotation, Person
from db.store import Store
from db.team import people


def answer(store: Store, person: Person, sentence: int) -> int:
    key = f"{person.name}-{sentence:06}"
    return annotations.add(store, NewAnnotation(sentence, person.id, "answer", key, label=1, marks="..+.")).id


def test_a_backup_holds_what_is_still_in_the_log(store: Store, anna: Person, tmp_path: Path) -> None:
    answer(store, anna, 1)
    held = backups.write(store, tmp_path / "backup.db")
    assert (held.sentences, held.answers, held.rounds) == (10, 1, 0)
    with Store.open(tmp_path / "backup.db") as copy:
        assert annotations.last_id(copy) == 1
        assert health.journal_mode(copy) == "wal"
    assert oct((tmp_path / "backup.db").stat().st_mode)[-3:] == "600"


def test_a_backup_overwrites_nothing_and_leaves_no_other_file(store: Store, backup: Path, tmp_path: Path) -> None:
    before = backup.read_bytes()
    with pytest.raises(AlreadyExists, match="overwrites nothing"):
        backups.write(store, backup)
    assert backup.read_bytes() == before
    assert [name for name in os.listdir(tmp_path) if ".part-" in name] == []


def test_a_backup_under_four_writers_has_all_that_was_acknowledged_before(
    empty_store: Store, add_sentences, tmp_path: Path
) -> None:
    add_sentences(2000)
    acknowledged: list[int] = []
    enough, stop = threading.Event(), threading.Event()

    def work(number: int) -> None:
        person = people.add(empty_store, f"person {number}")
        for sentence in range(1 + number * 500, 1 + (number + 1) * 500):
            acknowledged.append(answer(empty_store, person, sentence))
            if len(acknowledged) >= 100:
                enough.set()
            if stop.is_set():
                break
        empty_store.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    enough.wait(30)
    for attempt in range(3):
        before = set(acknowledged)
        file = tmp_path / f"{attempt}.db"
        backups.write(empty_store, file)
        with Store.open(file) as copy:
            stored = {row for (row,) in copy.db.execute("SELECT id FROM annotations")}
        assert len(before) >= 100
        assert before <= stored
    stop.set()
    for thread in threads:
        thread.join()


KILLED = """
import os, signal, sys
from pathlib import Path
from db.care import backups
from db.store import Store

def die(*arguments, **names):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(backups, sys.argv[3], die)
backups.write(Store.open(Path(sys.argv[1])), Path(sys.argv[2]))
"""


@pytest.mark.parametrize("step", ["write_ahead", "check", "put_in_place", "_overwrite_nothing"])
def test_killed_while_backing_up_leaves_no_file_of_that_name(store: Store, tmp_path: Path, step: str) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    arguments = [sys.executable, "-c", KILLED, str(store.path), str(folder / "a.db"), step]
    assert subprocess.run(arguments).returncode == -signal.SIGKILL
    assert not (folder / "a.db").exists()
    backups.write(store, folder / "a.db")
    assert os.listdir(folder) == ["a.db"], "what the killed one left is gone"


def test_a_backup_leaves_a_project_that_is_being_created_alone(store: Store, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with aside(tmp_path / "folder" / store.path.name) as half:
        backups.write(store, tmp_path / "folder" / "a.db")
        assert half.exists()

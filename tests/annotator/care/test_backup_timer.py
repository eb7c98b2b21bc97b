import os
import select
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from annotator.care import backup_timer
from annotator.care.backup_timer import back_up_if_due, start_timer
from annotator.care.backups import backup_project, backups_folder
from annotator.errors import CannotServe
from db.care import backups
from db.errors import StoreUnavailable
from db.records import OWNER
from db.store import Store

START = datetime(2026, 1, 1, tzinfo=UTC)


def names(store: Store, folder: str) -> list[str]:
    return sorted(os.listdir(backups_folder(store.path) / folder))


def test_the_first_look_makes_both_and_the_next_waits_its_time(store: Store) -> None:
    assert len(back_up_if_due(store.path, START)) == 2
    assert back_up_if_due(store.path, START + timedelta(minutes=59)) == []
    (hourly,) = back_up_if_due(store.path, START + timedelta(hours=1))
    assert hourly.parent.name == "hourly"
    assert backups.check(hourly).sentences == 10


def test_24_hourly_and_14_daily_are_kept_and_those_of_people_stay(store: Store) -> None:
    own = backup_project(store, actor=OWNER).file
    beside = backups_folder(store.path) / "hourly" / "before the exam.db"
    back_up_if_due(store.path, START)
    beside.write_text("mine")
    for folder, hours in (("hourly", range(1, 30)), ("daily", range(24, 24 * 20, 24))):
        for hour in hours:
            made = START + timedelta(hours=hour)
            (backups_folder(store.path) / folder / f"{made:%Y-%m-%dT%H%M%SZ}.db").touch()
    back_up_if_due(store.path, START + timedelta(days=21))
    assert len(names(store, "hourly")) == 24 + 1
    assert len(names(store, "daily")) == 14
    assert names(store, "daily")[-1] == "2026-01-22T000000Z.db"
    assert own.exists()
    assert beside.read_text() == "mine"


def test_a_clock_that_was_set_back_stops_no_backups(store: Store) -> None:
    back_up_if_due(store.path, START)
    earlier = START - timedelta(days=3)
    assert len(back_up_if_due(store.path, earlier)) == 2
    assert back_up_if_due(store.path, earlier + timedelta(minutes=1)) == [], "and makes no more of them either"
    assert len(names(store, "hourly")) == 2


def test_a_disk_that_is_nearly_full_gets_no_backup(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_timer, "ROOM", 10**12)
    with pytest.raises(StoreUnavailable, match="nearly full"):
        back_up_if_due(store.path, START)
    assert not (backups_folder(store.path) / "hourly").exists()


SERVING = """
import sys, time
from pathlib import Path
from annotator.care.backup_timer import start_timer

project = Path(sys.argv[1])
timer = start_timer(project)
while not list(project.parent.glob("*.backups/daily/*.db")):
    time.sleep(0.05)
print(timer.pid, flush=True)
sys.stdin.readline()
"""


@pytest.mark.slow
def test_the_timer_backs_up_and_ends_with_a_server_that_is_killed(store: Store) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVING, str(store.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    timer = os.pidfd_open(int(server.stdout.readline()))
    server.kill()
    server.communicate()
    ended, _, _ = select.select([timer], [], [], 15)
    os.close(timer)
    assert ended
    assert (backups_folder(store.path) / "log.txt").read_text() == ""


def test_a_server_that_cannot_keep_backups_says_so(store: Store) -> None:
    backups_folder(store.path).write_text("in the way")
    with pytest.raises(CannotServe, match="Backups cannot be made"):
        start_timer(store.path)

"""Which backups a project has, and what they hold."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from annotator.care.backup_timer import back_up_if_due
from annotator.care.backups import backup_project, restore_project
from annotator.care.kept_backups import list_backups, look_inside
from annotator.cli import main
from annotator.errors import BadBackup, NotAllowed
from db.answers import annotations
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from db.team import people


def test_all_that_can_be_restored_is_listed_newest_first(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list_backups(store, actor=OWNER) == []
    back_up_if_due(store.path, datetime(2026, 5, 1, 9, 0, 0, tzinfo=UTC))
    made = backup_project(store, actor=OWNER)
    store.close()
    restore_project(store.path, made.file, who=None)
    (store.path.parent / "events.db.before-restore-notes").touch()
    (made.file.parent / "log.txt").touch()
    with Store.open(store.path) as now:
        listed = list_backups(now, actor=OWNER)
    assert [kept.origin for kept in listed] == ["before a restore", "by hand", "hourly", "daily"]
    assert {(kept.made.year, kept.made.hour) for kept in listed[2:]} == {(2026, 9)}
    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(main, ["backups", "events.db", "--json"])
    assert json.loads(shown.stdout.splitlines()[-1])["backups"][0]["origin"] == "before a restore"


def test_a_backup_is_counted_next_to_the_project(store: Store, anna: Person) -> None:
    made = backup_project(store, actor=OWNER)
    annotations.add(store, NewAnnotation(1, anna.id, "answer", "a-later-answer-1", label=0))
    now, then = look_inside(store, made.file, actor=OWNER)
    assert (now.answers, then.answers, now.sentences) == (1, 0, then.sentences)


def test_only_an_admin_looks_and_only_into_backups(store: Store, tmp_path: Path) -> None:
    ben = people.add(store, "Ben", role="researcher")
    for look in (lambda: list_backups(store, actor=ben), lambda: look_inside(store, store.path, actor=ben)):
        with pytest.raises(NotAllowed):
            look()
    with pytest.raises(BadBackup, match=r"events\.db is not one of this project's backups"):
        look_inside(store, store.path, actor=OWNER)

"""A project with a changed schema: what each command, the doctor and the timer say, and how to save its rows."""

import json
import random
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from annotator.answering import queue
from annotator.care.backup_timer import back_up_if_due
from annotator.care.backups import backups_folder
from annotator.care.doctor import examine
from annotator.care.findings import Finding
from annotator.cli import main
from db.errors import ChangedSchema
from db.opening.migrations import MIGRATIONS
from db.records import NewAnnotation, Person
from db.store import Store
from db.team import people

Run = Callable[..., Result]
OF_SCHEMA = f"Of schema {len(MIGRATIONS)}"
RELABEL = (
    "DROP TRIGGER annotations_keep_update",
    "CREATE TRIGGER z AFTER INSERT ON annotations BEGIN UPDATE annotations SET label = 1 WHERE id = NEW.id; END",
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, arguments)


def change(path: Path, *statements: str) -> None:
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("PRAGMA legacy_alter_table = ON")
    for statement in statements:
        conn.execute(statement)
    conn.close()


def found(store: Store) -> list[Finding]:
    with Store.inspect(store.path) as inspected:
        return examine(inspected)


def errors(store: Store) -> list[str]:
    return [each.found for each in found(store) if each.level == "error"]


COMMANDS = {
    "agreement": (),
    "audit": (),
    "backup": (),
    "export": ("out.jsonl",),
    "guidelines list": (),
    "history": ("pool-0",),
    "import": ("new.txt",),
    "label list": (),
    "leases": (),
    "person list": (),
    "queue": (),
    "round list": (),
    "round start": (),
    "serve": (),
    "settings": (),
    "stats": (),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_refuses_it_in_a_sentence_and_changes_nothing(run: Run, store: Store, command: str) -> None:
    assert run("backup", "events.db").exit_code == 0
    (backup,) = backups_folder(store.path).glob("*.db")
    change(store.path, *RELABEL)
    store.close()
    before = store.path.read_bytes()
    Path("new.txt").write_text("One sentence.\n")
    said = run(*command.split(), "events.db", *COMMANDS[command])
    assert said.exit_code == 1
    assert "the trigger 'annotations_keep_update' on 'annotations' is missing" in said.stderr
    assert "the trigger 'z' on 'annotations' was added" in said.stderr
    assert "--rows-only" in said.stderr
    assert backup.name in said.stderr, "the newest backup is named"
    assert said.stderr.count("\n") == 1
    assert store.path.read_bytes() == before
    assert not Path("out.jsonl").exists()


def test_the_doctor_names_what_is_missing_was_added_and_changed(run: Run, store: Store) -> None:
    change(store.path, *RELABEL, "DROP INDEX slots_open", "CREATE INDEX slots_open ON slots (priority)")
    store.close()
    assert errors(store) == [
        f"{OF_SCHEMA}, the trigger 'annotations_keep_update' on 'annotations' is missing.",
        f"{OF_SCHEMA}, the index 'slots_open' on 'slots' was changed.",
        f"{OF_SCHEMA}, the trigger 'z' on 'annotations' was added.",
    ]
    assert {"tokens", "answers"} <= {each.about for each in found(store)}, "the other checks went on"
    said = run("doctor", "events.db")
    assert said.exit_code == 1
    assert "3 of" in said.stderr and "--rows-only" in said.stdout


def test_the_doctor_does_not_read_a_view_in_the_place_of_a_table(store: Store) -> None:
    forever = "CREATE VIEW sentences AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT * FROM n"
    change(store.path, "DROP VIEW visible_sentences", "ALTER TABLE sentences RENAME TO s", forever)
    store.close()
    assert f"{OF_SCHEMA}, the table 'sentences' is missing." in errors(store)
    assert "tokens" not in {each.about for each in found(store)}
    assert "were not read" in str(found(store))


def test_of_very_many_differences_the_doctor_names_the_first(store: Store) -> None:
    change(store.path, *(f"CREATE TABLE t{number} (id)" for number in range(1000)))
    store.close()
    assert len(errors(store)) == 21
    assert errors(store)[-1] == "There are 980 more differences."


def test_an_answer_waits_until_the_schema_is_mended(store: Store, anna: Person) -> None:
    (lease,) = queue.lease_ahead(store, anna, count=1, rng=random.Random(0))
    answer = NewAnnotation(lease.sentence.id, anna.id, "answer", "key-of-the-answer", label=0)
    (guard,) = store.db.execute("SELECT sql FROM sqlite_schema WHERE name = 'annotations_keep_update'").fetchone()
    change(store.path, *RELABEL)
    with pytest.raises(ChangedSchema):
        queue.submit(store, anna, answer)
    change(store.path, "DROP TRIGGER z", guard)
    assert queue.submit(store, anna, answer).state == "saved"


def test_the_timer_makes_no_backup_of_it_and_keeps_those_it_made(store: Store) -> None:
    now = datetime.now(UTC)
    made = back_up_if_due(store.path, now)
    change(store.path, *RELABEL)
    with pytest.raises(ChangedSchema):
        back_up_if_due(store.path, now + timedelta(days=2))
    assert all(each.exists() for each in made)
    assert set(backups_folder(store.path).rglob("*.db")) == set(made)


def test_its_rows_are_saved_and_restored_by_commands(run: Run, store: Store, anna: Person) -> None:
    (lease,) = queue.lease_ahead(store, anna, count=1, rng=random.Random(0))
    queue.submit(store, anna, NewAnnotation(lease.sentence.id, anna.id, "answer", "key-of-the-answer", label=0))
    change(store.path, *RELABEL)
    store.close()
    said = run("backup", "events.db", "saved.db", "--rows-only", "--json")
    assert said.exit_code == 0, said.output
    assert json.loads(said.stdout.splitlines()[-1])["held"]["answers"] == 1
    assert "as they were found" in said.stdout
    assert run("restore", "events.db", "saved.db", "--yes").exit_code == 0
    assert errors(store) == []
    with Store.open(store.path) as restored:
        assert [each.name for each in people.all_of(restored)] == ["Anna"]
    assert "rows saved" in run("audit", "events.db").stdout


@pytest.mark.parametrize("arguments", [("--rows-only",), ("saved.db", "--rows-only", "--with-checkpoint")], ids=str)
def test_rows_are_saved_under_a_name_and_alone(run: Run, store: Store, arguments: tuple[str, ...]) -> None:
    said = run("backup", "events.db", *arguments)
    assert said.exit_code == 1
    assert "--rows-only needs the name of a FILE" in said.stderr


def test_rows_are_saved_for_an_admin_alone(run: Run, store: Store, anna: Person, ben: Person) -> None:
    change(store.path, *RELABEL)
    store.close()
    assert run("backup", "events.db", "saved.db", "--rows-only", "--as", "Ben").exit_code == 1
    assert not Path("saved.db").exists()
    assert run("backup", "events.db", "saved.db", "--rows-only", "--as", "Anna").exit_code == 0

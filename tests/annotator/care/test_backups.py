import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from annotator.care.backup_timer import back_up_if_due, start_timer
from annotator.care.backups import backup_project, backups_folder, restore_project
from annotator.care.coming_back import ComingBack
from annotator.cli import main
from annotator.errors import NotAllowed, NotPrivate
from annotator.jobs import SILENCE_MS
from annotator.project.people import acting_person
from annotator.putting_right.removing import remove_sentences
from annotator.putting_right.replacing import replace_sentence
from annotator.rounds.files import round_folder
from db.answers import annotations
from db.corpus import sentences
from db.errors import NotAProject, NotRestored, RoundInProgress
from db.learning import rounds
from db.opening.openable import APPLICATION_ID
from db.opening.schema import lay_out
from db.opening.upgrading import schema_version
from db.records import OWNER, Label, NewAnnotation, Person
from db.store import Store, now_ms
from db.team import audit, people


def answer(store: Store, person: Person, sentence: int) -> None:
    annotations.add(store, NewAnnotation(sentence, person.id, "answer", f"key-{sentence:05}", label=1, marks="..+."))


def start(store: Store) -> int:
    rounds.queue(store, config={}, seed=0, last_annotation=None)
    begun = rounds.begin_next(store)
    assert begun is not None
    return begun.id


def test_backups_are_next_to_the_project_and_named_by_the_time(store: Store) -> None:
    made = backup_project(store, actor=OWNER)
    assert made.file.parent == backups_folder(store.path) == store.path.with_name("events.db.backups")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d{6}Z\.db", made.file.name)


def test_the_folder_of_backups_may_not_be_a_link(store: Store, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    backups_folder(store.path).symlink_to(elsewhere)
    for act in (lambda: backup_project(store, actor=OWNER), lambda: back_up_if_due(store.path, datetime.now(UTC))):
        with pytest.raises(NotPrivate, match="is a link to elsewhere"):
            act()
    assert list(elsewhere.iterdir()) == []


def test_the_folder_of_backups_and_its_log_become_private(store: Store) -> None:
    folder = backups_folder(store.path)
    folder.mkdir()
    (folder / "log.txt").touch()
    folder.chmod(0o755)
    (folder / "log.txt").chmod(0o644)
    timer = start_timer(store.path)
    timer.kill()
    timer.wait()
    assert [each.stat().st_mode & 0o777 for each in (folder, folder / "log.txt")] == [0o700, 0o600]


def test_a_backup_into_no_folder_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotAProject, match="create it first"):
        backup_project(store, tmp_path / "nowhere" / "a.db", actor=OWNER)


def test_two_restores_within_a_second_keep_both_files(store: Store) -> None:
    made = backup_project(store, actor=OWNER)
    kept = {restore_project(store.path, made.file, who=None).kept for _ in range(2)}
    assert len(kept) == 2 and None not in kept


def test_a_restore_says_both_counts_where_the_old_file_is_and_is_in_the_audit(store: Store, anna: Person) -> None:
    answer(store, anna, 1)
    made = backup_project(store, actor=OWNER)
    answer(store, anna, 2)
    restored = restore_project(store.path, made.file, who=None)
    assert restored.before is not None and restored.kept is not None
    assert (restored.before.answers, restored.now.answers) == (2, 1)
    assert restored.kept.name.startswith("events.db.before-restore-")
    store.close()
    (row, *_) = audit.newest(store, 1)
    assert (row.action, row.detail["kept"]) == ("restored", restored.kept.name)


def test_a_restore_says_which_removed_sentences_it_brings_back(store: Store) -> None:
    made = backup_project(store, actor=OWNER)
    one, two, three = sentences.external_ids(store, [1, 2, 3]).values()
    remove_sentences(store, [one, two], actor=OWNER)
    replace_sentence(store, three, "A mended text.", actor=OWNER)
    later = backup_project(store, store.path.with_name("later.db"), actor=OWNER)
    store.close()
    asked = CliRunner().invoke(main, ["restore", str(store.path), str(made.file)])
    assert asked.exit_code == 1 and f"are in this backup: restoring it brings them back ({one}, {two})" in asked.stdout
    assert f"`whylight sentence remove {store.path} {one} {two}`" in asked.stdout
    assert f"was corrected since: restoring it brings that back ({three})" in asked.stdout
    assert restore_project(store.path, later.file, who=None).back == ComingBack()
    assert restore_project(store.path, made.file, who=None).back == ComingBack((one, two), (three,))


def test_a_restored_project_can_be_exchanged_back(store: Store, anna: Person) -> None:
    made = backup_project(store, actor=OWNER)
    answer(store, anna, 1)
    kept = restore_project(store.path, made.file, who=None).kept
    assert kept is not None
    kept = kept.rename(kept.with_name("kept.db"))
    store.path.unlink()
    assert restore_project(store.path, kept, who=None).now.answers == 1


def test_a_round_at_work_keeps_a_restore_out(store: Store, anna: Person) -> None:
    made = backup_project(store, actor=OWNER)
    start(store)
    answer(store, anna, 1)
    with pytest.raises(RoundInProgress, match="Round 1 is queued"):
        restore_project(store.path, made.file, who=None)
    assert annotations.last_id(store) == 1
    with store.writing() as db:
        db.execute("UPDATE rounds SET heartbeat_ms = ?", [now_ms() - SILENCE_MS - 1])
    restore_project(store.path, made.file, who=None)


def test_a_round_after_a_restore_has_a_folder_of_its_own(store: Store) -> None:
    made = backup_project(store, actor=OWNER)
    start(store)
    rounds.advance(store, 1, "failed")
    with store.writing() as db:
        db.execute("DROP TRIGGER rounds_keep")
        db.execute("UPDATE rounds SET created_ms = created_ms - 60000")
    before = round_folder(store, 1)
    restore_project(store.path, made.file, who=None)
    store.close()
    assert start(store) == 1
    assert round_folder(store, 1) != before


def test_people_of_the_restored_project_are_those_of_the_backup(store: Store, anna: Person) -> None:
    made = backup_project(store, actor=OWNER)
    people.add(store, "Ben")
    restore_project(store.path, made.file, who=None)
    store.close()
    assert [person.name for person in people.all_of(store)] == ["Anna"]


@pytest.mark.parametrize("version", [1, 3, 5])
def test_a_project_of_an_older_schema_is_asked_the_same_before_it_is_exchanged(tmp_path: Path, version: int) -> None:
    path, other = old_project(tmp_path / "old.db", version), tmp_path / "other.db"
    with Store.create(other, labels=[Label(0, "none"), Label(1, "event")]) as store:
        foreign = backup_project(store, tmp_path / "foreign.db", actor=OWNER).file
    before = _people(path)
    with pytest.raises(NotAllowed, match="Ann is an annotator"):
        restore_project(path, foreign, who="Ann")
    with pytest.raises(NotRestored, match="belongs to another project"):
        restore_project(path, foreign, who=None)
    assert _people(path) == before


@pytest.mark.parametrize("version", [1, 3, 5])
def test_the_doctor_knows_people_of_an_older_schema_and_leaves_it_as_it_is(tmp_path: Path, version: int) -> None:
    path = old_project(tmp_path / "old.db", version)
    with Store.inspect(path) as store:
        assert acting_person(store, "Adm").role == "admin"
        assert schema_version(store.db) == version


def _people(path: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute("SELECT id, name FROM people").fetchall()


def old_project(path: Path, version: int) -> Path:
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("PRAGMA journal_mode = WAL")
    lay_out(Database(conn), version)
    conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    conn.execute(
        "INSERT INTO project (id, uid, name, saliency_mode, overlap, lease_minutes, created_ms)"
        " VALUES (1, '00000000000000000000000000000000', 'old', 'never', 1, 30, 0)"
    )
    conn.execute("INSERT INTO labels (id, name, takes_rationale) VALUES (0, 'none', 0), (1, 'event', 1)")
    conn.execute(
        "INSERT INTO people (name, role, active, created_ms) VALUES ('Ann', 'annotator', 1, 0), ('Adm', 'admin', 1, 0)"
    )
    conn.close()
    return path

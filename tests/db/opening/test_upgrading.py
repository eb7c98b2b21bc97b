"""Projects written by an older Whylight: kept as they were, then upgraded."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from db.answers import annotations, suggestions, withdrawals
from db.corpus import pools, removals, sentences, undoing, uploads
from db.corpus.pools import PoolShard
from db.errors import NotUpgraded
from db.finding import pool_words, search, sets, tags
from db.learning import rounds
from db.opening import schema
from db.opening.migrations import MIGRATIONS
from db.opening.upgrading import schema_version
from db.queue import claims, leases, picks, set_requests, slots
from db.records import OWNER, Label, NewAnnotation, NewSentence, Suggestion
from db.store import Store
from db.team import label_changes, people, project

LABELS = (Label(0, "none", takes_rationale=False), Label(1, "event"))
_BEFORE_SETS = next(place for place, step in enumerate(MIGRATIONS) if "CREATE TABLE set_members" in step)
"""The schema before the one with sets and tags."""
_BEFORE_POOLS = next(place for place, step in enumerate(MIGRATIONS) if "CREATE TABLE pools" in step)
"""The schema before the one with a pool outside."""
_BEFORE_UNDOING = next(place for place, step in enumerate(MIGRATIONS) if "CREATE TABLE undone_imports" in step)
"""The schema before the one in which an import can be undone."""
OPEN = "import sys; from pathlib import Path; from db.store import Store; Store.open(Path(sys.argv[1])).close()"


@pytest.fixture
def old_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project of the first schema with sentences, an answer, a lease, a round and an unfinished import."""
    return _create(tmp_path / "old.db", 1, monkeypatch)


def _create(path: Path, schema: int, monkeypatch: pytest.MonkeyPatch) -> Path:
    with monkeypatch.context() as past:
        past.setattr("db.opening.upgrading.MIGRATIONS", MIGRATIONS[:schema])
        past.setattr("db.store.MIGRATIONS", MIGRATIONS[:schema])
        with Store.create(path, labels=LABELS) as store:
            _fill(store)
    return path


def _fill(store: Store) -> None:
    # Written in SQL, as the first Whylight wrote it, because today's functions may know later columns.
    with store.writing() as db:
        db.execute("INSERT INTO people (id, name, role, active, created_ms) VALUES (1, 'Anna', 'annotator', 1, 0)")
        for number, state in ((1, "ready"), (2, "importing")):
            db.execute(
                """
                INSERT INTO imports (id, source, source_hash, tokenizer, state, created_ms)
                VALUES (?, '', '', '', ?, 0)
                """,
                [number, state],
            )
        for number in (1, 2, 3):
            token_hash = sentences.hash_tokens(["ships", f"sank{number}"])
            db.execute(
                """
                INSERT INTO sentences (id, import_id, external_id, text, tokens, starts, token_hash, split, metadata)
                VALUES (?, ?, ?, ?, ?, '[0,6]', ?, 'pool', '{}')
                """,
                [
                    number,
                    2 if number == 3 else 1,
                    f"s{number}",
                    f"ships sank{number}",
                    f'["ships","sank{number}"]',
                    token_hash,
                ],
            )
        db.execute(
            """
            INSERT INTO annotations
                (id, sentence_id, person_id, kind, label, token_hash, token_count, marks, submission_key, created_ms)
            VALUES (1, 1, 1, 'answer', 1, ?, 2, '.+', 'key-of-the-answer', 0)
            """,
            [sentences.hash_tokens(["ships", "sank1"])],
        )
        for number, answer, until in ((1, 1, 0), (2, None, 2**62)):
            db.execute(
                """
                INSERT INTO slots
                    (sentence_id, number, split, shuffle, priority, reason, person_id, annotation_id, lease_until_ms)
                VALUES (?, 0, 'pool', 0.5, 0.5, 'start', 1, ?, ?)
                """,
                [number, answer, until],
            )
        db.execute(
            "INSERT INTO rounds (id, state, config, seed, heartbeat_ms, created_ms) VALUES (1, 'failed', '{}', 0, 0, 0)"
        )


def _content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table that the first schema has, in its columns but for the role of a person."""
    with closing(sqlite3.connect(path)) as conn:
        return {
            name: conn.execute(f"SELECT {', '.join(columns)} FROM {name}").fetchall()
            for name, columns in _first_columns().items()
        }


def _first_columns() -> dict[str, list[str]]:
    tables = ["project", "people", "imports", "sentences", "annotations", "slots", "rounds", "labels"]
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.executescript(MIGRATIONS[0])
        columns = {name: [row[1] for row in conn.execute(f"PRAGMA table_info({name})")] for name in tables}
    columns["people"].remove("role")  # the first person becomes an admin
    return columns


def test_an_older_project_keeps_every_row_and_gains_the_new_parts(old_project: Path) -> None:
    before = _content(old_project)
    with Store.open(old_project) as store:
        assert schema_version(store.db) == len(MIGRATIONS)
        assert _content(old_project) == before
        found = store.db.execute("SELECT rowid FROM sentence_words WHERE sentence_words MATCH '\"ships\"'").fetchall()
        assert found == [(1,), (2,)], "no search finds the sentence of the unfinished import"
        assert not any(store.db.execute("SELECT retired FROM labels WHERE retired").fetchall())


def test_answers_of_the_second_schema_have_no_note_and_no_flag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _create(tmp_path / "second.db", 2, monkeypatch)
    before = _content(path)
    with Store.open(path) as store:
        assert schema_version(store.db) == len(MIGRATIONS)
        assert _content(path) == before
        (answer,) = annotations.of_sentences(store, [1])[1]
        assert (answer.marks, answer.observed.note, answer.observed.flagged) == (".+", None, False)


def test_the_third_schema_s_first_person_is_the_admin_that_every_project_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _create(tmp_path / "third.db", 3, monkeypatch)
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("INSERT INTO people (name, role, active, created_ms) VALUES ('Ben', 'researcher', 1, 0)")
    before = _content(path)
    with Store.open(path) as store:
        assert _content(path) == before
        assert [(each.name, each.role, each.issuer) for each in people.all_of(store)] == [
            ("Anna", "admin", None),
            ("Ben", "researcher", None),
        ]
        (answer,) = annotations.of_sentences(store, [1])[1]
        assert (answer.observed.edits, answer.observed.shown, answer.observed.guidelines_version) == (None, None, None)
        assert project.read(store).overlap_share == 1


def test_the_fourth_schema_s_places_for_several_people_are_known_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _create(tmp_path / "fourth.db", 4, monkeypatch)
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute(
            """
            INSERT INTO slots (sentence_id, number, split, shuffle, priority, reason)
            VALUES (2, 1, 'pool', 0.7, 0.7, 'start')
            """
        )
    before = _content(path)
    with Store.open(path) as store:
        assert _content(path) == before
        assert store.db.execute("SELECT sentence_id, number, shared FROM slots ORDER BY 1, 2").fetchall() == [
            (1, 0, 0),
            (2, 0, 1),
            (2, 1, 1),
        ]
        assert slots.count_shared(store) == (1, 2)


SURPLUS = {
    # answer: sentence, person, supersedes, surplus
    2: (1, 2, None, 1),
    3: (2, 1, None, 0),
    4: (2, 1, 3, 1),
    5: (2, 2, None, 1),
}


def test_the_fifth_schema_s_leases_are_on_record_and_its_surplus_waits_to_be_admitted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers that have taken a place since, and corrections of answers that count, still count."""
    path = _create(tmp_path / "fifth.db", 5, monkeypatch)
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("INSERT INTO people (id, name, role, active, created_ms) VALUES (2, 'Ben', 'annotator', 1, 0)")
        for number, (sentence, person, supersedes, surplus) in SURPLUS.items():
            conn.execute(
                """
                INSERT INTO annotations (id, sentence_id, person_id, kind, label, token_hash, token_count,
                    submission_key, supersedes, surplus, created_ms)
                SELECT ?, id, ?, 'answer', 0, token_hash, token_count, ?, ?, ?, 0 FROM sentences WHERE id = ?
                """,
                [number, person, f"key-{number:05}", supersedes, surplus, sentence],
            )
        conn.execute(
            """
            INSERT INTO slots (sentence_id, number, split, shuffle, priority, reason, person_id, annotation_id)
            VALUES (2, 1, 'pool', 0.5, 0.5, 'start', 2, 5)
            """
        )
    before = _content(path)
    with Store.open(path) as store:
        assert _content(path) == before
        assert store.db.execute("SELECT * FROM leases ORDER BY 1, 2").fetchall() == [(1, 1, 0), (2, 1, 0), (2, 2, 0)]
        _, ben = people.all_of(store)
        assert [leases.was_given(store, ben.id, sentence) for sentence in (1, 2)] == [False, True]
        log = annotations.of_sentences(store, [1, 2])
        assert [[each.id for each in log[sentence] if each.has_a_vote] for sentence in (1, 2)] == [[1], [3, 4, 5]]
        assert annotations.count_by_person(store) == {"Anna": {"answer": 2}, "Ben": {"answer": 1}}
        assert {len(str(each)) for (each,) in store.db.execute("SELECT uid FROM people")} == {32}


def test_the_fifth_schema_s_uploads_keep_what_became_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _create(tmp_path / "fifth.db", 5, monkeypatch)
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.executemany(
            """
            INSERT INTO uploads
                (id, state, file_name, settings, person_id, report, error, pid, heartbeat_ms, created_ms)
            VALUES (?, ?, 'a.txt', '{}', 1, ?, ?, 17, 3, 2)
            """,
            [(1, "ready", '{"added": 4}', None), (2, "refused", None, "Line 1"), (3, "importing", None, None)],
        )
    with Store.open(path) as store:
        ready, refused, working = (uploads.read(store, number) for number in (1, 2, 3))
        assert ready is not None and refused is not None and working is not None
        assert (ready.state, ready.report, ready.pid, ready.heartbeat_ms) == ("ready", {"added": 4}, 17, 3)
        assert (refused.state, refused.error, refused.created_ms) == ("refused", "Line 1", 2)
        assert (working.process, working.import_id) == (None, None)
        assert uploads.in_progress(store) == working
        uploads.cancel(store, 3, error="Cancelled")
        assert uploads.in_progress(store) is None


def test_a_project_of_before_pools_has_none_and_can_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _create(tmp_path / "before.db", _BEFORE_POOLS, monkeypatch)
    before = _content(path)
    with Store.open(path) as store:
        assert _content(path) == before
        assert pools.attached(store) is None
        attached = pools.attach(store, "/pool", [PoolShard("a.parquet", 9, "0" * 64, 3)], actor=OWNER)
        assert (pools.attached(store), attached.rows) == (attached, 3)
        assert pools.known_ids(store) == ["s1", "s2"], "not that of the unfinished import"


def test_an_upgraded_project_has_the_schema_of_a_new_one(old_project: Path, tmp_path: Path) -> None:
    listing = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
    with Store.open(old_project) as upgraded, Store.create(tmp_path / "new.db", labels=LABELS) as new:
        assert upgraded.db.execute(listing).fetchall() == new.db.execute(listing).fetchall()


def test_people_keep_working_in_an_upgraded_project(old_project: Path) -> None:
    with Store.open(old_project) as store:
        import_id = sentences.begin_import(store, source="more", source_hash="", tokenizer="given")
        added = NewSentence("s3", "more ships", ("more", "ships"), (0, 5), "pool")
        (sentence_id,) = sentences.add(store, import_id, [added])
        sentences.finish_import(store, import_id)
        assert slots.create_missing(store) == 1
        assert search.index_missing(store) == 1
        (anna,) = people.all_of(store)
        answer = NewAnnotation(
            sentence_id=sentence_id,
            person_id=anna.id,
            kind="answer",
            label=1,
            marks=".+",
            submission_key="key-of-another",
        )
        annotations.add(store, answer)
        assert project.labels(store)[1].name == "event"
        assert [each.state for each in rounds.all_of(store)] == ["failed"]


def test_the_project_as_it_was_is_kept_next_to_it(old_project: Path) -> None:
    before = _content(old_project)
    Store.open(old_project).close()
    kept = old_project.with_name(f"old.db.before-schema-{len(MIGRATIONS)}")
    assert _content(kept) == before
    with closing(sqlite3.connect(kept)) as conn:
        assert conn.execute("PRAGMA user_version").fetchone() == (1,)
    assert kept.stat().st_mode & 0o077 == 0, "as private as the project"


def test_an_older_copy_is_not_overwritten(old_project: Path) -> None:
    first = old_project.with_name(f"old.db.before-schema-{len(MIGRATIONS)}")
    first.write_text("mine")
    Store.open(old_project).close()
    assert first.read_text() == "mine"
    assert _content(old_project.with_name(f"old.db.before-schema-{len(MIGRATIONS)}-2"))["people"]


def test_a_project_that_is_up_to_date_is_not_copied(old_project: Path) -> None:
    for _ in range(2):
        Store.open(old_project).close()
    assert len(list(old_project.parent.glob("*before-schema*"))) == 1


def test_a_damaged_project_is_left_as_it_is(old_project: Path, all_closed: Callable[[], bool]) -> None:
    with sqlite3.connect(old_project) as conn:
        conn.execute("PRAGMA foreign_keys = OFF")
        conn.execute("UPDATE slots SET person_id = 77 WHERE annotation_id IS NULL")
    conn.close()
    before = old_project.read_bytes()
    with pytest.raises(NotUpgraded, match="slots row"):
        Store.open(old_project)
    assert old_project.read_bytes() == before
    assert not list(old_project.parent.glob("*before-schema*"))
    assert not list(old_project.parent.glob(".*part*"))
    assert all_closed()


DIE = """
import os, signal, sys
from pathlib import Path
import db.store, db.opening.upgrading
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
steps = {
    "before the copy": lambda: setattr(db.store, "keep_copy", die),
    "before the migration": lambda: setattr(db.store, "migrate", die),
    "before its commit": lambda: setattr(
        db.store, "migrate", lambda connection: (db.opening.upgrading.migrate(connection), die())),
}
steps[sys.argv[2]]()
db.store.Store.open(Path(sys.argv[1]))
"""


def test_the_sixth_schema_s_round_at_work_is_still_at_work_and_another_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _create(tmp_path / "sixth.db", 6, monkeypatch)
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute(
            "INSERT INTO rounds (id, state, config, seed, heartbeat_ms, created_ms) "
            "VALUES (2, 'training', '{}', 0, 9, 9)"
        )
    before = _content(path)
    with Store.open(path) as store:
        assert _content(path) == before
        working = rounds.in_progress(store)
        assert working is not None
        assert (working.id, working.begun_ms) == (2, 9)
        rounds.queue(store, config={}, seed=0, last_annotation=None)
        assert rounds.begin_next(store) is None
        assert (project.read(store).serving, project.read(store).round_every) == ("ask", None)


def test_in_a_project_of_the_seventh_schema_no_person_chose_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _create(tmp_path / "seventh.db", 7, monkeypatch)
    before = _content(path)
    with Store.open(path) as store:
        assert _content(path) == before
        assert pool_words.drawn_at_random(store) == {1}
        assert picks.pick(store, 1, 2, lease_ms=1)
        assert picks.picked_among(store, claims.renew(store, 1, lease_ms=1), 1) == {2}


def test_the_eighth_schema_s_labels_have_no_colour_and_can_be_given_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _create(tmp_path / "eighth.db", 8, monkeypatch)
    before = _content(path)
    with Store.open(path) as store:
        assert _content(path) == before
        assert {label.colour for label in project.labels(store)} == {None}
        project.set_colour(store, 1, "red")
        assert project.labels(store)[1].colour == "red"


def test_in_a_project_of_the_ninth_schema_no_one_saw_a_suggestion_and_one_can_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _create(tmp_path / "ninth.db", 9, monkeypatch)
    before = _content(path)
    with Store.open(path) as store:
        assert _content(path) == before
        (answer,) = annotations.of_sentences(store, [1])[1]
        assert (answer.marks, answer.observed.suggestion, suggestions.exist(store)) == (".+", None, False)
        assert [row.sentence_id for row in suggestions.unsettled(store)] == [2], "the first sentence has its answer"
        suggestions.add(store, Suggestion(2, "m", 1, (1,)), characters=9)
        assert suggestions.to_show(store, [1, 2]) == {2: Suggestion(2, "m", 1, (1,))}


def test_the_tenth_schema_s_decisions_hold_until_they_are_withdrawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _create(tmp_path / "tenth.db", 10, monkeypatch)
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute(
            "INSERT INTO annotations (id, sentence_id, person_id, kind, label, token_hash, token_count, "
            "submission_key, created_ms) "
            "SELECT 99, sentence_id, person_id, 'adjudicated', 1, token_hash, token_count, 'decision-1', 1 "
            "FROM annotations ORDER BY id LIMIT 1"
        )
    before = _content(path)
    with Store.open(path) as store:
        assert _content(path) == before
        assert not annotations.read(store, 99).withdrawn
        withdrawals.add(store, 99, True, person_id=None)
        assert annotations.read(store, 99).withdrawn


def test_a_project_from_before_sets_keeps_its_leases_and_its_picks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _create(tmp_path / "before.db", _BEFORE_SETS, monkeypatch)
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("INSERT INTO picked_sentences (sentence_id, person_id, at_ms) VALUES (2, 1, 5)")
    before = _content(path)
    with Store.open(path) as store:
        assert _content(path) == before
        assert not claims.holds_outdated(store, 1, keep=())
        assert picks.picked_among(store, claims.held(store, 1), 1) == {2}
        saved = sets.add(store, [1, 2], name="both", key="both", search={}, person_id=1)
        assert set_requests.open_members(store, saved.id) == [2]
        assert tags.add(store, "ship", [1], person_id=None)[0] == 1


def test_the_twelfth_schema_s_uploads_are_shown_until_they_are_dismissed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _create(tmp_path / "twelfth.db", 12, monkeypatch)
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute(
            "INSERT INTO uploads (state, file_name, settings, person_id, heartbeat_ms, created_ms) "
            "VALUES ('ready', 'a.csv', '{}', 1, 5, 5)"
        )
    before = _content(path)
    with Store.open(path) as store:
        assert _content(path) == before
        shown = uploads.last_of_person(store, 1)
        assert shown is not None and shown.dismissed_ms is None
        uploads.dismiss(store, shown.id, 1)
        assert uploads.read(store, shown.id).dismissed_ms


def test_an_import_from_before_imports_could_be_undone_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _create(tmp_path / "before.db", _BEFORE_UNDOING, monkeypatch)
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("INSERT INTO leases (sentence_id, person_id, first_ms) VALUES (2, 1, 5)")
        conn.execute("INSERT INTO asked_again VALUES (1, 2, 1, 0, 1, 5)")
    before = _content(path)
    with Store.open(path) as store:
        assert _content(path) == before
        assert undoing.since(store, 1).answered == 1
        with pytest.raises(sqlite3.IntegrityError, match="append-only"), store.writing() as db:
            db.execute("DELETE FROM annotations")
        with store.writing():
            assert undoing.undo(store, 2, actor=OWNER).sentences == 1
        undoing.take_out(store)
        assert [row[0] for row in store.db.execute("SELECT id FROM sentences")] == [1, 2]


def test_a_project_of_the_thirteenth_schema_keeps_its_labels_and_its_sentences_can_be_put_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _create(tmp_path / "thirteenth.db", 13, monkeypatch)
    before = _content(path)
    with Store.open(path) as store:
        assert _content(path) == before
        labels = project.labels(store)
        assert [(label.name, label.merged_into, label.earlier_names) for label in labels] == [
            ("none", None, ()), ("event", None, ()),
        ]  # fmt: skip
        label_changes.rename(store, 1, "happening", person_id=1)
        assert project.labels(store)[1].earlier_names == ("event",)
        removals.add(store, 1, reason=None, person_id=1)
        removals.erase(store)
        assert [sentence.id for page in sentences.pages(store) for sentence in page] == [2]
        assert annotations.read(store, 1).marks is None
    assert b"sank1" not in path.read_bytes()


@pytest.mark.parametrize("moment", ["before the copy", "before the migration", "before its commit"])
def test_an_upgrade_that_is_killed_is_done_by_the_next_one(old_project: Path, moment: str) -> None:
    before = _content(old_project)
    killed = subprocess.run([sys.executable, "-c", DIE, old_project, moment], check=False)
    assert killed.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(old_project)) as conn:
        assert conn.execute("PRAGMA user_version").fetchone() == (1,)
    with Store.open(old_project) as store:
        assert schema_version(store.db) == len(MIGRATIONS)
    assert _content(old_project) == before


def test_an_upgrade_while_the_schema_is_checked_is_not_taken_for_a_change(
    old_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tables are listed, another process upgrades, the version is read: both must be of one moment."""
    listed = schema._entries

    def list_then_upgrade(rows: list[tuple[bytes, ...]]) -> object:
        monkeypatch.setattr(schema, "_entries", listed)
        subprocess.run([sys.executable, "-c", OPEN, old_project], check=True)
        return listed(rows)

    monkeypatch.setattr(schema, "_entries", list_then_upgrade)
    with Store.open(old_project) as store:
        assert schema_version(store.db) == len(MIGRATIONS)


def test_processes_that_open_it_together_upgrade_it_once(old_project: Path) -> None:
    before = _content(old_project)
    both = [subprocess.Popen([sys.executable, "-c", OPEN, old_project]) for _ in range(3)]
    assert [process.wait() for process in both] == [0, 0, 0]
    assert _content(old_project) == before
    assert len(list(old_project.parent.glob("*before-schema*"))) == 1

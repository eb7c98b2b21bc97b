"""Every way to open a file notices that its tables, views, triggers or indexes are not those of its version."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from db.answers import annotations
from db.care import backups, health, restoring
from db.errors import ChangedSchema, DamagedBackup, DamagedProject, NewerSchema, NotAProject, StoreError
from db.finding import search
from db.opening import schema
from db.opening.migrations import MIGRATIONS
from db.records import Label, NewAnnotation, Person
from db.store import Store
from db.team import people, project

LABELS = (Label(0, "none", takes_rationale=False), Label(1, "event"))
NOTICED = (ChangedSchema, DamagedProject, DamagedBackup)
"""If a removal leaves a schema that SQLite itself cannot read, the file counts as damaged."""


def _listing() -> list[tuple[str, str]]:
    conn = sqlite3.connect(":memory:")
    for script in MIGRATIONS:
        conn.executescript(script)
    found = conn.execute("SELECT type, name FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name").fetchall()
    conn.close()
    return found


OBJECTS = _listing()
TABLES = [name for kind, name in OBJECTS if kind == "table" and not name.startswith("sentence_words")]


@contextmanager
def stranger(path: Path, *, hand_written: bool = False) -> Iterator[sqlite3.Connection]:
    """Yield another program's connection to the file, which may write to the schema as if it were a table."""
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute(f"PRAGMA writable_schema = {'ON' if hand_written else 'OFF'}")
    try:
        yield conn
    finally:
        conn.close()


def _new(path: Path) -> Path:
    with Store.create(path, labels=LABELS) as store:
        people.add(store, "Anna", role="admin")
    return path


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the bytes of a small project."""
    return _new(tmp_path_factory.mktemp("well") / "well.db").read_bytes()


@pytest.fixture
def path(well: bytes, tmp_path: Path) -> Path:
    file = tmp_path / "events.db"
    file.write_bytes(well)
    return file


def _answer(store: Store, person: Person, sentence: int) -> int:
    new = NewAnnotation(sentence, person.id, "answer", f"key-of-{sentence}", label=1, marks="..+.")
    return annotations.add(store, new).id


def _refused_by_all(path: Path, tmp_path: Path, others: bytes) -> str:
    """Check that neither opening nor restoring accepts the file, and return the error of opening it."""
    before = path.read_bytes()
    with pytest.raises(NOTICED) as opening:
        Store.open(path)
    with pytest.raises(NOTICED):
        backups.check(path)
    intact = tmp_path / "intact.db"
    intact.write_bytes(others)
    with pytest.raises(NOTICED):
        restoring.restore(intact, path, kept=tmp_path / "kept.db", refuse=lambda current: None)
    assert (path.read_bytes(), intact.read_bytes()) == (before, others), "nothing was changed"
    return str(opening.value)


# One test for all that a schema has: hundreds would cost more than what they ask.


@pytest.mark.slow
def test_whatever_is_dropped_is_missed(path: Path, well: bytes, tmp_path: Path) -> None:
    for kind, name in OBJECTS:
        path.write_bytes(well)
        with stranger(path, hand_written=True) as conn:
            conn.execute("DELETE FROM sqlite_schema WHERE type = ? AND name = ?", [kind, name])
        error = _refused_by_all(path, tmp_path, well)
        assert f"{kind} '{name}'" in error or "is damaged" in error, name


@pytest.mark.slow
def test_whatever_has_another_text_is_noticed(path: Path, well: bytes, tmp_path: Path) -> None:
    for kind, name in OBJECTS:
        path.write_bytes(well)
        with stranger(path, hand_written=True) as conn:
            conn.execute("UPDATE sqlite_schema SET sql = sql || ' ' WHERE type = ? AND name = ?", [kind, name])
        error = _refused_by_all(path, tmp_path, well)
        assert re.search(rf"{kind} '{name}'.* was changed", error), name


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["BEFORE INSERT", "AFTER INSERT", "AFTER UPDATE", "BEFORE DELETE"])
def test_a_trigger_on_any_table_is_noticed(path: Path, well: bytes, tmp_path: Path, moment: str) -> None:
    for table in TABLES:
        path.write_bytes(well)
        with stranger(path) as conn:
            conn.execute(f"CREATE TRIGGER z {moment} ON {table} BEGIN SELECT RAISE(IGNORE); END")
        assert f"the trigger 'z' on '{table}' was added" in _refused_by_all(path, tmp_path, well), table


ATTACKS = {
    "a trigger that gives a role": (
        "CREATE TRIGGER z AFTER INSERT ON annotations BEGIN UPDATE people SET role = 'admin'; END",
    ),
    "labels stored as others": (
        "DROP TRIGGER annotations_keep_update",
        "CREATE TRIGGER z AFTER INSERT ON annotations BEGIN UPDATE annotations SET label = 1 WHERE id = NEW.id; END",
    ),
    "a guard that guards nothing": (
        "DROP TRIGGER annotations_keep_update",
        "CREATE TRIGGER annotations_keep_update BEFORE UPDATE ON annotations WHEN 0 BEGIN SELECT RAISE(ABORT, ''); END",
    ),
    "a row that brings forth itself": (
        "CREATE TRIGGER z AFTER INSERT ON audit"
        " BEGIN INSERT INTO audit (action, detail, at_ms) VALUES ('', '{}', 0); END",
    ),
    "a view in place of a table": (
        "ALTER TABLE predictions RENAME TO p",
        "CREATE VIEW predictions AS SELECT * FROM p",
    ),
    "a view with a trigger in place of a table": (
        "ALTER TABLE leases RENAME TO l",
        "CREATE VIEW leases AS SELECT * FROM l",
        "CREATE TRIGGER z INSTEAD OF INSERT ON leases BEGIN SELECT 1; END",
    ),
    "a view that shows other sentences": (
        "DROP VIEW visible_sentences",
        "CREATE VIEW visible_sentences AS SELECT * FROM sentences",
    ),
    "a column more": ("ALTER TABLE people ADD COLUMN secret TEXT",),
    "a column less": ("ALTER TABLE project DROP COLUMN overlap_share",),
    "a unique index": ("CREATE UNIQUE INDEX z ON slots (person_id)",),
    "an index that only helps": ("CREATE INDEX z ON annotations (created_ms)",),
    "a table of another program": ("CREATE TABLE mine (id)",),
    "a full-text index of another's": ("CREATE VIRTUAL TABLE mine USING fts5(words)",),
    "letters that a terminal obeys": ('CREATE TABLE "\x1b[2J\u202e\n" (id)',),
}


@pytest.mark.parametrize("statements", ATTACKS.values(), ids=ATTACKS)
def test_what_was_made_with_sql_is_noticed(
    path: Path, well: bytes, tmp_path: Path, statements: tuple[str, ...]
) -> None:
    with stranger(path) as conn:
        conn.execute("PRAGMA legacy_alter_table = ON")
        for statement in statements:
            conn.execute(statement)
    error = _refused_by_all(path, tmp_path, well)
    assert "--rows-only" in error, "a way to save the rows"
    assert error.isprintable()


HAND_WRITTEN = {
    "a CHECK that lets everything through": (
        "UPDATE sqlite_schema SET sql = replace(sql, 'length(marks) = token_count', 'length(marks) <> -1')"
        " WHERE name = 'annotations'"
    ),
    "a table that is not strict": "UPDATE sqlite_schema SET sql = replace(sql, ' STRICT', '') WHERE name = 'people'",
    "a foreign key gone": (
        "UPDATE sqlite_schema SET sql = replace(sql, 'REFERENCES labels (id)', '') WHERE name = 'annotations'"
    ),
    "two of one name": "INSERT INTO sqlite_schema SELECT * FROM sqlite_schema WHERE name = 'rounds_keep'",
    "text that is no text": "UPDATE sqlite_schema SET sql = CAST(x'ff' AS TEXT) WHERE name = 'rounds_keep'",
    "no text": "UPDATE sqlite_schema SET sql = NULL WHERE name = 'rounds_keep'",
    "nothing at all": "INSERT INTO sqlite_schema VALUES (NULL, NULL, NULL, 0, NULL)",
    "a NUL that hides the rest": (
        "UPDATE sqlite_schema SET sql = sql || char(0) || 'more' WHERE name = 'rounds_keep'"
    ),
    "statistics that are a view": (
        "INSERT INTO sqlite_schema VALUES ('view', 'sqlite_stat1', 'sqlite_stat1', 0,"
        " 'CREATE VIEW sqlite_stat1 AS SELECT 1 AS tbl, 2 AS idx, 3 AS stat')"
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", HAND_WRITTEN.values(), ids=HAND_WRITTEN)
def test_what_was_written_by_hand_is_noticed(path: Path, well: bytes, tmp_path: Path, statement: str) -> None:
    with stranger(path, hand_written=True) as conn:
        assert conn.execute(statement).rowcount == 1
    _refused_by_all(path, tmp_path, well)


def test_the_statistics_of_analyze_are_no_change(path: Path) -> None:
    with stranger(path) as conn:
        conn.execute("ANALYZE")
        assert conn.execute("SELECT count(*) FROM sqlite_stat1").fetchone() > (0,)
    with Store.open(path) as store:
        assert people.add(store, "Ben").id == 2
    assert backups.check(path).answers == 0


def test_a_vacuum_is_no_change(path: Path) -> None:
    with Store.open(path) as store:
        with stranger(path) as conn:
            conn.execute("VACUUM")
        assert people.add(store, "Ben").id == 2


def test_a_temporary_trigger_concerns_its_own_connection_alone(path: Path) -> None:
    with stranger(path) as conn, Store.open(path) as store:
        conn.execute("CREATE TEMP TRIGGER z BEFORE INSERT ON people BEGIN SELECT RAISE(IGNORE); END")
        assert people.add(store, "Ben").id == 2


def test_a_trigger_added_under_an_open_connection_gets_no_answer(store: Store, anna: Person, tmp_path: Path) -> None:
    _answer(store, anna, 1)
    with stranger(store.path) as conn:
        conn.execute("CREATE TRIGGER z BEFORE INSERT ON annotations BEGIN SELECT RAISE(IGNORE); END")
        with pytest.raises(ChangedSchema, match="trigger 'z' on 'annotations' was added"):
            _answer(store, anna, 2)
        with pytest.raises(ChangedSchema):
            backups.write(store, tmp_path / "backup.db")
        assert not (tmp_path / "backup.db").exists()
        conn.execute("DROP TRIGGER z")
    assert _answer(store, anna, 2) == 2, "once it is gone, the answer is taken"


def test_a_connection_of_another_thread_is_compared_too(path: Path) -> None:
    with Store.open(path) as store:
        store.close()  # the next use of it is a connection of its own, as in another thread
        with stranger(path) as conn:
            conn.execute("DROP TRIGGER annotations_keep_delete")
        with pytest.raises(ChangedSchema, match="'annotations_keep_delete' on 'annotations' is missing"):
            people.add(store, "Ben")


def test_a_count_of_changes_that_was_set_back_hides_nothing(path: Path) -> None:
    with Store.open(path) as store:
        count = schema.change_count(store.db)
    with stranger(path) as conn:
        conn.execute("CREATE TRIGGER z BEFORE INSERT ON people BEGIN SELECT RAISE(IGNORE); END")
        conn.execute(f"PRAGMA schema_version = {count}")
    with pytest.raises(ChangedSchema):
        Store.open(path)


@pytest.fixture
def of_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Path]:
    """Return a function that makes a project as an older Whylight did."""

    def make(version: int) -> Path:
        path = tmp_path / f"schema-{version}.db"
        with monkeypatch.context() as past:
            past.setattr("db.opening.upgrading.MIGRATIONS", MIGRATIONS[:version])
            past.setattr("db.store.MIGRATIONS", MIGRATIONS[:version])
            Store.create(path, labels=LABELS).close()
        return path

    return make


OLDER = range(1, len(MIGRATIONS))


@pytest.mark.parametrize("version", OLDER)
def test_every_older_schema_is_upgraded_without_complaint(of_schema: Callable[[int], Path], version: int) -> None:
    path = of_schema(version)
    assert backups.check(path).answers == 0
    with Store.open(path) as store:
        assert schema.differences(store.db) == []
        assert health.damage(store) == []
        assert people.add(store, "Ben").id == 1


@pytest.mark.parametrize("version", OLDER)
def test_an_older_project_with_a_changed_schema_is_left_as_it_is(
    of_schema: Callable[[int], Path], version: int
) -> None:
    path = of_schema(version)
    with stranger(path) as conn:
        conn.execute("CREATE TRIGGER z BEFORE INSERT ON annotations BEGIN SELECT RAISE(IGNORE); END")
    before = path.read_bytes()
    with pytest.raises(ChangedSchema, match=f"indexes of schema {version}: the trigger 'z'"):
        Store.open(path)
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*before-schema*"))


@pytest.mark.parametrize("version", [*OLDER, 0, -1, len(MIGRATIONS) + 1])
def test_another_version_s_number_is_no_way_past(path: Path, version: int) -> None:
    with stranger(path) as conn:
        conn.execute(f"PRAGMA user_version = {version}")
    with pytest.raises((ChangedSchema, NewerSchema, NotAProject)):
        Store.open(path)


def test_what_a_file_defines_may_not_act(path: Path) -> None:
    if not schema._json_is_trusted():
        pytest.skip("this SQLite takes json_valid() for a function that acts")
    with Store.open(path) as store:
        assert store.db.execute("PRAGMA trusted_schema").fetchone() == (0,)


def test_a_restore_over_a_changed_project_keeps_it_and_counts_it(store: Store, anna: Person, tmp_path: Path) -> None:
    _answer(store, anna, 1)
    backups.write(store, tmp_path / "backup.db")
    with stranger(store.path) as conn:
        conn.execute("DROP TRIGGER annotations_keep_update")
        conn.execute("UPDATE annotations SET label = 0, marks = NULL")
    store.close()
    before, now = restoring.restore(
        store.path, tmp_path / "backup.db", kept=tmp_path / "kept.db", refuse=lambda current: None
    )
    assert before is not None and (before.answers, now.answers) == (1, 1)
    with Store.open(store.path) as restored:
        assert annotations.of_sentences(restored, [1])[1][0].label == 1


def test_a_restore_does_not_read_a_view_that_never_ends(store: Store, tmp_path: Path) -> None:
    backups.write(store, tmp_path / "backup.db")
    with stranger(store.path) as conn:
        conn.execute("DROP VIEW visible_sentences")
        conn.execute(
            "CREATE VIEW visible_sentences AS"
            " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT * FROM n"
        )
    store.close()
    before, now = restoring.restore(
        store.path, tmp_path / "backup.db", kept=tmp_path / "kept.db", refuse=lambda current: None
    )
    assert (before, now.sentences) == (None, 10)


def _rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as conn:
        names = [name for (name,) in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            name: sorted(conn.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
            for name in names
            if not name.startswith(("sqlite_", "sentence_words"))
        }


def test_the_rows_of_a_changed_project_can_be_saved_and_restored(store: Store, anna: Person, tmp_path: Path) -> None:
    _answer(store, anna, 1)
    search.index_missing(store)
    rows = _rows(store.path)
    with stranger(store.path) as conn:
        conn.execute("DROP TRIGGER annotations_keep_update")
        conn.execute("DROP INDEX slots_open")
        conn.execute("DROP VIEW visible_sentences")
        conn.execute("CREATE TRIGGER z BEFORE INSERT ON annotations BEGIN SELECT RAISE(IGNORE); END")
    store.close()
    with Store.inspect(store.path) as changed:
        assert backups.write_rows(changed, tmp_path / "saved.db").answers == 1
    restoring.restore(store.path, tmp_path / "saved.db", kept=tmp_path / "kept.db", refuse=lambda current: None)
    with Store.open(store.path) as restored:
        assert schema.differences(restored.db) == health.damage(restored) == []
        assert health.not_indexed(restored) == 0
        assert _answer(restored, anna, 2) == 2
    saved = _rows(tmp_path / "saved.db")
    (note,) = saved.pop("audit")
    assert "rows saved" in note and "slots_open" in str(note)
    assert saved | {"audit": []} == rows


@pytest.mark.parametrize("version", OLDER)
def test_the_rows_of_an_older_changed_project_can_be_saved(of_schema: Callable[[int], Path], version: int) -> None:
    path = of_schema(version)
    with stranger(path) as conn:
        conn.execute("CREATE TABLE mine (id)")
    saved = path.with_name("saved.db")
    with Store.inspect(path) as changed:
        backups.write_rows(changed, saved)
    with Store.open(saved) as store:
        assert schema.differences(store.db) == []
        assert [each.name for each in project.labels(store)] == ["none", "event"]


UNFIT = {
    "a view in place of a table": (
        ["ALTER TABLE people RENAME TO p", "CREATE VIEW people AS SELECT * FROM p"],
        "table people lacks id",
    ),
    "a column less": (
        ["ALTER TABLE project DROP COLUMN overlap_share"],
        "table project lacks overlap_share",
    ),
    "a column that is worked out": (
        [
            "ALTER TABLE annotations DROP COLUMN edits",
            "ALTER TABLE annotations ADD COLUMN edits INTEGER GENERATED ALWAYS AS (7)",
        ],
        "table annotations lacks edits",
    ),
    "a row that was never allowed": (
        ["PRAGMA ignore_check_constraints = ON", "UPDATE people SET role = 'god'", "CREATE TABLE mine (id)"],
        "table people holds a row that its schema forbids",
    ),
}


@pytest.mark.parametrize(("statements", "says"), UNFIT.values(), ids=UNFIT)
def test_rows_that_do_not_fit_are_not_saved(path: Path, tmp_path: Path, statements: list[str], says: str) -> None:
    with stranger(path) as conn:
        conn.execute("PRAGMA legacy_alter_table = ON")
        for statement in statements:
            conn.execute(statement)
    with Store.inspect(path) as changed, pytest.raises(StoreError, match=re.escape(says)):
        backups.write_rows(changed, tmp_path / "saved.db")
    assert not (tmp_path / "saved.db").exists()
    assert not list(tmp_path.glob(".*part*"))

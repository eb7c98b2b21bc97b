import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from db.errors import AlreadyExists, NewerSchema, NotAProject, StoreError, StoreUnavailable
from db.records import Label
from db.store import Store

LABELS = (Label(0, "none"), Label(1, "event"))


def test_schema_is_the_stored_listing(empty_store: Store) -> None:
    rows = empty_store.db.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name")
    listing = "\n\n".join(f"-- {kind} {name}\n{sql};" for kind, name, sql in rows) + "\n"
    stored = Path(__file__).with_name("schema.sql").read_text()
    assert listing == stored, "the schema changed: add a migration, then update tests/db/schema.sql"


def test_every_table_is_strict(empty_store: Store) -> None:
    rows = empty_store.db.execute("SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND schema = 'main'")
    loose = {name for name, strict in rows if not strict and not name.startswith("sentence_words_")}
    assert loose == {"sqlite_schema"}, "only the full-text index, which SQLite lays out itself, is not strict"


def test_connections_are_durable_and_check_foreign_keys(empty_store: Store) -> None:
    def pragma(name: str) -> object:
        return empty_store.db.execute(f"PRAGMA {name}").fetchone()[0]

    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 2, "FULL: COMMIT returns once the log is on the disk"
    assert pragma("foreign_keys") == 1
    assert pragma("wal_autocheckpoint") == 0


def test_create_refuses_an_existing_file_and_leaves_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    with pytest.raises(AlreadyExists, match="already exists"):
        Store.create(path, labels=LABELS)
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_create_leaves_no_file_when_it_fails(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        Store.create(tmp_path / "a.db", labels=[Label(0, "same"), Label(1, "same")])
    assert list(tmp_path.iterdir()) == []


def test_create_needs_an_existing_folder(tmp_path: Path) -> None:
    with pytest.raises(NotAProject, match="does not exist"):
        Store.create(tmp_path / "nowhere" / "a.db", labels=LABELS)


def _foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE mine (id)")
    connection.close()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.touch(), "is empty"),
        (lambda path: path.write_text("hello " * 50), "is not a Whylight project"),
        (_foreign, "is not a Whylight project"),
    ],
    ids=["empty", "text", "foreign database"],
)
def test_open_refuses_other_files_and_leaves_them_unchanged(tmp_path: Path, make, says: str) -> None:
    path = tmp_path / "other.db"
    make(path)
    before = path.read_bytes()
    with pytest.raises(NotAProject, match=says):
        Store.open(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_open_of_a_missing_file_makes_none(tmp_path: Path) -> None:
    with pytest.raises(NotAProject, match="There is no file"):
        Store.open(tmp_path / "missing.db")
    assert list(tmp_path.iterdir()) == []


def test_open_refuses_a_newer_schema(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    Store.create(path, labels=LABELS).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(NewerSchema, match="schema 99"):
        Store.open(path)
    assert not path.with_name("a.db-wal").exists()


def _count(store: Store) -> int:
    return store.db.execute("SELECT count(*) FROM people").fetchone()[0]


INSERT = "INSERT INTO people (name, role, active, created_ms) VALUES (?, 'annotator', 1, 0)"


def test_writing_commits_for_every_connection(empty_store: Store) -> None:
    with empty_store.writing() as db:
        db.execute(INSERT, ["Anna"])
    with Store.open(empty_store.path) as other:
        assert _count(other) == 1


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_writing_undoes_everything_when_the_block_raises(empty_store: Store, error: type[BaseException]) -> None:
    with pytest.raises(error), empty_store.writing() as db:
        db.execute(INSERT, ["Anna"])
        raise error
    assert _count(empty_store) == 0
    with empty_store.writing() as db:
        db.execute(INSERT, ["Ben"])
    assert _count(empty_store) == 1


def test_inner_block_is_undone_with_the_outer_one(empty_store: Store) -> None:
    with pytest.raises(ValueError, match="outer"), empty_store.writing():
        with empty_store.writing() as db:
            db.execute(INSERT, ["Anna"])
        raise ValueError("outer")
    assert _count(empty_store) == 0


def test_threads_write_in_turn_and_lose_nothing(empty_store: Store) -> None:
    def write(worker: int) -> None:
        for number in range(50):
            with empty_store.writing() as db:
                (count,) = db.execute("SELECT count(*) FROM people").fetchone()
                db.execute(INSERT, [f"{worker}-{number}-{count}"])
        empty_store.close()

    threads = [threading.Thread(target=write, args=[worker]) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = [name for (name,) in empty_store.db.execute("SELECT name FROM people ORDER BY id")]
    assert [int(name.rsplit("-", 1)[1]) for name in names] == list(range(200))


def test_two_imports_at_once_are_refused(empty_store: Store) -> None:
    script = f"from db.store import Store\nwith Store.open({str(empty_store.path)!r}).importing(): pass"
    with empty_store.importing():
        other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "Another import" in other.stderr
    with empty_store.importing():
        pass


def test_the_log_is_emptied_once_it_is_large(empty_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.store.CHECKPOINT_BYTES", 100_000)
    log = empty_store.path.with_name("events.db-wal")
    largest = 0
    for number in range(40):
        with empty_store.writing() as db:
            db.execute("INSERT INTO audit (action, detail, at_ms) VALUES (?, '{}', 0)", [f"{number}" + "x" * 20_000])
        largest = max(largest, log.stat().st_size)
    assert largest < 200_000
    assert empty_store.db.execute("SELECT count(*) FROM audit").fetchone() == (40,)


def test_a_pinned_log_is_tried_again_only_when_it_has_grown_by_as_much_again(
    empty_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.store.CHECKPOINT_BYTES", 100_000)
    log = empty_store.path.with_name("events.db-wal")
    attempts: list[str] = []
    empty_store.db.conn.set_trace_callback(lambda sql: attempts.append(sql) if "wal_checkpoint" in sql else None)

    def write(times: int) -> None:
        for _ in range(times):
            with empty_store.writing() as db:
                db.execute("INSERT INTO audit (action, detail, at_ms) VALUES (?, '{}', 0)", ["x" * 20_000])

    with Store.open(empty_store.path) as reader:
        reader.db.execute("BEGIN")
        reader.db.execute("SELECT count(*) FROM audit").fetchone()
        write(20)
        assert log.stat().st_size > 400_000
        assert len(attempts) == log.stat().st_size // 100_000
        reader.db.execute("ROLLBACK")
    write(5)
    assert log.stat().st_size < 200_000, "once the reader has ended, the log is emptied"


def test_a_damaged_file_is_named_in_one_sentence_and_not_left_open(
    tmp_path: Path, all_closed: Callable[[], bool]
) -> None:
    path = tmp_path / "a.db"
    Store.create(path, labels=LABELS).close()
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\xff" * 3996
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable, match="is damaged") as caught:
        Store.open(path)
    assert isinstance(caught.value, StoreError)
    assert all_closed()


def test_a_file_damaged_while_open_is_explained(empty_store: Store) -> None:
    with empty_store.writing() as db:
        db.conn.executemany(INSERT, [(f"person {number} {'x' * 40}",) for number in range(900)])
    empty_store.close()
    content = bytearray(empty_store.path.read_bytes())
    content[-8 * 4096 :] = b"\xff" * (8 * 4096)
    empty_store.path.write_bytes(content)
    with Store.open(empty_store.path) as store, pytest.raises(StoreUnavailable, match="is damaged"):
        store.db.execute("SELECT count(*), max(name) FROM people NOT INDEXED")


def test_a_check_that_fails_keeps_every_transaction_out(store: Store) -> None:
    allowed = [True]

    def check() -> None:
        if not allowed[0]:
            raise StoreUnavailable("given up")

    with store.writing_only_while(check):
        with store.writing() as db:
            db.execute("UPDATE project SET name = 'one'")
            allowed[0] = False  # a transaction that has begun is finished
            with store.writing():
                pass
        with pytest.raises(StoreUnavailable, match="given up"), store.writing() as db:
            db.execute("UPDATE project SET name = 'two'")
    assert not store.db.conn.in_transaction
    assert store.db.execute("SELECT name FROM project").fetchone() == ("one",)
    with store.writing() as db:
        db.execute("UPDATE project SET name = 'three'")

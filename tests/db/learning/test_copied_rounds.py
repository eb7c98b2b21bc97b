"""A copy of a project does not start the rounds that waited when it was made; the project itself does."""

import sqlite3
from contextlib import closing
from pathlib import Path

from db.learning import rounds
from db.store import Store


def copy(store: Store, path: Path) -> Path:
    with closing(sqlite3.connect(path)) as target:
        store.db.conn.backup(target)
    return path


def test_in_a_copy_what_waited_is_cancelled_and_says_why(empty_store: Store, tmp_path: Path) -> None:
    waits = rounds.queue(empty_store, config={}, seed=0, last_annotation=None)
    with Store.open(copy(empty_store, tmp_path / "copy.db")) as copied:
        assert rounds.begin_next(copied) is None
        found = rounds.read(copied, waits.id)
        assert (found.state, found.error) == (
            "cancelled",
            "It waited for its turn in another file when this copy was made; start it again.",
        )
        again = rounds.queue(copied, config={}, seed=0, last_annotation=None)
        begun = rounds.begin_next(copied)
        assert begun is not None
        assert begun.id == again.id
    begun = rounds.begin_next(empty_store)
    assert begun is not None
    assert begun.id == waits.id


def test_a_project_that_was_renamed_or_put_back_in_its_place_starts_what_waited(
    empty_store: Store, tmp_path: Path
) -> None:
    waits = rounds.queue(empty_store, config={}, seed=0, last_annotation=None)
    path = empty_store.path
    whole = copy(empty_store, tmp_path / "whole.db")
    empty_store.close()
    path.rename(tmp_path / "renamed.db")
    with Store.open(tmp_path / "renamed.db") as renamed:
        begun = rounds.begin_next(renamed)
        assert begun is not None
        assert begun.id == waits.id
    whole.rename(path)
    with Store.open(path) as put_back:
        assert rounds.begin_next(put_back) is not None

"""Only SQLite opens a project that is open: closing any other handle would drop SQLite's locks (POSIX).

Python reports each file that its code opens to audit hooks; SQLite's own handles are opened in C, and are not
reported. So whatever our commands, pages and processes do, the project and its log must not be reported.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from annotator.care import doctor
from annotator.care.backup_timer import back_up_if_due
from annotator.care.backups import backup_project, restore_project
from annotator.cli import main
from annotator.errors import CannotExport, CannotTrain
from annotator.exporting.answers import export_project
from annotator.formats.faults import BadInput
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.putting_right.quoting import Quotation
from annotator.putting_right.still_holding import still_holding
from annotator.rounds.files import make_round_folder
from annotator.rounds.learning.rest import rest_of_pool
from annotator.rounds.logs import read_log
from annotator.rounds.looking_again.look_again import look_again_state
from annotator.rounds.looking_again.surprises import find_surprises
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import queue_round
from annotator.serving import Access, check_access
from db.files import log_of
from db.learning import rounds
from db.opening.open_logs import keep_open
from db.records import OWNER
from db.store import Store
from db.team import project

_watched: list[Path] = []
_opened: list[str] = []


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or not _watched or not isinstance(arguments[0], str | bytes | os.PathLike):
        return
    path = os.path.realpath(os.fsdecode(arguments[0]))
    if any(path == os.path.realpath(each) for each in _watched):
        _opened.append(path)


sys.addaudithook(_listen)


@contextmanager
def nobody_opens(project: Path) -> Iterator[None]:
    """Fail if the block opens the project, its log or its shared memory other than through SQLite."""
    _watched.extend((project, log_of(project), project.with_name(f"{project.name}-shm")))
    try:
        yield
    finally:
        _watched.clear()
        heard = list(_opened)
        _opened.clear()
    assert not heard, "a handle of ours, when it is closed, drops the locks that SQLite holds"


def test_a_file_opened_by_hand_is_noticed(store: Store) -> None:
    with pytest.raises(AssertionError, match="drops the locks"), nobody_opens(store.path):
        store.path.open("rb").close()


USES: dict[str, Callable[[Store], object]] = {
    "open": lambda store: Store.open(store.path).close(),
    "inspect": lambda store: Store.inspect(store.path).close(),
    "keep open": lambda store: keep_open(store.path),
    "serve": lambda store: check_access(store.path, Access(), port=59_123),
    "doctor": doctor.examine,
    "backup": lambda store: backup_project(store, actor=OWNER),
    "backup timer": lambda store: back_up_if_due(store.path, _now()),
    "export": lambda store: export_project(store, store.path.with_name("out.jsonl"), actor=OWNER),
}


@pytest.mark.parametrize("name", USES)
def test_no_use_of_a_project_opens_it_by_hand(store: Store, name: str) -> None:
    with nobody_opens(store.path):
        USES[name](store)


def test_a_restore_opens_neither_the_project_nor_the_backup_by_hand(store: Store) -> None:
    backup = backup_project(store, actor=OWNER).file
    with nobody_opens(store.path), nobody_opens(backup):
        restore_project(store.path, backup, who=None)


def test_upgrading_opens_nothing_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from db.opening.migrations import MIGRATIONS
    from db.records import Label

    path = tmp_path / "old.db"
    with monkeypatch.context() as past:
        past.setattr("db.opening.upgrading.MIGRATIONS", MIGRATIONS[:1])
        past.setattr("db.store.MIGRATIONS", MIGRATIONS[:1])
        Store.create(path, labels=[Label(0, "none"), Label(1, "event")]).close()
    with nobody_opens(path):
        Store.open(path).close()


READS_OF_A_ROUND: dict[str, Callable[[Store], object]] = {
    "reading.json": lambda store: rest_of_pool(store, rounds.read(store, 1)),
    "look-again.json": lambda store: look_again_state(store, actor=OWNER),
    "look-again.npz": lambda store: find_surprises(store, actor=OWNER),
    "log.txt": lambda store: read_log(store, 1, actor=OWNER),
    "checkpoint/vocabulary.json": lambda store: still_holding(store, [], Quotation(["The ship sank"])),
}


@pytest.mark.parametrize("name", READS_OF_A_ROUND)
def test_a_database_under_the_name_of_a_file_of_a_round_is_not_opened_by_hand(store: Store, name: str) -> None:
    """A folder that was received may hold a link to the project, or another project that is open here."""
    ended = rounds.queue(store, config={}, seed=0, last_annotation=None)
    checkpoint = make_round_folder(store, ended.id) / "checkpoint"
    checkpoint.mkdir()
    named = str(checkpoint.relative_to(store.path.absolute().parent))
    rounds.advance(store, ended.id, "ready", metrics={"reading": {"left": 9}}, checkpoint=named)
    project.serve_round(store, ended.id)
    file = checkpoint.parent / name
    file.symlink_to(store.path)
    with nobody_opens(store.path):
        READS_OF_A_ROUND[name](store)
    file.unlink()
    shutil.copyfile(backup_project(store, actor=OWNER).file, file)
    with nobody_opens(file):
        READS_OF_A_ROUND[name](store)


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_the_project_given_as_a_file_is_refused_unopened(store: Store, suffix: str) -> None:
    store.db.execute("SELECT count(*) FROM people").fetchone()
    given = store.path.with_name(store.path.name + suffix)
    with nobody_opens(store.path):
        with pytest.raises(BadInput, match="a database"):
            import_file(store, given, ImportSettings(format="text"), actor=OWNER)
        with pytest.raises(CannotExport, match="is a database"):
            export_project(store, given, actor=OWNER)
        with pytest.raises(CannotTrain, match="is a database"):
            queue_round(store, settings=RoundSettings(vectors=str(given)), actor=OWNER)


@pytest.mark.parametrize(
    "command",
    [["stats"], ["queue"], ["doctor"], ["audit"], ["person", "list"], ["label", "list"], ["backup"]],
    ids=" ".join,
)
def test_no_command_opens_the_project_by_hand(store: Store, command: list[str]) -> None:
    with nobody_opens(store.path):
        result = CliRunner().invoke(main, [*command, str(store.path)])
    assert result.exit_code == 0, result.output


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)

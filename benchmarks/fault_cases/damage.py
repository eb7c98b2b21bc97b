"""Files that are truncated, overwritten, mixed up, separated from their log, or from the future."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random

from click.testing import CliRunner, Result

from annotator.care.backups import backup_project
from annotator.cli import main
from annotator.project.people import sign_in
from annotator.serving import Access, check_access
from db.opening.migrations import MIGRATIONS
from db.records import OWNER
from db.store import Store
from fault_cases.catalogue import Happened, Trial, fault, hold
from fault_cases.children import folder_of
from fault_cases.projects import answer_next, make_project, stored_keys

PAGE = 4096
ANSWERS = 30


@fault(
    9,
    done="the file is truncated, its middle or its header overwritten, emptied, made random, or its log corrupted",
    expected="each command works or refuses in a sentence that names the newest backup, and changes no byte",
)
def file_damaged(trial: Trial) -> Happened:
    """Try six kinds of damage with each of the commands that people would use."""
    source = trial.folder / "source"
    source.mkdir()
    backup = _make_with_log(source).name
    refused = 0
    for name, damage in DAMAGE.items():
        home = trial.folder / f"damaged {name}"
        shutil.copytree(source, home)
        if name != "a corrupted log":
            Store.open(home / "p.db").close()  # empties the log: any later change was made by a command
        damage(home / "p.db", trial.rng)
        before = folder_of(home)
        results = {command[0]: _whylight(*command) for command in _commands(home / "p.db", trial.folder)}
        results["serve"] = _serve(home / "p.db")
        for command, (code, output) in results.items():
            where = f"{command} of a file with {name}"
            hold(code in (0, 1) and "Traceback" not in output, f"{where} ended with {output}")
            # The doctor's advice is a table's column, and wraps.
            hold(not code or command == "doctor" or backup in output, f"{where} does not name the backup: {output}")
            refused += code
        hold(any(code for code, _ in results.values()), f"no command noticed {name}")
        if name != "a corrupted log":
            hold(folder_of(home) == before, f"{name}: the files were changed")
    words = f"{len(DAMAGE)} kinds of damage, {refused} refusals in a sentence, no byte changed"
    return Happened(len(DAMAGE), words, {"refusals": refused})


@fault(
    10,
    done="the log (-wal) is deleted, or the project copied without it",
    expected="the missing answers are noticed: the doctor says so, and serving is refused",
)
def log_lost(trial: Trial) -> Happened:
    """The number of the last acknowledged answer is also kept next to the project."""
    home = trial.folder / "home"
    home.mkdir()
    _make_with_log(home)
    whole = trial.folder / "whole"
    shutil.copytree(home, whole)
    (home / "p.db-wal").unlink()
    (home / "p.db-shm").unlink(missing_ok=True)
    code, output = _serve(home / "p.db")
    hold(code == 1 and f"answer {ANSWERS}" in output, f"serving without the log: {output or 'not refused'}")
    code, output = _whylight("doctor", home / "p.db")
    hold(code == 1 and "answers" in output, "the doctor does not notice it")
    shutil.copy(whole / "p.db-wal", home / "p.db-wal")
    hold(_serve(home / "p.db")[0] == 0, "with the log back in its place it is still refused")
    with Store.open(home / "p.db") as store:
        hold(len(stored_keys(store)) == ANSWERS, "the log came back, but not every answer")
    return Happened(1, f"{ANSWERS} missing answers noticed; with the log back, all are stored")


@fault(
    11,
    done="the file has a newer schema than the program",
    expected="refused with both numbers by every command, no byte changed",
)
def schema_newer(trial: Trial) -> Happened:
    """Let every command open a file that a newer Whylight wrote."""
    home = trial.folder / "home"
    home.mkdir()
    make_project(home / "p.db", 5).close()
    stranger = sqlite3.connect(home / "p.db")
    stranger.execute("PRAGMA user_version = 99")
    stranger.close()
    before = folder_of(home)
    for command in [*_commands(home / "p.db", trial.folder), ("serve", home / "p.db")]:
        code, output = _serve(home / "p.db") if command[0] == "serve" else _whylight(*command)
        hold(code == 1, f"{command[0]} was not refused")
        hold("99" in output and str(len(MIGRATIONS)) in output, f"{command[0]} does not name both numbers: {output}")
    hold(folder_of(home) == before, "the file was changed")
    return Happened(1, "refused everywhere, no byte changed")


def _truncated(path: Path, rng: Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _middle_overwritten(path: Path, rng: Random) -> None:
    content = bytearray(path.read_bytes())
    middle = len(content) // PAGE // 2 * PAGE
    content[middle : middle + 8 * PAGE] = rng.randbytes(8 * PAGE)
    path.write_bytes(content)


def _header_overwritten(path: Path, rng: Random) -> None:
    content = bytearray(path.read_bytes())
    content[:100] = rng.randbytes(100)
    path.write_bytes(content)


def _log_corrupted(path: Path, rng: Random) -> None:
    log = path.with_name(path.name + "-wal")
    content = bytearray(log.read_bytes())
    middle = len(content) // 2
    content[middle : middle + PAGE] = rng.randbytes(PAGE)
    log.write_bytes(content)


DAMAGE: dict[str, Callable[[Path, Random], None]] = {
    "half of it": _truncated,
    "its middle overwritten": _middle_overwritten,
    "its header overwritten": _header_overwritten,
    "nothing in it": lambda path, rng: path.write_bytes(b"") and None,
    "random bytes": lambda path, rng: path.write_bytes(rng.randbytes(20 * PAGE)) and None,
    "a corrupted log": _log_corrupted,
}


def _make_with_log(home: Path) -> Path:
    """Make a project whose answers are all in its log, as after a kill, and one backup; return the backup."""
    path = home / "p.db"
    make_project(path, 400).close()
    store = Store.open(path)
    backup = backup_project(store, actor=OWNER).file
    anna = sign_in(store, "Anna")
    for number in range(ANSWERS):
        answer_next(store, anna, f"answer-{number:05}")
    aside = home / "aside"
    aside.mkdir()
    for name in ("p.db", "p.db-wal"):
        shutil.copy(home / name, aside / name)
    store.close()
    for name in ("p.db", "p.db-wal"):
        shutil.move(aside / name, home / name)
    aside.rmdir()
    return backup


def _commands(path: Path, elsewhere: Path) -> list[tuple[object, ...]]:
    return [
        ("stats", path),
        ("doctor", path),
        ("export", path, elsewhere / "e.jsonl"),
        ("leases", path),
        ("backup", path, elsewhere / f"{path.parent.name}.db"),
    ]


def _whylight(*arguments: object) -> tuple[int, str]:
    return _ended(CliRunner().invoke(main, [str(argument) for argument in arguments]))


def _serve(path: Path) -> tuple[int, str]:
    """Do what `serve` does before it becomes a web server, and return its exit code and output."""
    return _ended(CliRunner().invoke(_serving(path)))


def _serving(path: Path):  # type: ignore[no-untyped-def]
    import click

    from annotator.cli import _Commands

    @click.group(cls=_Commands, invoke_without_command=True)
    def serve() -> None:
        check_access(path, Access(), port=0)

    return serve


def _ended(result: Result) -> tuple[int, str]:
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return 99, f"Traceback: {type(result.exception).__name__}: {result.exception}"
    return result.exit_code, result.output

"""The process that backs a project up while it is served, starts the rounds that are due, and ends with the server.

`python -m annotator.care.backup_timer PROJECT SERVER`, started by `annotator/serving.py`; SERVER is the
number of the server's process. Its output is the log next to the backups.
"""

import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from annotator.care.backups import backups_folder, moment, read_moment
from annotator.errors import CannotServe, NotPrivate
from annotator.processes import become_background, start_process
from annotator.project.private_files import open_log, private_folder
from annotator.rounds.by_itself import start_round_if_due
from db.care import backups
from db.errors import StoreUnavailable
from db.store import Store
from whylight.errors import Error

ALIVE_S = 1.0
LOOK_S = 10.0
AFTER_FAILURE_S = 300.0
ROOM = 3
"""A backup is made only if this many times the project's size is free: annotators need the space more."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rhythm:
    """How often a backup is made, and how many are kept, in a folder of that name."""

    name: str
    every: timedelta
    kept: int


RHYTHMS = (Rhythm("hourly", timedelta(hours=1), 24), Rhythm("daily", timedelta(days=1), 14))


def start_timer(project: Path) -> subprocess.Popen[bytes]:
    """Start and return the process that backs the project up for as long as this process lives."""
    folder = backups_folder(project)
    try:
        log = open_log(private_folder(folder) / "log.txt", append=True)
    except NotPrivate as error:
        raise CannotServe(f"Backups cannot be made: {error}") from error
    except OSError as error:
        raise CannotServe(f"Backups cannot be made in {folder} ({error.strerror}); check that folder.") from error
    with log:
        return start_process("annotator.care.backup_timer", str(project), str(os.getpid()), log=log)


def back_up_if_due(project: Path, now: datetime) -> list[Path]:
    """Make the backups that are due, then remove the oldest ones that the timer made; return what was made."""
    made = []
    for rhythm in RHYTHMS:
        folder = backups_folder(project) / rhythm.name
        if not _is_due(folder, rhythm, now):
            continue
        if shutil.disk_usage(project.parent).free < ROOM * project.stat().st_size:
            raise StoreUnavailable(f"The disk of {project} is nearly full; free some space, or move old backups away.")
        private_folder(folder.parent)
        private_folder(folder)
        file = folder / f"{moment(now)}.db"
        with Store.open(project) as store:
            backups.write(store, file)
        made.append(file)
        for oldest in _timed(folder, now)[: -rhythm.kept]:
            oldest.unlink()
    return made


def _is_due(folder: Path, rhythm: Rhythm, now: datetime) -> bool:
    timed = _timed(folder, now)
    newest = read_moment(timed[-1].stem) if timed else None
    return newest is None or newest <= now - rhythm.every


def _timed(folder: Path, now: datetime) -> list[Path]:
    """Return the backups that the timer made, oldest first; other files in its folder are not ours.

    Those from the future, made before the clock was set back, neither count nor are removed.
    """
    files = [(read_moment(file.stem), file) for file in folder.glob("*.db")] if folder.is_dir() else []
    return [file for made, file in sorted((made, file) for made, file in files if made is not None and made <= now)]


def main() -> None:
    """Back up the project that the command line names, until its server has ended."""
    project, server = Path(sys.argv[1]), int(sys.argv[2])
    become_background(niceness=10)
    next_look = 0.0
    while os.getppid() == server:
        if time.monotonic() >= next_look:
            next_look = time.monotonic() + (LOOK_S if _look(project) else AFTER_FAILURE_S)
        time.sleep(ALIVE_S)


def _look(project: Path) -> bool:
    """Do what is due and return whether that succeeded; a failure is logged, and the timer tries again later."""
    backed_up = _do("backup", lambda: back_up_if_due(project, datetime.now(UTC)))
    return _do("round", lambda: _start_round_if_due(project)) and backed_up


def _start_round_if_due(project: Path) -> None:
    with Store.open(project) as store:
        start_round_if_due(store)


def _do(name: str, act: Callable[[], object]) -> bool:
    try:
        act()
    except (Error, OSError) as error:
        logger.warning("no %s: %s", name, error)
        return False
    except Exception:
        logger.exception("no %s", name)
        return False
    return True


if __name__ == "__main__":
    main()

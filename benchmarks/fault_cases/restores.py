"""Backups that are damaged, and a restore that never finished."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from annotator.care.backup_timer import back_up_if_due
from annotator.care.backups import backup_project, restore_project
from annotator.project.people import sign_in
from db.care import backups, health, restoring
from db.errors import DamagedBackup, NotAProject
from db.opening.openable import cut_off_restore
from db.records import OWNER
from db.store import Store
from fault_cases.catalogue import Broken, Happened, Trial, fault, hold
from fault_cases.children import die, folder_of, run
from fault_cases.projects import answer_next, hold_whole, make_project

PAGE = 4096
STEPS = ("write_ahead", "_close_down", "_exchange", "os.link", "os.rename", "os.replace")


@fault(
    16,
    done="the newest backup is corrupted or truncated",
    expected="restoring it is refused and changes nothing; the one before it can still be restored",
)
def backup_damaged(trial: Trial) -> Happened:
    """Restore a backup with a damaged page, with a changed letter of a sentence, and half a backup."""
    home = trial.folder
    store = make_project(home / "p.db", 200)
    anna = sign_in(store, "Anna")
    answer_next(store, anna, "in-every-backup")
    older = backup_project(store, home / "older.db", actor=OWNER).file
    kinds = (_half, _flipped_page, _flipped_letter)
    for number, damage in enumerate(kinds):
        newest = backup_project(store, home / f"newest-{number}.db", actor=OWNER).file
        newest.write_bytes(damage(newest.read_bytes(), trial.rng))
        answer_next(store, anna, f"after-backup-{number}")
        store.close()
        before = folder_of(home)
        try:
            restore_project(home / "p.db", newest, who=None)
        except DamagedBackup:
            hold(folder_of(home) == before, "the refusal changed a file")
            continue
        raise Broken(f"a backup damaged by {damage.__name__} was restored")
    restored = restore_project(home / "p.db", older, who=None)
    hold(restored.now.answers == 1, "the older backup does not hold its answer")
    return Happened(len(kinds), "refused, nothing changed, and the backup before it was restored")


@fault(
    22,
    done="a restore is killed (-9) at any of its steps",
    expected="the project is the old or the restored one, whole, never missing; if it was left with two names, "
    "a message says so; the restore, run again, works",
)
def restore_killed(trial: Trial) -> Happened:
    """Kill the restore where each step would begin."""
    seen = {"old": 0, "restored": 0}
    for step in STEPS:
        home = trial.folder / step
        home.mkdir()
        path, backup = home / "p.db", home / "backup.db"
        with make_project(path, 20) as store:
            anna = sign_in(store, "Anna")
            answer_next(store, anna, "in-the-backup")
            backup_project(store, backup, actor=OWNER)
            answer_next(store, anna, "after-the-backup")
        code, _, errors = run(restore_and_die, path, backup, step)
        hold(code == -9, f"the restore was not killed at {step}: {errors[-300:]}")
        hold(path.exists(), f"killed at {step}, the project is missing")
        _hold_two_names_are_reported(path)
        with Store.inspect(path) as store:
            hold_whole(store)
            answers = health.counts(store).answers
        hold(answers in (1, 2), f"killed at {step}, the project has {answers} answers")
        seen["old" if answers == 2 else "restored"] += 1
        kept = home / "kept again.db"
        restoring.restore(path, backup, kept=kept, refuse=lambda current: None)
        with Store.open(path) as store:
            hold_whole(store)
            hold(health.counts(store).answers == 1, "the second restore did not restore")
        hold(not [file for file in home.iterdir() if ".part-" in file.name], "half a copy was left")
    return Happened(len(STEPS), f"killed at {len(STEPS)} steps: the project was whole each time", seen)


def _hold_two_names_are_reported(path: Path) -> None:
    left = cut_off_restore(path)
    try:
        Store.open(path).close()
    except NotAProject as error:
        hold(left is not None and left.name in str(error), f"the project is refused: {error}")
    else:
        hold(left is None, "a project with two names was opened")


@fault(
    23,
    done="a backup is due while the project's file is damaged",
    expected="no backup is made of it, and those that were made before stay",
)
def backup_of_damage(trial: Trial) -> Happened:
    """Run the timer on a damaged file: every hour it checks the whole file, for which a start is too short."""
    path = trial.folder / "p.db"
    with make_project(path, 400) as store:
        answer_next(store, sign_in(store, "Anna"), "an-answer")
    start = datetime.now(UTC)
    good = back_up_if_due(path, start)
    content = path.read_bytes()
    for number in range(3):
        path.write_bytes(_flipped_page(content, trial.rng))
        try:
            made = back_up_if_due(path, start + timedelta(hours=1 + number))
        except Exception as error:
            hold("damaged" in str(error), f"the log would say {error!r}")
            hold(all(backups.check(backup).answers == 1 for backup in good), "an older backup has changed")
            continue
        raise Broken(f"a damaged project was backed up as {made}")
    return Happened(3, "no backup of a damaged file; the good ones stayed")


def restore_and_die(path: str, backup: str, step: str) -> None:
    """Restore, and die where this step would begin."""
    owner, _, name = step.rpartition(".")
    setattr(getattr(restoring, owner) if owner else restoring, name, die)
    restore_project(Path(path), Path(backup), who=None)


def _half(content: bytes, rng: Random) -> bytes:
    return content[: len(content) // 2]


def _flipped_page(content: bytes, rng: Random) -> bytes:
    middle = len(content) // PAGE // 2 * PAGE
    damaged = 4 * PAGE  # more than one, because a free page holds nothing that could be damaged
    return content[:middle] + rng.randbytes(damaged) + content[middle + damaged :]


def _flipped_letter(content: bytes, rng: Random) -> bytes:
    place = content.index(b'["The","ship"') + 2
    return content[:place] + b"S" + content[place + 1 :]

"""The power fails at random moments of a session, a backup, a restore, an export, a checkpoint."""

import pickle
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from annotator.exporting.answers import export_project
from annotator.project.people import sign_in
from db import store as db_store
from db.care import backups, health, restoring
from db.records import OWNER
from db.store import Store
from fault_cases.catalogue import Happened, NotHere, Trial, fault, hold
from fault_cases.children import run
from fault_cases.disk_log import DiskLog, Event
from fault_cases.projects import answer_next, hold_whole, make_project, stored_keys
from fault_cases.torn_disk import Disk

ANSWERS = 120
NOT_HERE = 77


@fault(
    5,
    done="the power fails at a random moment of a session with answers and checkpoints of the log",
    expected="the project is whole, and every answer acknowledged before is in it",
)
def power_lost(trial: Trial) -> Happened:
    """Cut a session; the same session with synchronous=NORMAL must lose answers, or the simulation shows nothing."""
    lost = _play_session(trial, "FULL")
    hold(sum(lost) == 0, f"{sum(each > 0 for each in lost)} of {len(lost)} cuts lost answers, {max(lost)} at worst")
    careless = _play_session(trial, "NORMAL")
    losing = sum(each > 0 for each in careless)
    hold(losing > 0, "with synchronous=NORMAL nothing was lost either: the simulation cannot fail")
    words = (
        f"0 answers lost; with synchronous=NORMAL {losing} of {len(careless)} cuts lose some, {max(careless)} at worst"
    )
    figures = {"lost": 0, "control_losing_cuts": losing, "control_worst_loss": max(careless)}
    return Happened(len(lost), words, figures)


@fault(
    20,
    done="the power fails at a random moment of a backup and of a restore",
    expected="a backup of that name is whole or not there; the project is the old or the restored one, whole",
)
def power_lost_in_backup(trial: Trial) -> Happened:
    """Check that whatever is on the disk under one of the two names opens."""
    home = _home(trial, "backup")
    seen = {"backup": 0, "old": 0, "restored": 0}
    for after, notes in _cuts(trial, back_up_and_restore, home):
        if (after / "b.db").exists():
            held = backups.check(after / "b.db")
            hold(held.answers == 5, f"the backup holds {held.answers} of 5 answers")
            seen["backup"] += 1
        hold((after / "b.db").exists() or "backed up" not in notes, "an acknowledged backup is gone")
        with Store.open(after / "p.db") as store:
            hold_whole(store)
            answers = health.counts(store).answers
        least = 5 if "start" in notes else 0
        if "restored" in notes:
            hold(answers == 5, f"after the restore there are {answers} answers")
        elif "answered on" in notes and "restoring" not in notes:
            hold(answers == 9, f"{answers} of 9 acknowledged answers are left")
        hold(least <= answers <= 9, f"{answers} answers, expected 5 to 9")
        seen["restored" if answers == 5 else "old"] += 1
    return Happened(trial.cut_points, f"whole at every cut; {seen['backup']} cuts had the backup already", seen)


@fault(
    21,
    done="the power fails at a random moment while an export is written over an older one, and a checkpoint",
    expected="the export is the old or the new one, whole; the checkpoint is whole or not there",
)
def power_lost_in_files(trial: Trial) -> Happened:
    """Check that a file's name never reaches the disk before its bytes."""
    from learner.training.checkpoint import load_checkpoint

    home = _home(trial, "files")
    with Store.open(home / "p.db") as store:
        export_project(store, home / "e.jsonl", actor=OWNER)
        old = (home / "e.jsonl").read_bytes()
        answer_next(store, sign_in(store, "Anna"), "one-answer-more")
        export_project(store, trial.folder / "new.jsonl", actor=OWNER)
    new = (trial.folder / "new.jsonl").read_bytes()
    seen = {"new_export": 0, "checkpoint": 0}
    for after, notes in _cuts(trial, export_and_save, home):
        export = (after / "e.jsonl").read_bytes()
        hold(export == new or (export == old and "exported" not in notes), "the export is neither old nor new")
        seen["new_export"] += export == new
        if (after / "checkpoint").exists():
            load_checkpoint(after / "checkpoint")  # compares every file with its SHA-256
            seen["checkpoint"] += 1
        hold((after / "checkpoint").exists() or "saved" not in notes, "a saved checkpoint is gone")
    words = f"{seen['new_export']} cuts had the new export, {seen['checkpoint']} the checkpoint; none was torn"
    return Happened(trial.cut_points, words, seen)


def answer_for_a_while(folder: str, log_file: str, synchronous: str) -> None:
    """Answer, and let the log be emptied now and then, as happens once it is large."""
    log = _watch(folder)
    db_store.CHECKPOINT_BYTES = 400_000
    with Store.open(Path(folder) / "p.db") as store:
        store.db.execute(f"PRAGMA synchronous = {synchronous}")
        people = [sign_in(store, name) for name in ("Anna", "Ben")]
        for number in range(ANSWERS):
            key = f"answer-{number:05}"
            if answer_next(store, people[number % 2], key).state == "saved":
                log.note(key)
    log.save(log_file)


def back_up_and_restore(folder: str, log_file: str) -> None:
    """Back five answers up, give four more, and restore the five."""
    log = _watch(folder)
    path = Path(folder) / "p.db"
    with Store.open(path) as store:
        anna = sign_in(store, "Anna")
        backups.write(store, Path(folder) / "b.db")
        log.note("backed up")
        for number in range(4):
            answer_next(store, anna, f"after-the-backup-{number}")
        log.note("answered on")
    log.note("restoring")
    restoring.restore(path, Path(folder) / "b.db", kept=Path(folder) / "kept.db", refuse=lambda current: None)
    log.note("restored")
    log.save(log_file)


def export_and_save(folder: str, log_file: str) -> None:
    """Write the export again, train a very small model, and save it."""
    from learner.config import TrainingConfig
    from learner.data.example import Example
    from learner.training.checkpoint import save_checkpoint
    from learner.training.run import train

    log = _watch(folder)
    with Store.open(Path(folder) / "p.db") as store:
        export_project(store, Path(folder) / "e.jsonl", actor=OWNER)
    log.note("exported")
    examples = [Example(("a", "b"), 0, None), Example(("a", "c"), 1, ".+")] * 4
    trained = train(examples, [], labels=("x", "y"), config=TrainingConfig(dimension=4, max_steps=2), device="cpu")
    save_checkpoint(trained, Path(folder) / "checkpoint", {})
    log.note("saved")
    log.save(log_file)


def _play_session(trial: Trial, synchronous: str) -> list[int]:
    """Return the number of acknowledged answers that each cut lost."""
    home = _home(trial, synchronous)
    lost = []
    for after, notes in _cuts(trial, answer_for_a_while, home, synchronous):
        with Store.open(after / "p.db") as store:
            hold_whole(store)
            lost.append(len({note for note in notes if note.startswith("answer-")} - stored_keys(store)))
    return lost


def _home(trial: Trial, name: str) -> Path:
    """Make a folder with a project of five answers, and nothing in its log."""
    home = trial.folder / f"home-{name}"
    home.mkdir()
    with make_project(home / "p.db", ANSWERS + 20) as store:
        anna = sign_in(store, "Anna")
        for number in range(5):
            answer_next(store, anna, f"before-{number:05}")
    return home


def _cuts(trial: Trial, session: Callable[..., None], home: Path, *arguments: str) -> Iterator[tuple[Path, list[str]]]:
    """Play a session in a child process, and yield what each cut leaves, with the facts noted before it."""
    log_file = trial.folder / f"{home.name}.log"
    code, _, errors = run(session, home, log_file, *arguments)
    if code == NOT_HERE:
        raise NotHere(errors.strip().splitlines()[-1])
    hold(code == 0, f"the session failed: {errors[-500:]}")
    events: list[Event] = pickle.loads(log_file.read_bytes())
    first = events.index(("note", "start"))
    cuts = sorted(trial.rng.randint(first, len(events)) for _ in range(trial.cut_points))
    yield from _replay(events, cuts, trial.folder / "after", trial.rng)


def _replay(events: list[Event], cuts: list[int], after: Path, rng: random.Random) -> Iterator[tuple[Path, list[str]]]:
    disk, notes, done = Disk(), [], 0
    for cut in cuts:
        for event in events[done:cut]:
            disk.do(event)
            if event[0] == "note":
                notes.append(event[1])
        done = cut
        after.mkdir()
        disk.fail(after, rng)
        yield after, list(notes)
        shutil.rmtree(after)


def _watch(folder: str) -> Any:
    try:
        return DiskLog(Path(folder))
    except NotHere as reason:
        raise SystemExit(NOT_HERE) from reason

"""The store used as people use it: pages that open and close it at each run, among programs that keep it open.

Every other fault tests one kind of use. This one mixes them, because the worst fault that we had needed the
mixture: a round's heartbeat opened the project by hand, closed it, and so dropped the round's locks; the next
page that closed the project believed it was the last one, and deleted the log under the round.
"""

import itertools
import os
import random
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

from annotator.care.doctor import examine
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.jobs import heartbeat
from annotator.project.people import sign_in
from db.care import backups
from db.errors import StoreUnavailable
from db.learning import rounds
from db.learning.round_records import ProgressRow
from db.opening.open_logs import keep_open, lost_logs
from db.records import OWNER
from db.store import Store, now_ms
from db.team import audit
from fault_cases.catalogue import Happened, Trial, fault, hold
from fault_cases.children import finish, start
from fault_cases.projects import answer_next, hold_whole, make_project

LOOKS_PER_KILL = 3

Say = Callable[[str], None]
"""A function that prints the key of a row once it is committed."""
Part = Callable[[Path, str, Say], None]


@fault(
    24,
    done="pages that open and close the project, a round with its heartbeat, backups, imports and doctors, in "
    "processes and in threads of one process; any of them is killed (-9) at random moments",
    expected="whatever one commits, all others see at once; no log loses its name; every acknowledged row is there",
)
def used_as_pages_use_it(trial: Trial) -> Happened:
    """Run the crowd once with a process per part, and once with all parts as threads of two processes."""
    crowds = {
        "processes": [["pages"], ["pages"], ["served pages"], ["round"], ["backups"], ["imports"], ["doctor"]],
        "threads": [list(PARTS), list(PARTS)],
    }
    kills, acknowledged = max(2, trial.kills // 10), 0
    for name, crowd in crowds.items():
        home = trial.folder / name
        home.mkdir()
        acknowledged += _play(home / "p.db", crowd, kills, trial.rng)
    figures = {"acknowledged": acknowledged, "lost": 0}
    return Happened(2 * kills, f"{acknowledged} rows acknowledged and seen by others at once, 0 lost", figures)


def take_part(path: str, attempt: str, *parts: str) -> None:
    """Play these parts, one thread per part, until this process is killed; print the key of each committed row."""
    printing = threading.Lock()

    def say(key: str) -> None:
        with printing:
            print(key, flush=True)

    for part in parts:
        name = f"{attempt}-{part.replace(' ', '-')}"
        threading.Thread(target=_play_part, args=(PARTS[part], Path(path), name, say)).start()


def _play_part(part: Part, path: Path, name: str, say: Say) -> None:
    """Play the part, and end the whole process if a promise breaks: no one reads the output of one thread."""
    try:
        part(path, name, say)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


def _play(path: Path, crowd: list[list[str]], kills: int, rng: random.Random) -> int:
    """Let the crowd work, kill one process again and again, and return the number of acknowledged rows."""
    with make_project(path, 3000) as store:
        sign_in(store, "Anna")  # the project's first person, so that all others start in the same way
        rounds.queue(store, config={}, seed=0, last_annotation=None)
    acknowledged: set[str] = set()
    attempts = itertools.count()
    playing = [(parts, _begin(path, parts, next(attempts))) for parts in crowd]
    try:
        for _ in range(kills):
            for _ in range(LOOKS_PER_KILL):
                for parts, process in playing:
                    acknowledged |= _hold_seen_at_once(path, parts, process)
                hold(not lost_logs(path), f"a log has lost its name: {lost_logs(path)}")
            victim = rng.randrange(len(playing))
            parts, process = playing[victim]
            threading.Event().wait(rng.random() * 0.05)  # so that the kill falls anywhere
            acknowledged |= _end(process)
            playing[victim] = (parts, _begin(path, parts, next(attempts)))
        hold(not lost_logs(path), f"a log has lost its name: {lost_logs(path)}")
    finally:
        for _, process in playing:
            acknowledged |= _end(process)
    with Store.open(path) as store:
        lost = acknowledged - _committed(store)
        hold(not lost, f"{len(lost)} acknowledged rows are lost, {sorted(lost)[:3]} among them")
        hold_whole(store)
    return len(acknowledged)


def _begin(path: Path, parts: list[str], attempt: int) -> "subprocess.Popen[str]":
    return start(take_part, path, attempt, *parts)


def _hold_seen_at_once(path: Path, parts: list[str], process: "subprocess.Popen[str]") -> set[str]:
    """Read the next key that this process acknowledged, and look for the row as a page does."""
    assert process.stdout is not None
    key = process.stdout.readline().strip()
    if not key:
        _, errors = process.communicate()
        hold(False, f"{parts} ended: {errors[-500:]}")
    with Store.open(path) as store:
        hold(key in _committed(store), f"{key} is committed, and a page does not see it")
    return {key}


def _end(process: "subprocess.Popen[str]") -> set[str]:
    process.kill()
    assert process.stdout is not None
    output = process.stdout.read()  # with the same reader as before: `communicate` does not see its buffer
    finish(process)
    # A line without its end was being written when the kill came: no one has read it.
    return {line.strip() for line in output.splitlines(keepends=True) if line.endswith("\n")}


def _committed(store: Store) -> set[str]:
    answers = {key for (key,) in store.db.execute("SELECT submission_key FROM annotations")}
    return answers | {row.action for row in audit.newest(store, limit=1_000_000)}


def _pages(path: Path, name: str, say: Say) -> None:
    """Open the project, answer, close it: one page run after another."""
    with Store.open(path) as store:
        person = sign_in(store, f"Person {name}")
    for number in itertools.count():
        with Store.open(path) as store:
            receipt = answer_next(store, person, f"answer-{name}-{number}")
        hold(receipt.state == "saved", f"an answer was {receipt}")
        say(receipt.key)


def _served_pages(path: Path, name: str, say: Say) -> None:
    keep_open(path)
    _pages(path, name, say)


def _round(path: Path, name: str, say: Say) -> None:
    """Keep the project open and report progress, with a heartbeat that opens it in another thread."""
    with Store.open(path) as store, heartbeat(path, lambda beating: rounds.beat(beating, 1), every_s=0.02):
        for number in itertools.count():
            rounds.report(store, ProgressRow(1, number, number + 1, None, None, None, None, "", now_ms()))
            _note(store, f"progress-{name}-{number}", say)


def _backups(path: Path, name: str, say: Say) -> None:
    for number in itertools.count():
        copy = path.with_name(f"{name}-{number}.db")
        with Store.open(path) as store:
            try:
                backups.write(store, copy)
            except StoreUnavailable:
                continue  # one backup at a time
            copy.unlink()
            _note(store, f"backup-{name}-{number}", say)


def _imports(path: Path, name: str, say: Say) -> None:
    """Import as the process of an upload does: the project kept open, and a heartbeat."""
    file = path.with_name(f"{name}.txt")
    with Store.open(path) as store, heartbeat(path, lambda beating: rounds.beat(beating, 1), every_s=0.02):
        for number in itertools.count():
            file.write_text("".join(f"The ship sank w{number}x{line}\n" for line in range(40)))
            try:
                import_file(store, file, ImportSettings(hold_out=0), actor=OWNER)
            except StoreUnavailable:
                continue  # one import at a time
            _note(store, f"import-{name}-{number}", say)


def _doctor(path: Path, name: str, say: Say) -> None:
    for number in itertools.count():
        with Store.inspect(path) as store:
            faults = [finding for finding in examine(store) if finding.level == "error"]
        hold(not faults, f"the doctor says {faults}")
        with Store.open(path) as store:
            _note(store, f"doctor-{name}-{number}", say)


def _note(store: Store, key: str, say: Say) -> None:
    with store.writing():
        audit.record(store, OWNER, key, {})
    say(key)


PARTS: dict[str, Part] = {
    "pages": _pages,
    "served pages": _served_pages,
    "round": _round,
    "backups": _backups,
    "imports": _imports,
    "doctor": _doctor,
}

"""No room, no permission, no turn: the disk is full, the file read-only, locked, or its log pinned."""

import ctypes
import os
import random
import resource
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from annotator.answering.queue import lease_ahead, submit
from annotator.care import doctor, file_checks
from annotator.care.backups import backup_project
from annotator.errors import CannotExport
from annotator.exporting.answers import export_project
from annotator.project.people import sign_in
from db import store as db_store
from db.errors import StoreError, StoreUnavailable
from db.opening import connection as db_connection
from db.records import OWNER, Person
from db.store import Store
from db.team import audit
from fault_cases.catalogue import Broken, Happened, NotHere, Trial, fault, hold
from fault_cases.children import finish, folder_of, run, says_so_plainly, whylight
from fault_cases.projects import answer_next, answer_to, as_stranger, hold_whole, make_project, stored_keys

_NEW_MOUNTS, _PRIVATE = 0x00020000, 0x4000 | 0x40000  # CLONE_NEWNS; MS_REC | MS_PRIVATE
_MOST_ANSWERS = 2000
_ROOM = 6_000_000


@fault(
    6,
    done="the disk is full (a tmpfs of 6 MB), or the file may not grow (RLIMIT_FSIZE)",
    expected="the answer is refused in a sentence, nothing is lost, reads work, old files stay; "
    "saving works again once there is room",
)
def disk_full(trial: Trial) -> Happened:
    """Reach a limit on file size; as root, also fill a tmpfs that is mounted for one child alone."""
    code, _, errors = run(answer_until_full, _made(trial.folder / "limited"), "limit")
    hold(code == 0, errors[-600:])
    if os.geteuid() != 0:
        return Happened(1, "held with a limit on the size of files; a small disk requires root")
    code, _, errors = run(answer_until_full, _made(trial.folder / "mounted"), "mount")
    hold(code == 0, errors[-600:])
    words = "refused, nothing lost, files whole, and answers saved again, on a small disk and under a limit"
    return Happened(2, words)


@fault(
    7,
    done="the project's file is read-only, or its whole folder",
    expected="serving and writing are refused with a hint in one sentence, no traceback, no loop, no byte changed",
)
def read_only(trial: Trial) -> Happened:
    """Run the commands in child processes in which even root obeys permissions."""
    refused = 0
    for place, (of_file, of_folder) in {"file": (0o400, 0o700), "folder": (0o400, 0o500)}.items():
        home = _made(trial.folder / place)
        make_project(home / "p.db", 5).close()
        for file in home.iterdir():
            file.chmod(of_file if file.name == "p.db" else file.stat().st_mode)
        home.chmod(of_folder)
        if not _permissions_bite(home / "p.db"):
            raise NotHere("permissions of files are not obeyed on this machine")
        before = folder_of(home)
        for command in (("serve", home / "p.db", "--port", 1), ("person", "add", home / "p.db", "Anna")):
            code, output, errors = finish(whylight(*command, mortal=True))
            text = output + errors
            hold(code == 1 and says_so_plainly(code, output, errors), f"{command[0]}, read-only {place}: {text}")
            hold(any(word in text for word in ("permissions", "is writable", "check the folder")), f"no hint: {text}")
            refused += 1
        home.chmod(0o700)
        hold(folder_of(home) == before, "a refusal changed the folder")
    return Happened(refused, f"{refused} refusals in a sentence with a hint")


@fault(
    8,
    done="another program keeps the database locked: for 10 s, and for longer than we wait (15 s)",
    expected="reads work; the first answer waits and is stored, the second is refused and nothing of it is stored",
)
def database_locked(trial: Trial) -> Happened:
    """Lock the database; the short form scales down the wait, which is a setting of the connection."""
    path = trial.folder / "p.db"
    make_project(path, 20).close()
    lock_s, patience_s = (10.0, 15.0) if trial.patient else (0.5, 0.3)
    with _locked(path) as lock, Store.open(path) as store:
        anna = sign_in(store, "Anna")
        lock.take()
        threading.Timer(lock_s, lock.free).start()
        hold(stored_keys(store) == set(), "reading did not work")
        hold(answer_next(store, anna, "waited-for").state == "saved", "the answer was not saved after the wait")
    with (
        patch.object(db_connection, "BUSY_TIMEOUT_S", patience_s),
        _locked(path) as lock,
        Store.open(path) as store,
    ):
        lock.take()
        refusal = _refusal(lambda: answer_next(store, anna, "too-long"))
        hold("is locked by another program" in refusal, f"the refusal says {refusal!r}")
        hold(stored_keys(store) == {"waited-for"}, "a refused answer was stored, or reading did not work")
        lock.free()
        hold(answer_next(store, anna, "too-long").state == "saved", "the answer, sent again, was not saved")
        hold_whole(store)
    return Happened(2, f"locked for {lock_s:g} s: saved; for more than {patience_s:g} s: refused, then saved")


@fault(
    14,
    done="a long read pins the log while people write",
    expected="the log grows, the doctor warns (above 256 MB), and it shrinks after the read",
)
def long_read(trial: Trial) -> Happened:
    """Pin the log; the short form scales both thresholds down by 100."""
    scale = 1 if trial.patient else 100
    path = trial.folder / "p.db"
    store, log = make_project(path, 5), path.with_name("p.db-wal")
    with (
        patch.object(db_store, "CHECKPOINT_BYTES", db_store.CHECKPOINT_BYTES // scale),
        patch.object(file_checks, "LARGE_LOG_BYTES", file_checks.LARGE_LOG_BYTES // scale),
    ):
        reader = as_stranger(path)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM people").fetchone()
        while log.stat().st_size <= file_checks.LARGE_LOG_BYTES:
            audit.record(store, OWNER, "x" * (8_000_000 // scale), {})
        largest = log.stat().st_size
        with Store.inspect(path) as inspected:
            advice = [finding.todo for finding in doctor.examine(inspected) if finding.about == "disk"]
        hold("long read" in advice[0], f"the doctor says {advice}")
        reader.rollback()
        reader.close()
        for _ in range(4):  # it is emptied whenever it has grown by 16 MB
            audit.record(store, OWNER, "x" * (8_000_000 // scale), {})
        hold(log.stat().st_size < largest // 2, "the log did not shrink")
    store.close()
    return Happened(
        1, f"the log grew to {largest / 1e6:.0f} MB, the doctor warned, and it was emptied", {"log": largest}
    )


def answer_until_full(folder: str, how: str) -> None:
    """Answer until there is no room, check what is stored, make room, and keep answering."""
    home = Path(folder)
    make_room = _small_disk(home) if how == "mount" else _limited_files
    store = make_project(home / "p.db", _MOST_ANSWERS)
    export_project(store, home / "e.jsonl", actor=OWNER)
    anna = sign_in(store, "Anna")
    kept = [f"roomy-{number:05}" for number in range(5) if answer_next(store, anna, f"roomy-{number:05}")]
    make_room(0)
    refusal = _refusal(lambda: kept.append(_answered(store, anna, f"tight-{len(kept):05}")))
    hold("disk" in refusal, f"the refusal says {refusal!r}")
    hold(stored_keys(store) == set(kept), "what is stored is not what was acknowledged")
    if how == "mount":
        hold("disk is full" in refusal, f"the refusal says {refusal!r}")
        _hold_files_stay(store, home)
        _hold_stored_although_the_log_stays(store, anna, kept, make_room)
    make_room(_ROOM)
    kept.append(_answered(store, anna, "roomy-again"))
    hold(stored_keys(store) == set(kept), "answers are missing")
    hold_whole(store)


def is_writable(path: str) -> None:
    """Print whether this process may write to a file."""
    print(os.access(path, os.W_OK))


def _answered(store: Store, person: Person, key: str) -> str:
    hold(answer_next(store, person, key).state == "saved", "neither saved nor refused")
    return key


def _hold_files_stay(store: Store, home: Path) -> None:
    from learner.config import TrainingConfig
    from learner.data.example import Example
    from learner.training.checkpoint import save_checkpoint
    from learner.training.run import train

    before = folder_of(home)
    examples = [Example(("a", "b"), 0, None), Example(("a", "c"), 1, ".+")] * 4
    trained = train(examples, [], labels=("x", "y"), config=TrainingConfig(dimension=50, max_steps=2), device="cpu")
    for write, error in (
        (lambda: export_project(store, home / "e.jsonl", actor=OWNER), CannotExport),
        (lambda: backup_project(store, home / "b.db", actor=OWNER), StoreError),
        (lambda: save_checkpoint(trained, home / "checkpoint", {}), OSError),
    ):
        try:
            write()
        except error:
            continue
        raise Broken(f"{error.__name__} was expected on a full disk")
    after = folder_of(home)
    hold(after == before, f"a full disk changed the files {sorted(after.keys() ^ before.keys())}")
    hold(not [entry for entry in home.iterdir() if entry.is_dir()], "half a checkpoint was left")


def _hold_stored_although_the_log_stays(
    store: Store, person: Person, kept: list[str], make_room: Callable[[int], None]
) -> None:
    """Check an answer that fits into the log while the log does not fit into the file."""
    make_room(1_500_000)
    audit.record(store, OWNER, "x" * 1_000_000, {})
    (assignment,) = lease_ahead(store, person, count=1, rng=random.Random(0))
    make_room(300_000)
    with patch.object(db_store, "CHECKPOINT_BYTES", 1):
        receipt = submit(store, person, answer_to(assignment.sentence.id, person, "stored-in-the-log"))
    hold(receipt.state == "saved", "an answer that was stored looked refused")
    kept.append(receipt.key)


def _small_disk(home: Path) -> Callable[[int], None]:
    libc = ctypes.CDLL(None, use_errno=True)
    hold(libc.unshare(_NEW_MOUNTS) == 0, "no mounts for this process alone")
    hold(libc.mount(b"none", b"/", None, _PRIVATE, None) == 0, "no private mounts")
    hold(libc.mount(b"tmpfs", os.fsencode(home), b"tmpfs", 0, f"size={_ROOM}".encode()) == 0, "no small disk")
    filler = home.joinpath("room.lock").open("wb", buffering=0)

    def make_room(free: int) -> None:
        filler.seek(0, os.SEEK_END)
        try:
            while True:
                filler.write(bytes(4096))
        except OSError:
            filler.truncate(max(0, filler.tell() - free))

    return make_room


def _limited_files(free: int) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Just above the size of the log, which is the largest file.
    limit = max(file.stat().st_size for file in Path(sys.argv[1]).iterdir()) + free + 1000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))


class _locked:
    """A lock that another program holds on the database, from `take` to `free`."""

    def __init__(self, path: Path) -> None:
        self._stranger = as_stranger(path)

    def __enter__(self) -> "_locked":
        return self

    def __exit__(self, *error: object) -> None:
        self._stranger.close()

    def take(self) -> None:
        self._stranger.execute("BEGIN IMMEDIATE")

    def free(self) -> None:
        self._stranger.execute("ROLLBACK")


def _refusal(write: Callable[[], object]) -> str:
    """Do something again and again until it is refused, and return the error's message."""
    for _ in range(_MOST_ANSWERS):
        try:
            write()
        except StoreUnavailable as error:
            return str(error)
    raise Broken("nothing was ever refused")


def _permissions_bite(path: Path) -> bool:
    return run(is_writable, path, mortal=True)[1].strip() == "False"


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder

"""Two servers of one project, two people for one slot, and clocks that jump."""

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from annotator.answering.leases import held_sentences
from annotator.answering.queue import lease_ahead, submit
from annotator.project.folders import project_folder
from annotator.project.people import sign_in
from db.answers import annotations
from db.opening.locks import lock_for_life, lock_path
from db.records import OWNER
from db.store import Store
from fault_cases.catalogue import Happened, Trial, fault, hold
from fault_cases.children import finish, run, whylight
from fault_cases.projects import answer_to, hold_whole, make_project, stored_keys

DAY_MS = 24 * 60 * 60 * 1000
START_S = 60


@fault(
    12,
    done="a second server is started on the same file, then the first one is killed (-9)",
    expected="the second refuses in a sentence; after the kill the project can be served again",
)
def two_servers(trial: Trial) -> Happened:
    """Start real servers: the lock has to survive when the command becomes Streamlit."""
    path = trial.folder / "p.db"
    make_project(path, 5).close()
    with _served(path) as first:
        code, output, errors = finish(whylight("serve", path, "--port", _free_port()))
        hold(code == 1 and "is already being served" in errors, f"the second server printed {output + errors!r}")
        hold(first.poll() is None, "the first server did not survive")
    # The server's locks end with it; its child processes hold none of them.
    code, _, errors = run(lock_as_server, path)
    hold(code == 0, f"after the kill: {errors[-300:]}")
    return Happened(1, "the second was refused, and after the kill the lock was free")


@fault(
    26,
    done="a served project is served again: by a symbolic link, by a hard link, after its lock file was deleted; "
    "and another project with the same stem is next to it",
    expected="each second server refuses in a sentence; the two projects share no folder",
)
def one_project_many_names(trial: Trial) -> Happened:
    """Try each name: each would have its own log, locks and folders, and answers would be lost between them."""
    path = trial.folder / "study.db"
    make_project(path, 5).close()
    make_project(trial.folder / "study.sqlite", 5).close()
    with _served(path) as server:
        symbolic, hard = trial.folder / "symbolic.db", trial.folder / "hard.db"
        symbolic.symlink_to(path)
        _hold_refused(symbolic, "is already being served")
        os.link(path, hard)
        for name in (path, hard):
            _hold_refused(name, "hard links")
        hard.unlink()
        if sys.platform == "linux":
            lock_path(path, "server").unlink()
            _hold_refused(path, "is already being served")
        hold(server.poll() is None, "the server did not survive")
    folders = {project_folder(trial.folder / name, "backups") for name in ("study.db", "study.sqlite", "symbolic.db")}
    hold(len(folders) == 2, f"three names of two projects have the folders {folders}")
    with Store.open(path) as store:
        hold_whole(store)
    return Happened(4, "refused each time, and the server survived")


def _hold_refused(path: Path, why: str) -> None:
    code, output, errors = finish(whylight("serve", path, "--port", _free_port()))
    hold(code == 1 and why in errors, f"serving {path.name} printed {output + errors!r}")


@fault(
    13,
    done="the clock jumps a day forward, and a day back, while people hold leases",
    expected="leases are offered early or late, and that is all: nothing lost, order by id, no negative times",
)
def clock_jumps(trial: Trial) -> Happened:
    """Set the store's one clock, for all people at once."""
    jumps = ((0, DAY_MS), (0, -DAY_MS), (DAY_MS, 0), (-DAY_MS, 0))
    for number, (before_ms, after_ms) in enumerate(jumps):
        store = make_project(trial.folder / f"{number}.db", 6)
        anna, ben = sign_in(store, "Anna"), sign_in(store, "Ben")
        with _clock(before_ms):
            (held,) = lease_ahead(store, anna, count=1, rng=random.Random(0))
        with _clock(after_ms):
            hold(
                all(lease.silent_s >= 0 for lease in held_sentences(store, actor=OWNER)),
                "a person's last sign of life is in the future",
            )
            offered = [lease.sentence.id for lease in lease_ahead(store, ben, count=6, rng=random.Random(0))]
            is_offered = held.sentence.id in offered
            hold(is_offered == (after_ms > before_ms), "the lease was not offered as its time says")
            states = [
                submit(store, person, answer_to(held.sentence.id, person, f"{person.name}-after-the-jump")).state
                for person in (anna, ben)
            ]
            # Where the lease was not offered, Ben answers a sentence that he was never given.
            expected = ["surplus", "saved"] if is_offered else ["saved", "rejected"]
            hold(states == expected, f"the answers were {states}")
        in_order = [key for (key,) in store.db.execute("SELECT submission_key FROM annotations ORDER BY id")]
        came = ["Anna-after-the-jump", "Ben-after-the-jump"][: 2 if is_offered else 1]
        hold(in_order == came, "the answers are not in the order they came in")
        hold_whole(store)
        store.close()
    return Happened(len(jumps), "every answer to a sentence that was given is stored, in the order in which they came")


@fault(
    15,
    done="two people who were given the last free slot send an answer, one of them twice; so does one who never was",
    expected="the late one is surplus and does not count; the one sent twice is one row; the third is refused",
)
def last_slot_twice(trial: Trial) -> Happened:
    """Play one order of events; tests/annotator/answering/test_queue_states.py plays the many others."""
    store = make_project(trial.folder / "p.db", 1)
    anna, ben, mal = (sign_in(store, name) for name in ("Anna", "Ben", "Mal"))
    with _clock(-DAY_MS):
        (held,) = lease_ahead(store, ben, count=1, rng=random.Random(0))
    (taken,) = lease_ahead(store, anna, count=1, rng=random.Random(0))
    hold(taken.sentence.id == held.sentence.id, "a lease that had expired was not offered to others")
    hold(lease_ahead(store, ben, count=1, rng=random.Random(0)) == [], "one slot was given to two people")
    again = lease_ahead(store, anna, count=1, rng=random.Random(0))
    hold([lease.sentence.id for lease in again] == [held.sentence.id], "a second page was not given the same sentence")
    states = [
        submit(store, person, answer_to(held.sentence.id, person, key)).state
        for person, key in ((anna, "anna-once"), (anna, "anna-once"), (ben, "ben-later"), (mal, "mal-never"))
    ]
    hold(states == ["saved", "saved", "surplus", "rejected"], f"the receipts are {states}")
    hold(annotations.count_by_person(store) == {"Anna": {"answer": 1}}, "the late answer counts")
    hold(stored_keys(store) == {"anna-once", "ben-later"}, "the rows are not one for each answer")
    hold_whole(store)
    return Happened(1, "one slot, one row for each answer, the late one kept as surplus, the forged one refused")


def lock_as_server(path: str) -> None:
    """Take the lock that a server holds for its life."""
    lock_for_life(Path(path), purpose="server")


@contextmanager
def _served(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Serve a project until the block ends, then kill the server."""
    port = _free_port()
    server = whylight("serve", path, "--port", port)
    try:
        give_up = time.monotonic() + START_S
        while not _answers(port):
            hold(server.poll() is None and time.monotonic() < give_up, "the server did not start")
            time.sleep(0.1)
        yield server
    finally:
        server.kill()
        finish(server)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _clock(jump_ms: int):  # type: ignore[no-untyped-def]
    """Make every clock of this process wrong by this much."""
    right = time.time_ns
    return patch("time.time_ns", lambda: right() + jump_ms * 1_000_000)

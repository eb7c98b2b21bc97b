"""Processes killed at the worst moment: the server, a writer, an import."""

import itertools
import os
import random
import signal
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

from annotator.answering.queue import lease_ahead, submit
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.people import sign_in
from db import store as db_store
from db.corpus import sentences
from db.errors import StoreUnavailable
from db.opening.locks import WAIT_S
from db.opening.open_logs import keep_open
from db.records import OWNER, Person
from db.store import Store
from fault_cases.catalogue import Happened, Trial, fault, hold
from fault_cases.children import die, finish, run, start
from fault_cases.projects import answer_next, answer_to, hold_whole, make_project, stored_keys

THREADS = 8
MOST_ANSWERS_PER_KILL = 60


@fault(
    1,
    done="a server with 8 submitting threads is killed (-9) at a random moment",
    expected="every acknowledged answer is stored, nothing is half done, a retry is answered as before, leases resume",
)
def server_killed(trial: Trial) -> Happened:
    """Kill, check and retry, again and again on one project."""
    store = make_project(trial.folder / "killed.db", 200 + trial.kills * (MOST_ANSWERS_PER_KILL + 2 * THREADS))
    acknowledged: set[str] = set()
    for attempt in range(trial.kills):
        new = _kill_while_submitting(store.path, attempt, trial.rng)
        acknowledged |= new
        with Store.open(store.path) as reopened:
            _hold_retry(reopened, sorted(new)[-1])
            _hold_lease_resumes(reopened)
            lost = acknowledged - stored_keys(reopened)
            hold(not lost, f"kill {attempt} lost {len(lost)} acknowledged answers")
            hold_whole(reopened)
    stored = len(stored_keys(store))
    figures = {"acknowledged": len(acknowledged), "lost": 0, "stored_unacknowledged": stored - len(acknowledged)}
    return Happened(trial.kills, f"{len(acknowledged)} answers acknowledged, 0 lost, {stored} stored", figures)


@fault(
    2,
    done="a process is killed (-9) while it holds both write locks, its transaction open",
    expected="the next writer continues, and nothing of the transaction is stored",
)
def lock_holder_killed(trial: Trial) -> Happened:
    """Check that the kernel frees the locks of a dead process."""
    store = make_project(trial.folder / "held.db")
    anna = sign_in(store, "Anna")
    holder = start(hold_the_lock, store.path)
    hold(_line(holder) == "holding", "the child did not get the lock")
    receipts: list[str] = []
    waiting = threading.Thread(target=lambda: receipts.append(answer_next(store, anna, "after-the-kill").state))
    waiting.start()
    holder.kill()
    finish(holder)
    waiting.join(timeout=10)
    hold(receipts == ["saved"], "no one could write after the kill")
    (ghosts,) = store.db.execute("SELECT count(*) FROM people WHERE name = 'ghost'").fetchone()
    hold(ghosts == 0, "the killed transaction is stored")
    hold_whole(store)
    return Happened(1, "the waiting answer was saved")


@fault(
    25,
    done="a process is stopped (SIGSTOP) while it holds both write locks, and eight people send answers",
    expected="reads work; each answer is refused within 30 s, naming the process; once it resumes, all are stored",
)
def lock_holder_stopped(trial: Trial) -> Happened:
    """Stop the holder; the short form scales down the time that a writer waits, which is one number."""
    store = make_project(trial.folder / "held.db")
    patience_s = WAIT_S if trial.patient else 0.5
    people = [sign_in(store, f"person {number}") for number in range(THREADS)]
    holder = start(hold_the_lock, store.path)
    hold(_line(holder) == "holding", "the child did not get the lock")
    holder.send_signal(signal.SIGSTOP)
    with patch.object(db_store, "WAIT_S", patience_s):
        refusals = [answer.result() for answer in _answers_at_once(store.path, people)]
    for waited_s, error in refusals:
        hold(waited_s < patience_s + 5, f"a person waited for {waited_s:.1f} s")
        hold(f"kill -CONT {holder.pid}" in error, f"the refusal says {error!r}")
    hold(stored_keys(store) == set(), "reading did not work, or a refused answer was stored")
    holder.send_signal(signal.SIGCONT)
    finish(holder)
    hold(all(answer.result()[1] == "saved" for answer in _answers_at_once(store.path, people)), "not all were stored")
    hold_whole(store)
    longest = max(waited_s for waited_s, _ in refusals)
    return Happened(
        THREADS, f"refused after {longest:.1f} s at most, then stored", {"waited_ms": round(1000 * longest)}
    )


def _answers_at_once(path: Path, people: list[Person]) -> list[Future[tuple[float, str]]]:
    """Let all of them answer on separate pages, and return the seconds and the outcome for each."""

    def answer(person: Person) -> tuple[float, str]:
        began = time.monotonic()
        try:
            with Store.open(path) as page:
                outcome = answer_next(page, person, f"answer-of-{person.id}").state
        except StoreUnavailable as refusal:
            outcome = str(refusal)
        return time.monotonic() - began, outcome

    with ThreadPoolExecutor(len(people)) as pages:
        return [pages.submit(answer, person) for person in people]


@fault(
    3,
    done="an import is killed (-9) at about half of its file",
    expected="all of its sentences are in the project, or none; the import, run again, adds all",
)
def import_killed(trial: Trial) -> Happened:
    """Kill at several points of the second reading, as reported by the import's own progress."""
    file = trial.folder / "many.txt"
    file.write_text("".join(f"Sentence number {number} of many .\n" for number in range(3000)))
    places = (30, 50, 70, 90)
    for place in places:
        store = make_project(trial.folder / f"import-{place}.db", 10)
        code, _, errors = run(import_until, store.path, file, place)
        hold(code == -9, f"the import was not killed: {errors}")
        seen = sentences.count(store)
        hold(seen in (10, 3010), f"{seen - 10} of 3000 sentences are visible after the kill at {place} %")
        import_file(store, file, ImportSettings(hold_out=0), actor=OWNER)
        hold(sentences.count(store) == 3010, "the second import did not bring all")
        hold_whole(store)
        store.close()
    return Happened(len(places), "nothing was visible, and the second import brought all 3000 sentences")


@fault(
    19,
    done="a process is killed (-9) while it makes a project",
    expected="there is no project, and making it again works",
)
def killed_while_being_made(trial: Trial) -> Happened:
    """Check that the file appears whole or not at all."""
    path = trial.folder / "new.db"
    code, _, errors = run(make_and_die, path)
    hold(code == -9, f"the child was not killed: {errors}")
    hold(not path.exists(), "half a project exists")
    make_project(path, 1).close()
    return Happened(1, "no file of that name; the next attempt made it")


def submit_for_ever(path: str, attempt: str) -> None:
    """Let eight people answer until nothing is left; print each acknowledged key on its own line.

    The project is opened and closed for each answer, as each run of a page does, and kept open once, as a server does.
    """
    keep_open(Path(path))

    def work(number: int) -> None:
        rng = random.Random(number)
        for turn in range(10_000):
            with Store.open(Path(path)) as store:
                person = sign_in(store, f"person {number}")
                for assignment in lease_ahead(store, person, count=1, rng=rng):
                    key = f"{attempt}-{number}-{turn}-submitted-{assignment.sentence.id}"
                    if submit(store, person, answer_to(assignment.sentence.id, person, key)).state == "saved":
                        os.write(1, f"{key}\n".encode())

    for number in range(THREADS):
        threading.Thread(target=work, args=[number]).start()


def hold_the_lock(path: str) -> None:
    """Begin a transaction and wait in it."""
    with Store.open(Path(path)).writing() as db:
        db.execute("INSERT INTO people (name, role, active, created_ms) VALUES ('ghost', 'annotator', 1, 0)")
        print("holding", flush=True)
        sys.stdin.read()


def import_until(path: str, file: str, place: str) -> None:
    """Import, and die once this many percent of the file are read for the second time or later."""
    seen = []

    def progress(done: int, total: int) -> None:
        seen.append(done)
        rewound = any(later < earlier for earlier, later in itertools.pairwise(seen))
        if (rewound or total != Path(file).stat().st_size) and 100 * done >= int(place) * total:
            die()

    import_file(Store.open(Path(path)), Path(file), ImportSettings(hold_out=0), actor=OWNER, progress=progress)


def make_and_die(path: str) -> None:
    """Die where the schema would be written."""
    from db import store

    store.migrate = die
    make_project(Path(path), 1)


def _kill_while_submitting(path: Path, attempt: int, rng: random.Random) -> set[str]:
    """Start the server, kill it after a random number of answers and a random delay, and return what came."""
    server = start(submit_for_ever, path, attempt)
    assert server.stdout is not None
    acknowledged = [server.stdout.readline().strip() for _ in range(rng.randint(1, MOST_ANSWERS_PER_KILL))]
    threading.Event().wait(rng.random() * 0.02)  # so that the kill falls anywhere within a transaction
    server.kill()
    output, errors = server.communicate()
    hold(all(acknowledged), f"the server did not answer: {errors}")
    # A line without its end was being written when the kill came: no one has read it.
    return {*acknowledged, *(line.strip() for line in output.splitlines(keepends=True) if line.endswith("\n"))}


def _hold_retry(store: Store, key: str) -> None:
    _, number, _, _, sentence = key.split("-")
    person = sign_in(store, f"person {number}")
    before = len(stored_keys(store))
    receipt = submit(store, person, answer_to(int(sentence), person, key))
    hold(receipt.state == "saved", f"a retry was answered {receipt.state!r}")
    hold(len(stored_keys(store)) == before, "a retry was stored a second time")


def _hold_lease_resumes(store: Store) -> None:
    held = store.db.execute(
        "SELECT person_id, sentence_id FROM slots WHERE annotation_id IS NULL AND person_id IS NOT NULL"
    ).fetchall()
    for person_id, sentence_id in held:
        (name,) = store.db.execute("SELECT name FROM people WHERE id = ?", [person_id]).fetchone()
        ahead = lease_ahead(store, sign_in(store, name), count=1, rng=random.Random(0))
        hold(sentence_id in [each.sentence.id for each in ahead], f"{name} was not given their sentence again")


def _line(process: object) -> str:
    return process.stdout.readline().strip()  # type: ignore[attr-defined]

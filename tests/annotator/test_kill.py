"""Killed at any moment, the server has lost nothing that it acknowledged."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from db.records import Label
from db.store import Store

KILLS = 10

SUBMITTING = """
import os, sys, threading
from annotator.people import sign_in
from annotator.queue import lease_ahead, submit
from db.records import NewAnnotation
from db.store import Store
import random

store = Store.open(sys.argv[1])
attempt = sys.argv[2]

def work(number):
    person = sign_in(store, f"person {number}")
    rng = random.Random(number)
    for turn in range(10_000):
        for assignment in lease_ahead(store, person, count=1, rng=rng):
            key = f"{attempt}-{number}-{turn}-submitted"
            marks = "+" + "." * (len(assignment.sentence.tokens) - 1)
            answer = NewAnnotation(assignment.sentence.id, person.id, "answer", key, label=1, marks=marks)
            if submit(store, person, answer).state == "saved":
                os.write(1, f"{key}\\n".encode())

for number in range(8):
    threading.Thread(target=work, args=[number]).start()
"""


def _kill_while_submitting(path: Path, attempt: int, after: int) -> list[str]:
    """Start eight submitting threads, kill -9 after so many acknowledgements, and give all that came."""
    process = subprocess.Popen(
        [sys.executable, "-c", SUBMITTING, str(path), str(attempt)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().strip() for _ in range(after)]
    os.kill(process.pid, signal.SIGKILL)
    acknowledged += [line.strip() for line in process.stdout if line.endswith("\n")]
    process.stdout.close()
    process.wait()
    return acknowledged


def test_no_acknowledged_answer_is_lost_to_kill_9(empty_store: Store, add_sentences) -> None:
    add_sentences(3000)
    rng, acknowledged = random.Random(0), []
    for attempt in range(KILLS):
        acknowledged += _kill_while_submitting(empty_store.path, attempt, after=rng.randint(1, 60))
    db = empty_store.db
    stored = {key for (key,) in db.execute("SELECT submission_key FROM annotations")}
    assert len(acknowledged) >= KILLS
    assert set(acknowledged) <= stored
    answered = db.execute("SELECT count(*) FROM slots WHERE annotation_id IS NOT NULL").fetchone()[0]
    assert answered == len(stored), "an answer and its slot are one transaction"
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    print(f"{KILLS} kills: {len(acknowledged)} answers acknowledged, {len(stored)} stored, 0 lost")


def test_a_project_killed_while_being_made_is_not_there(tmp_path: Path) -> None:
    script = """
import os, sys, signal
from db import store
store.migrate = lambda db: os.kill(os.getpid(), signal.SIGKILL)
from db.records import Label
store.Store.create(__import__("pathlib").Path(sys.argv[1]), labels=[Label(0, "a"), Label(1, "b")])
"""
    path = tmp_path / "a.db"
    killed = subprocess.run([sys.executable, "-c", script, str(path)])
    assert killed.returncode == -signal.SIGKILL
    assert not path.exists()
    Store.create(path, labels=[Label(0, "a"), Label(1, "b")]).close()

"""Rounds whose process is stopped, given up, or cancelled at the worst moment."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fault_cases.projects import make_teachable

from annotator import jobs
from annotator.care.doctor import examine
from annotator.care.round_copies import keep_serving_round
from annotator.errors import NotPrivate
from annotator.processes import is_alive, is_stopped, process_start
from annotator.project.permissions import OWNER
from annotator.rounds.files import round_folder, rounds_folder
from annotator.rounds.learning import landing, process
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.live import watch
from annotator.rounds.overview import all_rounds
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import cancel_round, queue_round, start_round
from annotator.rounds.watch import lives
from db.answers import annotations
from db.care import backups
from db.errors import UnknownRound
from db.learning import predictions, rounds
from db.learning.round_records import Round
from db.queue import slots
from db.store import Store, now_ms
from db.team import audit, project

pytestmark = pytest.mark.slow

QUICK = RoundSettings(steps=3, vectors="random", queue_size=5)
ENDLESS = replace(QUICK, steps=100_000)
PATIENCE_S = 120


@pytest.fixture(scope="module")
def teachable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("teachable") / "p.db"
    with make_teachable(path) as store:
        backups.write(store, path.with_name("whole.db"))
    return path.with_name("whole.db")


@pytest.fixture
def store(teachable: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(teachable, tmp_path / "events.db")
    with Store.open(tmp_path / "events.db") as store:
        yield store


@pytest.fixture
def training(store: Store) -> Iterator[Round]:
    """A round whose process trains until it is asked to stop."""
    started = start_round(store, actor=OWNER, settings=ENDLESS)
    wait_for(lambda: rounds.progress(store, started.id))
    yield rounds.read(store, started.id)
    if is_alive(started.pid or 0, started.process):
        os.kill(started.pid or 0, signal.SIGKILL)


def wait_for(claim: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not claim():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def stop(training: Round) -> None:
    os.kill(training.pid or 0, signal.SIGSTOP)
    wait_for(lambda: is_stopped(training.pid or 0))


def test_a_stopped_trainer_is_not_called_dead_and_continues(
    store: Store, training: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop(training)
    monkeypatch.setattr(jobs, "SILENCE_MS", -1)  # as if a minute had passed
    assert all_rounds(store, actor=OWNER)[0].state == "training"
    assert "CPU" in watch(training, [], now_ms=now_ms()).facts or training.device == "cuda"
    assert start_round(store, actor=OWNER, settings=QUICK).is_waiting
    with store.writing() as db:
        db.execute("UPDATE rounds SET heartbeat_ms = heartbeat_ms - 300000")
    (found,) = [each for each in examine(store) if each.about == "round at work"]
    assert f"its process {training.pid} is alive, silent for 5 min" in found.found
    seen = len(rounds.progress(store, training.id))
    os.kill(training.pid or 0, signal.SIGCONT)
    wait_for(lambda: len(rounds.progress(store, training.id)) > seen)
    assert [each.state for each in all_rounds(store, actor=OWNER)] == ["queued", "training"]


def test_cancelling_a_stopped_trainer_ends_it(store: Store, training: Round) -> None:
    stop(training)
    cancel_round(store, training.id, actor=OWNER)
    assert rounds.read(store, training.id).state == "cancelled"
    assert not is_alive(training.pid or 0, training.process)
    assert queue_round(store, actor=OWNER, settings=QUICK).state == "queued"


def test_a_trainer_that_was_cancelled_in_vain_is_ended_once_it_is_silent(
    store: Store, training: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop(training)
    rounds.request_cancel(store, training.id)  # as if the process had been stopped just after the request
    monkeypatch.setattr(jobs, "SILENCE_MS", -1)
    assert all_rounds(store, actor=OWNER)[0].state == "cancelled"
    assert not is_alive(training.pid or 0, training.process)


def test_a_trainer_that_was_given_up_writes_nothing_more_and_ends(store: Store, training: Round) -> None:
    stop(training)
    rounds.advance(store, training.id, "failed", error="Given up.")
    before = rounds.read(store, training.id), rounds.progress(store, training.id)
    os.kill(training.pid or 0, signal.SIGCONT)
    wait_for(lambda: not is_alive(training.pid or 0, training.process))
    assert (rounds.read(store, training.id), rounds.progress(store, training.id)) == before
    folder = round_folder(store, training.id)
    assert [each.name for each in folder.iterdir()] == ["log.txt"]
    assert "was cancelled or given up" in (folder / "log.txt").read_text()
    assert "Traceback" not in (folder / "log.txt").read_text()


def test_a_copy_of_the_project_has_no_part_in_the_process(store: Store, training: Round) -> None:
    copy = store.path.with_name("copy.db")
    backups.write(store, copy)
    assert lives(store, rounds.read(store, training.id))
    with Store.open(copy) as other:
        assert not lives(other, rounds.read(other, training.id))
        cancel_round(other, training.id, actor=OWNER)
    assert is_alive(training.pid or 0, training.process)


STEPS = (
    (process, "sync"),
    (landing.claims, "leased_sentences"),
    (predictions, "add"),
    (slots, "refill"),
    (project, "serve_round"),
    (rounds, "advance"),
    (audit, "record"),
)


@pytest.mark.parametrize(("owner", "name"), STEPS, ids=[name for _, name in STEPS])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_round_cancelled_at_any_step_of_its_landing_is_cancelled_or_ready_and_never_half(
    store: Store, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, after: bool
) -> None:
    queued = queue_round(store, actor=OWNER, settings=QUICK)
    before = slots.upcoming(store, 10)
    real, asked, said = getattr(owner, name), threading.Event(), []

    def cancel() -> None:
        try:
            with Store.open(store.path) as other:  # as a page does, in its own thread
                cancel_round(other, queued.id, actor=OWNER)
            said.append("cancelled")
        except UnknownRound as ended:
            said.append(str(ended))

    canceller = threading.Thread(target=cancel)

    def step(*arguments: Any, **names: Any) -> Any:
        landing = store.db.conn.in_transaction or name == "sync"
        first = landing and not asked.is_set() and rounds.read(store, queued.id).state in ("scoring", "ready")
        done = real(*arguments, **names) if after else None
        if first:
            asked.set()
            canceller.start()
            canceller.join(timeout=0.3)  # it succeeds at once, or waits for the landing to end
        return done if after else real(*arguments, **names)

    monkeypatch.setattr(owner, name, step)
    work_on_round(store, queued.id)
    canceller.join()
    ended = rounds.read(store, queued.id)
    assert ended.state == ("cancelled" if said == ["cancelled"] else "ready")
    served = ended.state == "ready"
    assert said == (["cancelled"] if name == "sync" else [f"Round {queued.id} has ended and can no longer be changed."])
    assert project.read(store).serving_round == (queued.id if served else None)
    assert bool(predictions.find(store, queued.id, range(1, 200))) == served
    assert (slots.upcoming(store, 10) != before) == served
    assert annotations.last_id(store) == ended.last_annotation


def test_the_rounds_folder_may_not_be_a_link(store: Store, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = rounds_folder(store.path)
    folder.symlink_to(elsewhere)
    with pytest.raises(NotPrivate, match="is a link to elsewhere"):
        start_round(store, actor=OWNER, settings=QUICK)
    assert rounds.all_of(store) == []
    folder.unlink()
    queued = queue_round(store, actor=OWNER, settings=QUICK)
    folder.symlink_to(elsewhere)
    work_on_round(store, queued.id)
    assert "is a link to elsewhere" in (rounds.read(store, queued.id).error or "")
    assert list(elsewhere.iterdir()) == []
    assert [each.level for each in examine(store) if each.about == "round folders"] == ["error"]


def test_files_of_rounds_are_their_owners_alone_those_from_before_as_well(store: Store, tmp_path: Path) -> None:
    old = rounds_folder(store.path) / "7-00000000-1"
    old.mkdir(parents=True, mode=0o755)
    (old / "log.txt").write_text("The ship")
    for path in (old.parent, old, old / "log.txt"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    umask = os.umask(0o022)
    try:
        started = start_round(store, actor=OWNER, settings=QUICK)
        wait_for(lambda: all_rounds(store, actor=OWNER)[0].state == "ready")
        (tmp_path / "backup").mkdir()
        backups.write(store, tmp_path / "backup" / "b.db")
        keep_serving_round(store, tmp_path / "backup" / "b.db")
    finally:
        os.umask(umask)
    copies = [each for each in (tmp_path / "backup").rglob("*") if each.name != "b.db" and "lock" not in each.name]
    files = [*old.parent.rglob("*"), old.parent, *copies]
    assert len([each for each in files if each.name == "MANIFEST"]) == 2
    assert (round_folder(store, started.id) / "log.txt") in files
    assert [each for each in files if each.stat().st_mode & 0o077] == []


def test_a_round_lands_although_the_lock_was_held_for_longer_than_writers_wait(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A person's answer is refused while the lock is held, and their browser sends it again; a round has to retry."""
    monkeypatch.setattr("db.store.WAIT_S", 0.1)
    monkeypatch.setattr(process, "SECONDS_BETWEEN_TRIES", 0.05)
    queued, scored, taken = queue_round(store, actor=OWNER, settings=QUICK), process.score_sentences, threading.Event()

    def hold() -> None:
        with Store.open(store.path) as other, other.writing():
            taken.set()
            wait_for(lambda: "Trying again" in caplog.text)

    holder = threading.Thread(target=hold)

    def score_and_be_kept_out(*arguments: Any) -> Any:
        scores = scored(*arguments)
        holder.start()
        taken.wait()
        return scores

    monkeypatch.setattr(process, "score_sentences", score_and_be_kept_out)
    work_on_round(store, queued.id)
    holder.join()
    assert rounds.read(store, queued.id).state == "ready"
    assert project.read(store).serving_round == queued.id


@pytest.mark.parametrize(("elsewhere", "state"), [(False, "failed"), (True, "queued")])
def test_only_a_process_of_this_machine_is_known_to_have_ended(store: Store, elsewhere: bool, state: str) -> None:
    queued = queue_round(store, actor=OWNER, settings=QUICK)
    rounds.begin_next(store)
    with subprocess.Popen(["sleep", "600"]) as sleeper:
        process = process_start(sleeper.pid) or ""
        rounds.set_process(store, queued.id, pid=sleeper.pid, process=f"another-{process}" if elsewhere else process)
        assert [each.state for each in all_rounds(store, actor=OWNER)] == ["queued"]
        sleeper.kill()
    (found,) = [each for each in examine(store) if each.about == "round at work"]
    assert ("its process has ended" in found.found) is not elsewhere
    assert [each.state for each in all_rounds(store, actor=OWNER)] == [state]
    assert rounds.read(store, queued.id).heartbeat_ms > now_ms() - jobs.SILENCE_MS

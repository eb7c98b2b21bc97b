"""One process of annotators, one thread per person, leasing and submitting as the pages do.

A page run opens the project, reads who is signed in, and closes it again; then it opens it to store what the
browser sent, and once more for the next sentences. The process keeps one connection open, as the server does.
"""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

from lease_log import LeaseLog, Stretch

from annotator.answering.queue import Assignment, lease_ahead, submit
from annotator.project.people import sign_in
from db.errors import StoreError
from db.opening.open_logs import keep_open
from db.records import NewAnnotation
from db.store import Store, now_ms
from db.team import people
from db.team import project as db_project


@dataclass
class Work:
    """The answers, times and errors of annotators."""

    saved: list[str] = field(default_factory=list)
    """Submission keys, by the state of their receipts."""
    surplus: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    submit_ms: list[float] = field(default_factory=list)
    with_lease_ms: list[float] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def add(self, other: "Work") -> None:
        """Add other people's work."""
        for name, values in vars(other).items():
            getattr(self, name).extend(values)


def annotate(
    project: Path, names: list[str], pace_s: float, seed: int, start: Barrier, stop: Event, results: Connection
) -> None:
    """Let these people answer from `start` to `stop`, one answer per `pace_s` and person, and send their `Work`."""
    stopped = threading.Event()
    keep_open(project)
    annotators = [_Annotator(project, name, pace_s, random.Random(f"{seed} {name}")) for name in names]
    threads = [threading.Thread(target=annotator.answer_until, args=(stopped,)) for annotator in annotators]
    start.wait()
    for thread in threads:
        thread.start()
    stop.wait()
    stopped.set()
    work = Work()
    for thread, annotator in zip(threads, annotators, strict=True):
        thread.join()
        work.add(annotator.work)
    results.send(work)


class _Annotator:
    """One person at the screen, in their own thread."""

    def __init__(self, project: Path, name: str, pace_s: float, rng: random.Random) -> None:
        self._pace_s, self._rng, self._name = pace_s, rng, name
        self._project = project
        self._ahead: list[Assignment] = []
        self._log = LeaseLog(person=0)  # no person until they have signed in
        self._began = 0.0
        self.work = Work()

    def answer_until(self, stopped: threading.Event) -> None:
        """Answer one sentence after the other."""
        while not stopped.is_set() and not self._succeeds(self._sign_in):
            pass
        stopped.wait(self._rng.uniform(0, self._pace_s))
        while not stopped.is_set():
            self._succeeds(self._answer_next)
            if self._pace_s:
                stopped.wait(self._rng.expovariate(1 / self._pace_s))
        self.work.stretches = self._log.stretches()

    def _succeeds(self, act: Callable[[], None]) -> bool:
        """Do it, and return whether it succeeded; like the screen, the caller tries again after a refusal."""
        try:
            act()
        except StoreError as error:
            self.work.errors.append(str(error))
            return False
        return True

    def _sign_in(self) -> None:
        with Store.open(self._project) as store:
            self._person = sign_in(store, self._name)
        self._log = LeaseLog(self._person.id)

    def _answer_next(self) -> None:
        if not self._ahead:
            self._lease()
        assignment = self._ahead[0]
        self._log.sent(assignment.slot.id, now_ms())
        self._began = self._began or time.perf_counter()  # a refused answer keeps its first start time
        self._read_frame()
        with Store.open(self._project) as store:
            receipt = submit(store, self._person, self._answer_to(assignment))
        self.work.submit_ms.append(self._since_began_ms())
        getattr(self.work, receipt.state).append(receipt.key)
        del self._ahead[0]
        self._lease()
        self.work.with_lease_ms.append(self._since_began_ms())
        self._began = 0.0

    def _read_frame(self) -> None:
        """Open the project and read who is signed in, as the frame of every page does."""
        with Store.open(self._project) as store:
            db_project.read(store)
            people.read(store, self._person.id)

    def _since_began_ms(self) -> float:
        return 1000 * (time.perf_counter() - self._began)

    def _answer_to(self, assignment: Assignment) -> NewAnnotation:
        label = self._rng.randrange(2)
        marks = "+" + "." * (len(assignment.sentence.tokens) - 1) if label else None
        key = f"load {self._name} {len(self.work.submit_ms)}"
        return NewAnnotation(assignment.sentence.id, self._person.id, "answer", key, label=label, marks=marks)

    def _lease(self) -> None:
        asked_ms, holding = now_ms(), [assignment.sentence.id for assignment in self._ahead]
        with Store.open(self._project) as store:
            self._ahead = lease_ahead(store, self._person, holding=holding, rng=self._rng)
        self._log.received(self._ahead, asked_ms=asked_ms, now_ms=now_ms())

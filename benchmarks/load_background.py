"""Work in the background of the annotators: imports, exports, searches, backups and rounds, one process per kind."""

import json
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

from annotator.errors import Refused
from annotator.exporting.answers import export_project
from annotator.importing.run import import_file
from annotator.jobs import heartbeat
from annotator.reviewing.browsing import choose, list_sentences
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import check_ready, queue_round
from db.care import backups
from db.errors import StoreError
from db.learning import rounds
from db.queue import slots
from db.records import OWNER
from db.store import Store

WORDS = [f"word{number}" for number in range(5000)]
PAUSE_BETWEEN_BACKUPS_S = 10
PAUSE_BETWEEN_SEARCHES_S = 0.1

Task = Callable[[Store, Path, int], None]


def repeat(kind: str, project: Path, start: Barrier, done: Event) -> None:
    """Do one kind of work again and again until this process is killed.

    Sets `done` after the first time, and writes a line to the file `background.jsonl` each time.
    """
    folder = project.parent
    start.wait()
    for number in range(1_000_000):
        began, error = time.monotonic(), None
        try:
            with Store.open(project) as store, _heart_of(kind, project):
                TASKS[kind](store, folder, number)
        except (StoreError, Refused) as refused:
            error = str(refused)
        line = {"kind": kind, "seconds": time.monotonic() - began, "error": error}
        with (folder / "background.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        done.set()


def _heart_of(kind: str, project: Path) -> AbstractContextManager[None]:
    """Return the heartbeat of an import: as for an upload, another thread opens the project; a round has its own."""
    return heartbeat(project, lambda store: slots.counts(store)) if kind == "import" else nullcontext()


def write_sentences(path: Path, *, name: str, number: int) -> None:
    """Write a file to import, of `number` sentences of 10 to 30 words, frequent and rare ones."""
    rng = random.Random(name)
    with path.open("w", encoding="utf-8") as file:
        for line in range(number):
            words = (WORDS[int(len(WORDS) * rng.random() ** 4)] for _ in range(rng.randint(10, 30)))
            row = {"id": f"{name}-{line}", "text": " ".join(words), "split": "train" if line % 20 else "dev"}
            file.write(json.dumps(row) + "\n")


def _import(store: Store, folder: Path, number: int) -> None:
    path = folder / f"again-{number}.jsonl"
    if number:
        with (folder / "import.jsonl").open(encoding="utf-8") as first, path.open("w", encoding="utf-8") as again:
            again.writelines(line.replace('"id": "', f'"id": "{number} ') for line in first)
    import_file(store, path if number else folder / "import.jsonl", actor=OWNER)


def _export(store: Store, folder: Path, number: int) -> None:
    export_project(store, folder / "export.jsonl", actor=OWNER)


def _search(store: Store, folder: Path, number: int) -> None:
    words = random.Random(number).sample(WORDS, 2)
    list_sentences(store, choose(store, search=" ".join(words)), actor=OWNER)
    time.sleep(PAUSE_BETWEEN_SEARCHES_S)


def _back_up(store: Store, folder: Path, number: int) -> None:
    copy = folder / f"backup-{number}.db"
    backups.write(store, copy)
    copy.unlink()
    time.sleep(PAUSE_BETWEEN_BACKUPS_S)


def _work_on_round(store: Store, folder: Path, number: int) -> None:
    from annotator.rounds.learning.process import work_on_round

    queued = queue_round(
        store, settings=RoundSettings(steps=200, vectors="random", device="cpu", seed=number), actor=OWNER
    )
    work_on_round(store, queued.id)
    check_ready(rounds.read(store, queued.id))


TASKS: dict[str, Task] = {
    "import": _import,
    "export": _export,
    "search": _search,
    "backup": _back_up,
    "round": _work_on_round,
}

"""Do annotators wait for each other, or for an import? And is anything lost or handed out twice?

Threads in several processes lease and submit through the use cases that the app calls, first at one
answer per 5 s and person (at random moments) and then as fast as they can. In the background, one
process per kind, run all the time: an import of 100,000 sentences, exports, full-text searches, backups
with all their checks, and training rounds; each starts again when it has ended. Each scenario starts
from a copy of the same project and lasts until the first import has ended, `--seconds` at least,
`--most` at most; then the background work is killed, and the file is compared with people's receipts.

Each is run twice: with our locks, and, for comparison, without them, so that only BEGIN IMMEDIATE and
SQLite's `busy_timeout` of 15 s decide who writes next. All else is the same.

    python benchmarks/store_load.py [--annotators 20 64] [--seconds 60] [--pace 5] [--json]

Figures: submits per second; p50, p95, p99 and the longest, in milliseconds, of a submit and of a
submit with the lease that follows it; `lost`: acknowledged answers that are not in the file;
`double`: slots that two people held at once, by the leases that they got; `over quota`: sentences
with more answers that count than wanted; `errors`: refused calls, of all processes.
"""

import argparse
import json
import multiprocessing
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from lease_log import double_assigned
from load_annotators import Work, annotate
from load_background import TASKS, repeat, write_sentences
from rich.console import Console
from rich.table import Table

import db.opening.locks
import db.store
from annotator.answering.queue import lease_ahead, submit
from annotator.importing.run import import_file
from annotator.project.projects import create_project
from db.records import OWNER, NewAnnotation
from db.store import Store
from db.team import people

LOCKS = ["our locks", "busy_timeout"]
SHOWN = ["submits/s", *(f"submit {percentile} ms" for percentile in ("p50", "p95", "p99", "max")), "with lease p99 ms"]
SHOWN += ["lost", "double", "over quota", "errors", "imports", "load average before"]
SPAWN = multiprocessing.get_context("spawn")
Figures = dict[str, float]

OVER_QUOTA = """
    SELECT count(*) FROM (
        SELECT 1 FROM annotations a
        WHERE a.kind = 'answer' AND NOT a.surplus
            AND NOT EXISTS (SELECT 1 FROM annotations newer WHERE newer.supersedes = a.id)
        GROUP BY a.sentence_id HAVING count(*) > (SELECT overlap FROM project))
"""


@dataclass(frozen=True)
class Scenario:
    """The number of people, their pace, and whether our locks are used."""

    annotators: int
    pace_s: float
    locks: str

    def __str__(self) -> str:
        pace = f"one in {self.pace_s:g} s" if self.pace_s else "as fast as they can"
        return f"{self.annotators}, {pace}, {self.locks}"


def main() -> None:
    """Run every scenario and print its figures."""
    options = _parser().parse_args()
    every = product(options.pace, options.annotators, options.locks)
    scenarios = [Scenario(annotators, pace, locks) for pace, annotators, locks in every]
    figures: Figures = {}
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        template = Path(folder) / "template"
        make_template(template, options.sentences, options.imported)
        for scenario in scenarios:
            measured = run(scenario, template, options)
            Console(stderr=True).print(f"{scenario}: {measured}")
            figures |= {f"{scenario}: {name}": value for name, value in measured.items()}
    Console(width=200).print(_table(scenarios, figures))
    if options.json:
        print(json.dumps(figures))


def run(scenario: Scenario, template: Path, options: argparse.Namespace) -> Figures:
    """Let people work in a copy of the template, and check the file afterwards."""
    folder = template.with_name("scenario")
    shutil.copytree(template, folder)
    load_before, began = os.getloadavg()[0], time.monotonic()
    work, seconds = _work_in(folder / "load.db", scenario, options)
    path = folder / "background.jsonl"
    background = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    for message in {*work.errors, *(task["error"] for task in background if task["error"])}:
        print(message, file=sys.stderr)
    figures = summarise(work, background, seconds) | check(folder / "load.db", work)
    shutil.rmtree(folder)
    return figures | {"load average before": round(load_before, 1), "took s": round(time.monotonic() - began)}


def _work_in(project: Path, scenario: Scenario, options: argparse.Namespace) -> tuple[Work, float]:
    names = [f"person {number}" for number in range(scenario.annotators)]
    shares = [names[number :: options.processes] for number in range(options.processes)]
    start, stop = SPAWN.Barrier(len(shares) + len(options.beside) + 1), SPAWN.Event()
    done = {kind: SPAWN.Event() for kind in options.beside}
    pipes = [SPAWN.Pipe(duplex=False) for _ in shares]
    annotators = [
        SPAWN.Process(
            target=_with_locks,
            args=(scenario.locks, annotate, project, share, scenario.pace_s, options.seed, start, stop, answer),
        )
        for share, (_, answer) in zip(shares, pipes, strict=True)
    ]
    others = [
        SPAWN.Process(target=_with_locks, args=(scenario.locks, repeat, kind, project, start, done[kind]))
        for kind in options.beside
    ]
    with _ended([*annotators, *others]):
        for process in [*annotators, *others]:
            process.start()
        start.wait()
        began = time.monotonic()
        time.sleep(options.seconds)
        if "import" in done:
            done["import"].wait(max(0, options.most - options.seconds))
        stop.set()
        seconds, work = time.monotonic() - began, Work()
        for results, _ in pipes:
            work.add(results.recv())
    return work, seconds


@contextmanager
def _ended(processes: list[Any]) -> Iterator[None]:
    """Kill these processes at the end of the block if they still run."""
    try:
        yield
    finally:
        for process in processes:
            if process.pid is not None:
                process.kill()
                process.join()


def _with_locks(locks: str, target: Any, *arguments: Any) -> None:
    """Call the target in this process, with our locks or with SQLite's `busy_timeout` alone."""
    if locks == "busy_timeout":
        db.store.fifo_lock = lambda path, until: nullcontext()
        db.store.file_lock = _file_lock_without_waiting
    target(*arguments)


@contextmanager
def _file_lock_without_waiting(path: Path, *, purpose: str = "", **options: Any) -> Iterator[int]:
    """Keep a second import out as usual, but let writers pass without waiting."""
    if purpose:
        with db.opening.locks.file_lock(path, purpose=purpose, **options) as handle:
            yield handle
        return
    with db.opening.locks.lock_path(path).open("r+b") as file:
        yield file.fileno()


def summarise(work: Work, background: list[dict[str, Any]], seconds: float) -> Figures:
    """Return rates and waiting times, and how often each kind of background work was done."""
    figures: Figures = {"seconds": round(seconds, 1), "submits/s": round(len(work.submit_ms) / seconds, 1)}
    for name, values in (("submit", work.submit_ms), ("with lease", work.with_lease_ms)):
        percentiles = statistics.quantiles(values, n=100, method="inclusive")
        figures |= {f"{name} p{percent} ms": round(percentiles[percent - 1], 1) for percent in (50, 95, 99)}
        figures[f"{name} max ms"] = round(max(values), 1)
    figures["errors"] = len(work.errors) + len(work.rejected) + sum(task["error"] is not None for task in background)
    times = Counter(task["kind"] for task in background if task["error"] is None)
    figures |= {f"first {task['kind']} s": round(task["seconds"], 1) for task in reversed(background)}
    return figures | {f"{kind}s": times[kind] for kind in TASKS}


def check(project: Path, work: Work) -> Figures:
    """Compare the file with people's receipts, and check what must never be in it."""
    with Store(project) as store:
        stored = {key for (key,) in store.db.execute("SELECT submission_key FROM annotations")}
        (over_quota,) = store.db.execute(OVER_QUOTA).fetchone()
        (integrity,) = store.db.execute("PRAGMA integrity_check").fetchone()
    return {
        "lost": len({*work.saved, *work.surplus} - stored),
        "double": len(double_assigned(work.stretches)),
        "over quota": over_quota,
        "surplus": len(work.surplus),
        "damaged": int(integrity != "ok"),
    }


def make_template(folder: Path, sentences: int, imported: int) -> None:
    """Make a project with this many sentences and some answers, and a file of `imported` more to import."""
    folder.mkdir()
    write_sentences(folder / "first.jsonl", name="first", number=sentences)
    write_sentences(folder / "import.jsonl", name="import", number=imported)
    with create_project(folder / "load.db", labels=["none", "event"], no_rationale=["none"]) as store:
        import_file(store, folder / "first.jsonl", actor=OWNER)
        _answer_first(store, 200)


def _answer_first(store: Store, number: int) -> None:
    """Add answers for rounds to learn from."""
    person, rng = people.add(store, "earlier person"), random.Random(0)
    for place in range(number):
        (first, *_) = lease_ahead(store, person, count=1, rng=rng)
        label = place % 2
        marks = "+" + "." * (len(first.sentence.tokens) - 1) if label else None
        submit(store, person, NewAnnotation(first.sentence.id, person.id, "answer", f"before-{place}", label, marks))


def _table(scenarios: list[Scenario], figures: Figures) -> Table:
    table = Table("annotators, pace, locks", *SHOWN)
    for scenario in scenarios:
        table.add_row(str(scenario), *(f"{figures[f'{scenario}: {name}']:g}" for name in SHOWN))
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--annotators", type=int, nargs="+", default=[20, 64])
    parser.add_argument("--seconds", type=float, default=60, help="least seconds that a scenario lasts")
    parser.add_argument("--most", type=float, default=300, help="most seconds that it lasts, import or not")
    parser.add_argument("--pace", type=float, nargs="+", default=[5, 0], help="seconds per answer; 0: no pause")
    parser.add_argument("--locks", nargs="+", choices=LOCKS, default=LOCKS)
    parser.add_argument("--processes", type=int, default=4, help="number of processes that share the annotators")
    parser.add_argument("--beside", nargs="*", choices=TASKS, default=list(TASKS), help="what runs in the background")
    parser.add_argument("--sentences", type=int, default=50_000, help="sentences in the project at the start")
    parser.add_argument("--imported", type=int, default=100_000, help="sentences in each import")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="on the disk to measure; the system's temporary folder by default")
    parser.add_argument("--json", action="store_true", help="print one flat object as the last line")
    return parser


if __name__ == "__main__":
    main()

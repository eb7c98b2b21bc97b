"""Do annotators wait for each other, or for an import? And is anything lost or handed out twice?

Threads in several processes lease and submit through the use cases that the app calls, at one
answer in 5 s each (at random moments) and then as fast as they can. Beside them, a process each,
run for the whole time: an import of 100,000 sentences, exports, full-text searches, backups with
all their checks, and training rounds; when one has ended it begins again. Each scenario starts
from a copy of the same project and lasts until the first import has ended, `--seconds` at least,
`--most` at most; then what runs beside is killed, and the file is compared with what people were told.

Each is run twice: with our locks, and, for comparison, with them taken out, so that nothing but
BEGIN IMMEDIATE and SQLite's `busy_timeout` of 15 s decides who writes next. All else is the same.

    python benchmarks/store_load.py [--annotators 20 64] [--seconds 60] [--pace 5] [--json]

Figures: submits a second; p50, p95, p99 and the longest, in milliseconds, of a submit and of a
submit with the lease that follows it; `lost`: acknowledged answers that are not in the file;
`double`: slots that two people held at once, by the leases that they were given; `over quota`:
sentences with more answers that count than wanted; `errors`: calls refused, of everybody.
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
from load_beside import TASKS, repeat, write_sentences
from rich.console import Console
from rich.table import Table

import db.locks
import db.store
from annotator.answering.queue import lease_ahead, submit
from annotator.importing.run import import_file
from annotator.project.projects import create_project
from db import people
from db.records import OWNER, NewAnnotation
from db.store import Store

LOCKS = ["our locks", "busy_timeout"]
SHOWN = ["submits/s", *(f"submit {each} ms" for each in ("p50", "p95", "p99", "max")), "with lease p99 ms"]
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
    """So many people at such a pace, with our locks or without."""

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
            found = run(scenario, template, options)
            Console(stderr=True).print(f"{scenario}: {found}")
            figures |= {f"{scenario}: {name}": value for name, value in found.items()}
    Console(width=200).print(_table(scenarios, figures))
    if options.json:
        print(json.dumps(figures))


def run(scenario: Scenario, template: Path, options: argparse.Namespace) -> Figures:
    """Let people work in a copy of the template, and judge what the file holds afterwards."""
    folder = template.with_name("scenario")
    shutil.copytree(template, folder)
    load_before, began = os.getloadavg()[0], time.monotonic()
    work, seconds = _work_in(folder / "load.db", scenario, options)
    path = folder / "beside.jsonl"
    beside = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    for message in {*work.errors, *(each["error"] for each in beside if each["error"])}:
        print(message, file=sys.stderr)
    figures = summarise(work, beside, seconds) | check(folder / "load.db", work)
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
    """Kill what still runs of these at the end of the block."""
    try:
        yield
    finally:
        for process in processes:
            if process.pid is not None:
                process.kill()
                process.join()


def _with_locks(locks: str, target: Any, *arguments: Any) -> None:
    """Call the target in this process, with our locks or with nothing but SQLite's `busy_timeout`."""
    if locks == "busy_timeout":
        db.store.fifo_lock = lambda path, until: nullcontext()
        db.store.file_lock = _file_lock_without_waiting
    target(*arguments)


@contextmanager
def _file_lock_without_waiting(path: Path, *, purpose: str = "", **options: Any) -> Iterator[int]:
    """Keep a second import out as ever, and let writers pass: they are those who would wait."""
    if purpose:
        with db.locks.file_lock(path, purpose=purpose, **options) as handle:
            yield handle
        return
    with db.locks.lock_path(path).open("r+b") as file:
        yield file.fileno()


def summarise(work: Work, beside: list[dict[str, Any]], seconds: float) -> Figures:
    """Give rates and waiting times, and how often everything beside was done."""
    figures: Figures = {"seconds": round(seconds, 1), "submits/s": round(len(work.submit_ms) / seconds, 1)}
    for name, values in (("submit", work.submit_ms), ("with lease", work.with_lease_ms)):
        percentiles = statistics.quantiles(values, n=100, method="inclusive")
        figures |= {f"{name} p{each} ms": round(percentiles[each - 1], 1) for each in (50, 95, 99)}
        figures[f"{name} max ms"] = round(max(values), 1)
    figures["errors"] = len(work.errors) + len(work.rejected) + sum(each["error"] is not None for each in beside)
    times = Counter(each["kind"] for each in beside if each["error"] is None)
    figures |= {f"first {each['kind']} s": round(each["seconds"], 1) for each in reversed(beside)}
    return figures | {f"{kind}s": times[kind] for kind in TASKS}


def check(project: Path, work: Work) -> Figures:
    """Compare the file with what people were told, and with what nobody may ever find in it."""
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
    """Make a project with so many sentences and some answers, and a file with as many more to import."""
    folder.mkdir()
    write_sentences(folder / "first.jsonl", name="first", number=sentences)
    write_sentences(folder / "import.jsonl", name="import", number=imported)
    with create_project(folder / "load.db", labels=["none", "event"], no_rationale=["none"]) as store:
        import_file(store, folder / "first.jsonl", actor=OWNER)
        _answer_some(store, 200)


def _answer_some(store: Store, number: int) -> None:
    """Give rounds something to learn from."""
    person, rng = people.add(store, "somebody before"), random.Random(0)
    for each in range(number):
        (first, *_) = lease_ahead(store, person, count=1, rng=rng)
        marks = "+" + "." * (len(first.sentence.tokens) - 1) if each % 2 else None
        submit(store, person, NewAnnotation(first.sentence.id, person.id, "answer", f"before-{each}", each % 2, marks))


def _table(scenarios: list[Scenario], figures: Figures) -> Table:
    table = Table("annotators, pace, locks", *SHOWN)
    for scenario in scenarios:
        table.add_row(str(scenario), *(f"{figures[f'{scenario}: {name}']:g}" for name in SHOWN))
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--annotators", type=int, nargs="+", default=[20, 64])
    parser.add_argument("--seconds", type=float, default=60, help="the least that a scenario lasts")
    parser.add_argument("--most", type=float, default=300, help="the most seconds it lasts, import or not")
    parser.add_argument("--pace", type=float, nargs="+", default=[5, 0], help="seconds an answer; 0: no pause")
    parser.add_argument("--locks", nargs="+", choices=LOCKS, default=LOCKS)
    parser.add_argument("--processes", type=int, default=4, help="over which the annotators are spread")
    parser.add_argument("--beside", nargs="*", choices=TASKS, default=list(TASKS), help="what runs beside them")
    parser.add_argument("--sentences", type=int, default=50_000, help="in the project at the beginning")
    parser.add_argument("--imported", type=int, default=100_000, help="sentences in each import")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="on the disk to measure; by default where temporary files are")
    parser.add_argument("--json", action="store_true", help="print one flat object as the last line")
    return parser


if __name__ == "__main__":
    main()

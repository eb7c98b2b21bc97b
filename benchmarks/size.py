"""How large may a project grow? Import, slots, search, browsing, the queue, export, backup at a million sentences.

Sentences of 15 to 35 tokens are drawn with a fixed seed from 50,000 words with Zipf frequencies.
The import runs in a separate process, whose CPU time and peak memory are the figures, without the
generator's. When the claims are measured, one person has answered thousands of sentences more than
the others, and each of those sentences needs a second answer.

    python benchmarks/size.py [--sentences 1000000] [--ahead 5000] [--folder FOLDER] [--json]
"""

import argparse
import json
import multiprocessing
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

from annotator.answering.queue import lease_ahead, submit
from annotator.care.backups import backup_project
from annotator.care.doctor import examine
from annotator.exporting.answers import export_project
from annotator.importing.run import import_file
from annotator.importing.source import Step, step_at
from annotator.project.people import sign_in
from annotator.reviewing.browsing import choose, list_sentences
from db.answers import annotations
from db.corpus import sentences
from db.queue import claims, slots
from db.records import OWNER, Label, NewAnnotation, Person
from db.store import Store

WORDS = 50_000
MINUTE_MS = 60_000
Figures = dict[str, float]


def main() -> None:
    """Measure, and print the figures."""
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        file, project = Path(folder, "sentences.jsonl"), Path(folder, "size.db")
        figures: Figures = {"sentences": options.sentences, "ahead": options.ahead}
        write_sentences(file, options.sentences)
        figures["imported file MB"] = megabytes(file)
        for measure in (measure_import, measure_export):
            figures |= alone(measure, project, file)
        with Store.open(project) as store:
            figures |= measure_reads(store, file)
            figures |= measure_claims(store, options.ahead)
            figures |= measure_care(store)
    for name, value in figures.items():
        print(f"{name:40} {value:12,.2f}")
    if options.json:
        print(json.dumps({name: round(value, 2) for name, value in figures.items()}))


def measure_import(project: Path, file: Path) -> Figures:
    """Import the file into a new project, and nothing else, in this process."""
    clock = StepClock()
    with Store.create(project, labels=[Label(0, "none"), Label(1, "event")], overlap=2) as store:
        import_file(store, file, actor=OWNER, progress=clock.note)
    cpu, wall = clock.spent()
    figures = {"import CPU s": sum(cpu.values()), "import wall s": sum(wall.values())}
    figures |= {f"{step}, CPU s": cpu[step] for step in cpu} | {f"{step}, wall s": wall[step] for step in wall}
    return figures | {"import peak memory MB": peak_memory(), "project file MB": megabytes(project)}


def measure_export(project: Path, file: Path) -> Figures:
    """Export everything, and nothing else, in this process."""
    with Store.open(project) as store:
        seconds = timed(lambda: export_project(store, file.with_name("export.jsonl"), actor=OWNER))
    return {"export s": seconds, "export peak memory MB": peak_memory()}


def measure_reads(store: Store, file: Path) -> Figures:
    """Search, turn pages and count."""
    last = sentences.count(store)
    figures = spread("search, two words", [timed(partial(find, store, search=query)) for query in queries(file)])
    for place, after_id in (("beginning", 0), ("middle", last // 2), ("end", last - 25)):
        turns = [timed(partial(find, store, after_id=after_id)) for _ in range(50)]
        figures |= spread(f"browse, {place}", turns)
    return figures | spread("counts of the screen", [timed(lambda: slots.counts(store)) for _ in range(20)])


def find(store: Store, *, after_id: int = 0, **filters: Any) -> None:
    """Do what the Data page does for one page of a list."""
    list_sentences(store, choose(store, **filters), after_id=after_id, actor=OWNER)


def measure_claims(store: Store, ahead: int) -> Figures:
    """Claim for a person far ahead of the others, and for one of the others."""
    first, other = sign_in(store, "Ahead"), sign_in(store, "Other")
    with store.writing():
        for _ in range(ahead):
            claim_and_answer(store, first)
    figures: Figures = {}
    for name, person in (("ahead", first), ("other", other)):
        with store.writing():
            took = [claim_and_answer(store, person) for _ in range(500)]
        figures |= spread(f"claim, {name}", [wall for wall, _ in took], tail=99)
        figures |= spread(f"claim, {name}, CPU", [cpu for _, cpu in took], tail=99)
        figures |= spread(f"lease ahead and commit, {name}", list(leases(store, person, 200)), tail=99)
    return figures


def measure_care(store: Store) -> Figures:
    """Back up and examine the project."""
    return {
        "backup s": timed(lambda: backup_project(store, actor=OWNER)),
        "doctor s": timed(lambda: examine(store)),
        "project file at the end MB": megabytes(store.path),
    }


class StepClock:
    """Measures how long each step of an import takes, from the progress that it reports.

    It holds only the last report of each step: a list of all of them would be most of the memory that is measured.
    """

    def __init__(self) -> None:
        self._ends: dict[Step, tuple[float, float]] = {}
        self._start = time.process_time(), time.perf_counter()

    def note(self, done: int, total: int) -> None:
        """Record where the import is now."""
        self._ends[step_at(done, total)] = time.process_time(), time.perf_counter()

    def spent(self) -> tuple[dict[Step, float], dict[Step, float]]:
        """Return the CPU and wall seconds of each step that reported anything, up to its last report."""
        cpu_s, wall_s = {}, {}
        before = self._start
        for step, now in self._ends.items():
            cpu_s[step], wall_s[step] = now[0] - before[0], now[1] - before[1]
            before = now
        return cpu_s, wall_s


def claim_and_answer(store: Store, person: Person) -> tuple[float, float]:
    """Claim a sentence inside a transaction, answer it, and return the wall and CPU seconds of the claim."""
    wall, cpu = time.perf_counter(), time.process_time()
    slot = claims.claim(store, person.id, held_out=False, lease_ms=MINUTE_MS)
    seconds = time.perf_counter() - wall, time.process_time() - cpu
    if slot is None:
        raise SystemExit("The pool is empty; use more --sentences, or fewer --ahead.")
    answer = annotations.add(store, answer_to(slot.sentence_id, person))
    slots.fill(store, slot.id, person.id, answer.id)
    return seconds


def leases(store: Store, person: Person, turns: int) -> Iterator[float]:
    """Work as the annotation screen does, and yield the seconds of each refill of the sentences ahead."""
    rng = random.Random(0)
    for _ in range(turns):
        started = time.perf_counter()
        held = lease_ahead(store, person, rng=rng)
        yield time.perf_counter() - started
        submit(store, person, answer_to(held[0].sentence.id, person))


def answer_to(sentence_id: int, person: Person) -> NewAnnotation:
    """Return an answer without marks."""
    return NewAnnotation(sentence_id, person.id, "answer", f"{person.name}-{sentence_id}-key", label=0)


def write_sentences(file: Path, number: int) -> None:
    """Write this many sentences of 15 to 35 tokens, the last a full stop, as JSON lines."""
    rng = random.Random(0)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 10))) for _ in range(WORDS)]
    weights = list(accumulate(1 / rank for rank in range(1, WORDS + 1)))
    with file.open("w", encoding="utf-8") as lines:
        for place in range(number):
            text = " ".join(rng.choices(words, cum_weights=weights, k=rng.randint(14, 34))) + "."
            lines.write(json.dumps({"id": f"s{place}", "text": text, "source": f"book {place // 1000}"}) + "\n")


def queries(file: Path, number: int = 200) -> list[str]:
    """Return pairs of neighbouring words from sentences all over the file."""
    rng = random.Random(1)
    pairs = []
    with file.open("rb") as lines:
        for _ in range(number):
            lines.seek(rng.randrange(file.stat().st_size // 2))
            lines.readline()
            words = json.loads(lines.readline())["text"].rstrip(".").split()
            first = rng.randrange(len(words) - 1)
            pairs.append(" ".join(words[first : first + 2]))
    return pairs


def alone(measure: Callable[[Path, Path], Figures], project: Path, file: Path) -> Figures:
    """Measure in a process that does nothing else."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(measure, project, file).result()


def peak_memory() -> float:
    """Return the most memory that this process has held so far, in MB."""
    # Not getrusage: that counts what the parent held when it started this process.
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6


def timed(act: Callable[[], object]) -> float:
    """Return the seconds that the call takes."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def spread(name: str, seconds: Sequence[float], *, tail: int = 95) -> Figures:
    """Return the median and a high percentile in milliseconds."""
    high = statistics.quantiles(seconds, n=100)[tail - 1]
    return {f"{name}, p50 ms": 1000 * statistics.median(seconds), f"{name}, p{tail} ms": 1000 * high}


def megabytes(file: Path) -> float:
    """Return the size of a file in MB."""
    return file.stat().st_size / 1e6


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=1_000_000)
    parser.add_argument("--ahead", type=int, default=5000, help="sentences that only one person has answered")
    parser.add_argument("--folder", type=Path, help="where to work; the system's temporary folder by default")
    parser.add_argument("--json", action="store_true", help="print one flat object as the last line")
    return parser


if __name__ == "__main__":
    main()

"""Seconds until Review and My work are drawn in a project with 100,000 answers, and the server's CPU seconds for them.

python benchmarks/people_pages.py --answers 100000 --json
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from live_pages import chromium, served
from playwright.sync_api import Page

from annotator.reviewing import my_work, review
from db.answers import annotations
from db.corpus import sentences
from db.finding import search
from db.learning import rounds
from db.queue import slots
from db.records import OWNER, Label, NewAnnotation, NewSentence, Observed, Person
from db.store import Store
from db.team import people, project

LABELS = (Label(0, "none", takes_rationale=False), Label(1, "event"), Label(2, "doubt"))
PEOPLE = 10
WORDS = 20
AT_ONCE = 5000
AGREE = 0.85
"""How often a person gives the sentence's own label."""
REPEATS = 5


def main() -> None:
    """Build the project, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.db"
        build(path, answers=asked.answers, seed=asked.seed)
        figures = {"answers": float(asked.answers)} | in_server(path) | in_chromium(path)
    for name, value in figures.items():
        print(f"{name:32} {value:10.3f}")
    if asked.json:
        print(json.dumps({name: round(value, 3) for name, value in figures.items()}))


def build(path: Path, *, answers: int, seed: int) -> None:
    """Make a project in which two of ten people have answered each sentence."""
    rng = random.Random(seed)
    with Store.create(path, labels=LABELS, overlap=2) as store:
        everyone = [people.add(store, f"Person {number}", role="admin") for number in range(PEOPLE)]
        ids = _add_sentences(store, answers // 2, rng)
        for first in range(0, len(ids), AT_ONCE):
            with store.writing():
                for sentence_id in ids[first : first + AT_ONCE]:
                    _answer(store, sentence_id, rng.sample(everyone, 2), rng)
        ready = rounds.queue(store, config={}, seed=0, last_annotation=annotations.last_id(store) // 2)
        rounds.advance(store, ready.id, "ready", metrics={})


def _add_sentences(store: Store, number: int, rng: random.Random) -> list[int]:
    import_id = sentences.begin_import(store, source="benchmark", source_hash="", tokenizer="benchmark")
    ids: list[int] = []
    for first in range(0, number, AT_ONCE):
        rows = [_sentence(at, rng) for at in range(first, min(number, first + AT_ONCE))]
        ids += sentences.add(store, import_id, rows)
    sentences.finish_import(store, import_id)
    slots.create_missing(store)
    search.index_missing(store)
    return ids


def _sentence(number: int, rng: random.Random) -> NewSentence:
    words = tuple(f"word{rng.randrange(5000)}" for _ in range(WORDS))
    starts = tuple(sum(len(word) + 1 for word in words[:at]) for at in range(WORDS))
    return NewSentence(f"s{number}", " ".join(words), words, starts, "pool")


def _answer(store: Store, sentence_id: int, pair: list[Person], rng: random.Random) -> None:
    true = rng.randrange(len(LABELS))
    reason = rng.randrange(WORDS - 2)
    for person in pair:
        label = true if rng.random() < AGREE else rng.randrange(len(LABELS))
        at = reason if rng.random() < AGREE else rng.randrange(WORDS - 2)
        marks = "." * at + "++" + "." * (WORDS - at - 2) if LABELS[label].takes_rationale else None
        key = f"browser-key-{person.id}-{sentence_id}"
        observed = Observed(seconds=rng.uniform(2, 20))
        annotations.add(store, NewAnnotation(sentence_id, person.id, "answer", key, label, marks, observed))


def in_server(path: Path) -> dict[str, float]:
    """Return the median CPU seconds of what the pages ask of the store; Review keeps a report for its answers."""
    with Store.open(path) as store:
        person = people.find(store, "Person 0")
        assert person is not None
        shared = review.list_shared(store, actor=OWNER)
        asked: dict[str, Callable[[], object]] = {
            "list_shared": lambda: review.list_shared(store, actor=OWNER),
            "report_by_pair": lambda: review.report(store, shared, parts=["pairs"], actor=OWNER),
            "report_by_label": lambda: review.report(store, shared, parts=["labels"], actor=OWNER),
            "today": lambda: my_work.today(store, person, since_ms=0),
            "learned": lambda: my_work.learned(store, person),
            "list_own": lambda: my_work.list_own(store, person, "answered"),
        }
        return {f"{name}_cpu_s": _median_cpu(act) for name, act in asked.items()}


def in_chromium(path: Path) -> dict[str, float]:
    """Return the median seconds from a click in the navigation until a page's last part is drawn."""
    with served(path) as url, chromium() as browser:
        page = browser.new_page()
        with Store.open(path) as store:
            person = people.find(store, "Person 0")
            assert person is not None
            name = f"whylight-person-{project.read(store).uid}"
        page.context.add_cookies([{"name": name, "value": person.uid, "url": url}])
        page.goto(url)
        page.get_by_role("option").first.or_(page.get_by_text("has been answered")).first.wait_for(timeout=60_000)
        taken: dict[str, list[float]] = {"My work": [], "Review": []}
        for title in list(taken) * REPEATS:
            taken[title].append(_seconds(lambda title=title: _visit(page, title)))  # type: ignore[misc]
        firsts = {f"{_name(title)}_first_page_s": each[0] for title, each in taken.items()}
        return firsts | {f"{_name(title)}_page_s": statistics.median(each[1:]) for title, each in taken.items()}


def _name(title: str) -> str:
    return title.lower().replace(" ", "_")


def _visit(page: Page, title: str) -> None:
    """Open a page from the navigation, and wait for its list."""
    page.get_by_role("link", name=title, exact=True).click()
    page.get_by_role("heading", name=title, exact=True).wait_for(timeout=60_000)
    page.get_by_role("article" if title == "Review" else "listitem").first.wait_for(timeout=60_000)


def _median_cpu(act: Callable[[], object]) -> float:
    taken = []
    for _ in range(REPEATS):
        began = time.process_time()
        act()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()

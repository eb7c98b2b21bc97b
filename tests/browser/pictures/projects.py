"""The projects whose pages are taken: made by the use cases, at set times, the same on every machine."""

import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from judged_rounds import Says, add_round

from annotator.answering.asking_next import ask_next
from annotator.answering.queue import submit
from annotator.care.backups import backup_project
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.guidelines import write_guidelines
from annotator.project.projects import create_project
from annotator.project.sets import save_set
from annotator.project.tags import tag_found
from annotator.reviewing.browsing import choose
from annotator.sample import BRANCHES, sample_guidelines, sample_path
from annotator.sample import LABELS as SAMPLE_LABELS
from db.answers import annotations, suggestions
from db.corpus import sentences
from db.learning import predictions, rounds
from db.learning.round_records import Prediction, ProgressRow
from db.queue import leases, slots
from db.queue.slots import QueueEntry
from db.records import OWNER, NewAnnotation, Observed, Person, Sentence, Suggestion
from db.store import Store
from db.team import people, project

FIRST_MS = 1_772_442_000_000  # 2 March 2026, 9:00 UTC
MINUTE_NS = 60_000_000_000
POOL, HELD_OUT = 40, 240
RTL = "عاد الرجل إلى بيته في المساء ثم فتح الباب."
DIALOGUE = "Ann: A rip-off!\nBen: Why?\n\n  - dear\n  - small\n\nAnn: And cold."
LONG = " ".join(
    "The soup came late, and it was cold; the waiter said nothing, smiled and went away." for _ in range(25)
)


@contextmanager
def set_times() -> Iterator[None]:
    """Let each thing that is done in the block happen a minute after the one before, from the same morning on."""
    ticks = itertools.count(FIRST_MS * 1_000_000, MINUTE_NS)
    with patch.object(time, "time_ns", lambda: next(ticks)):
        yield


def empty(path: Path) -> None:
    """Make a project without a sentence."""
    create_project(path, labels=SAMPLE_LABELS).close()


def with_texts(path: Path, texts: Sequence[str], *, labels: Sequence[str] = SAMPLE_LABELS) -> None:
    """Make a project of these texts, in this order, without a model."""
    lines = path.with_suffix(".jsonl")
    rows = [{"id": str(number), "text": text, "split": "pool"} for number, text in enumerate(texts)]
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with create_project(path, labels=labels) as store:
        import_file(store, lines, actor=OWNER, settings=ImportSettings(hold_out=0))


def reviews(path: Path) -> None:
    """Make a project at work: a part of the sample, three people who differ at times, guidelines, three rounds."""
    rows = _some_reviews()
    lines = path.with_suffix(".jsonl")
    lines.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    with create_project(path, labels=SAMPLE_LABELS, overlap=2) as store:
        import_file(store, lines, actor=OWNER, settings=ImportSettings(hold_out=0))
        write_guidelines(store, sample_guidelines(), actor=OWNER)
        anna, ben, rita = (
            people.add(store, name, role=role)
            for name, role in (("Anna", "admin"), ("Ben", "annotator"), ("Rita", "researcher"))
        )
        for last, share in ((8, 0.6), (16, 0.7), (24, 0.8)):
            _answer(store, rows, (anna, ben), range(last - 8, last))
            _add_round_and_twin(store, rows, last, share)
        _order_the_queue(store, rows)
        _answer(store, rows, (anna, rita), range(24, 30))
        _search_is_kept(store)
        backup_project(store, actor=OWNER)


def suggesting(path: Path) -> None:
    """Make the project at work with a language model's suggestion for each sentence that is open to suggestions."""
    reviews(path)
    with Store.open(path) as store:
        for row in suggestions.unsettled(store):
            suggestions.add(store, Suggestion(row.sentence_id, "qwen3:8b", 0, (4, 5)), characters=90)


def training(path: Path) -> None:
    """Make the project at work with a round that is halfway."""
    reviews(path)
    with Store.open(path) as store:
        queued = rounds.queue(store, config=_CONFIG, seed=0, last_annotation=annotations.last_id(store))
        rounds.begin_next(store)
        rounds.advance(store, queued.id, "training")
        for step in range(0, 401, 20):
            report = ProgressRow(
                queued.id, step, 800, 0.7 - step / 1000, 2.0 - step / 250, 0.6, 0.7, "", time.time_ns() // 1_000_000
            )
            rounds.report(store, report)


def failed(path: Path) -> None:
    """Make the project at work with a round that failed."""
    reviews(path)
    with Store.open(path) as store:
        queued = rounds.queue(store, config=_CONFIG, seed=0, last_annotation=annotations.last_id(store))
        rounds.begin_next(store)
        rounds.advance(
            store, queued.id, "failed", error="The disk is full; free some of it, and start the round again."
        )


PROJECTS: dict[str, Callable[[Path], None]] = {
    "reviews": reviews,
    "suggesting": suggesting,
    "offline": reviews,
    "annotator": reviews,
    "training": training,
    "failed": failed,
    "empty": empty,
    "tour": lambda path: with_texts(path, ["Cheap, I'll grant you, but the bread was dry by lunchtime."]),
    "rtl": lambda path: with_texts(path, [RTL]),
    "skipped": lambda path: with_texts(path, [RTL]),
    "dialogue": lambda path: with_texts(path, [DIALOGUE]),
    "long": lambda path: with_texts(path, [LONG]),
    "labels": lambda path: with_texts(
        path, ["Where is my card?"], labels=[f"{group} / {n}" for group in ("card", "cash", "other") for n in range(26)]
    ),
}
"""The projects by name."""

_CONFIG = {"loss": "log-even", "model": "evidence", "encoder": "minilm", "encoder_layer": 3, "steps": 800}


def _some_reviews() -> list[dict[str, Any]]:
    """Return the sample's first reviews: those of the pool, then those set aside, each with its label and marks."""
    rows = [json.loads(line) for line in sample_path().read_text(encoding="utf-8").splitlines()]
    pool = [row for row in rows if row["split"] == "pool" and row.get("marks")]
    return pool[:POOL] + [row for row in rows if row["split"] in ("dev", "test")][:HELD_OUT]


def _answer(store: Store, rows: list[dict[str, Any]], who: Sequence[Person], numbers: Sequence[int]) -> None:
    """Let the first answer as the sample does; the second differs in every fifth label and every third word marked."""
    found = sentences.find(store, [rows[number]["id"] for number in numbers])
    for number, (place, person) in itertools.product(numbers, enumerate(who)):
        row = rows[number]
        label = (SAMPLE_LABELS.index(row["label"]) + (place and number % 5 == 4)) % 2
        marks = row["marks"][:-2] + "+." if place and number % 3 == 2 else row["marks"]
        seen = Observed(seconds=6.0 + number % 5, seconds_to_first_mark=2.0, edits=1)
        key = f"picture-{person.id}-{number:04}"
        sentence = found[row["id"]].id
        leases.record(store, person.id, sentence)
        submit(store, person, NewAnnotation(sentence, person.id, "answer", key, label, marks, seen))


def _add_round_and_twin(store: Store, rows: list[dict[str, Any]], answered: int, share: float) -> None:
    """Add a round that is right about this share of the sentences and looks at the marked words, and its twin."""
    found = sentences.find(store, [row["id"] for row in rows])
    gold: dict[str, dict[int, tuple[int, str | None]]] = {"dev": {}, "test": {}}
    for row in rows[POOL:]:
        gold[row["split"]][found[row["id"]].id] = (SAMPLE_LABELS.index(row["label"]), row.get("marks"))
    last = annotations.last_id(store)
    with_marks = add_round(
        store,
        _says(rows, found, share, looks=True),
        gold=gold,
        last_annotation=last,
        config=_CONFIG,
        serve=True,
        answers=answered,
    )
    without = _says(rows, found, share - 0.08, looks=False)
    config = _CONFIG | {"loss": "none"}
    add_round(store, without, gold=gold, last_annotation=last, config=config, twin_of=with_marks.id, answers=answered)


def _search_is_kept(store: Store) -> None:
    """Save a search as a set, ask Ben for it, and tag what it found."""
    branch = choose(store, search="Tillbrook")
    save_set(store, "Tillbrook", branch, {"search": "Tillbrook"}, actor=OWNER)
    ask_next(store, "Tillbrook", ["Ben"], actor=OWNER)
    tag_found(store, "branch", branch, actor=OWNER)


def _order_the_queue(store: Store, rows: list[dict[str, Any]]) -> None:
    """Put what the serving round is unsure of first, with its shading."""
    serving = project.read(store).serving_round
    assert serving is not None
    open_rows = rows[30:POOL]
    found = sentences.find(store, [row["id"] for row in open_rows])
    says = _says(open_rows, found, 0.8, looks=True)
    order = [QueueEntry(each, "unsure", 0.1, probability=one.probability) for each, one in says.items()]
    shading = [
        Prediction(serving, each, one.label, (0.5, 0.5), tuple(one.saliency), tuple(one.saliency))
        for each, one in says.items()
    ]
    predictions.add(store, shading)
    slots.refill(store, serving, order)


def _says(rows: list[dict[str, Any]], found: dict[str, Sentence], share: float, *, looks: bool) -> dict[int, Says]:
    """Return what a model says that is right about this share, and looks at marked words or else at the branch."""
    says = {}
    for number, row in enumerate(rows):
        right = number * 37 % 100 < 100 * share
        label = (SAMPLE_LABELS.index(row["label"]) + (not right)) % 2
        marks = row.get("marks") or "." * len(found[row["id"]].tokens)
        seen = [
            (mark == "+" and at % 3 != 2) if looks else found[row["id"]].tokens[at] in BRANCHES
            for at, mark in enumerate(marks)
        ]
        says[found[row["id"]].id] = Says(label, 0.55 + number % 5 / 11, [0.9 if one else 0.02 for one in seen])
    return says

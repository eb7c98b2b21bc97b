"""An import killed at any step resumes there when it is run again, and ends as if it had not been killed."""

import gzip
import json
import math
import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from forked_jobs import start_program

from annotator.answering.queue import lease_ahead, submit
from annotator.care.doctor import examine
from annotator.exporting.answers import export_project
from annotator.importing.cut_off import cut_off_imports
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.importing.source import MOST_ROWS, STEPS, step_at
from annotator.project.people import sign_in
from db.answers import annotations
from db.corpus import imports, sentences
from db.finding import browse
from db.finding.filters import SentenceFilter
from db.learning import rounds
from db.queue import slots
from db.queue.slots import QueueEntry
from db.records import OWNER, NewAnnotation, Sentence
from db.store import Store
from db.team import project

pytestmark = pytest.mark.slow

NUMBER = 1300

KILLED = """
import os, signal, sys
from pathlib import Path
from annotator.importing.source import step_at
from annotator.importing.run import import_file
from db.records import OWNER
from db.store import Store

project, file, step, times = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
reports = []

def die(done, total):
    reports.append(step_at(done, total))
    if reports.count(step) == times:
        os.kill(os.getpid(), signal.SIGKILL)

import_file(Store.open(project), file, actor=OWNER, progress=die)
"""

MOMENTS = {
    "reading": ("read", 2),
    "adding": ("add sentences", 3),
    "all added, unseen": ("add sentences", math.ceil(NUMBER / MOST_ROWS)),
    "seen, without answers": ("add sentences", math.ceil(NUMBER / MOST_ROWS) + 1),
    "answers": ("add answers", 2),
    "slots": ("make slots", 2),
    "words": ("index words", 1),
}
TABLES = (
    *("project", "labels", "people", "sentences", "annotations"),
    *("slots", "rounds", "predictions", "audit", "imports"),
)
ADDING = ("adding", "all added, unseen")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,300 sentences, a fifth of them in dev with their own answer, some with people's answers."""
    path = tmp_path_factory.mktemp("files") / "sentences.jsonl"
    rng = random.Random(0)
    path.write_text("".join(json.dumps(_line(number, rng)) + "\n" for number in range(NUMBER)))
    return path


def _line(number: int, rng: random.Random) -> dict[str, object]:
    line = {"id": f"s{number}", "text": f"Ship {rng.randrange(50)} sank {number} times", "nr": number}
    if number % 5 == 0:
        return line | {"split": "dev", "label": "event", "marks": "..+.."}
    if number % 7 == 0:
        answer = {"person": "ada", "kind": "answer", "label": "event", "marks": "+....", "key": f"key-{number:05}"}
        return line | {"annotations": [answer | {"supersedes": None}]}
    return line


@pytest.fixture(scope="module")
def empty(new_store: Callable[..., Store], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("projects") / "empty.db"
    with new_store(path, overlap=2):
        return path


@pytest.fixture(scope="module")
def undisturbed(empty: Path, file: Path) -> dict[str, object]:
    path = shutil.copy(empty, empty.with_name("undisturbed.db"))
    with Store.open(Path(path)) as store:
        import_file(store, file, actor=OWNER)
        return contents(store)


def found(store: Store) -> list[Sentence]:
    """Search for words of one sentence, as people do."""
    return browse.page(store, SentenceFilter(words=("sank", "77", "times"))).sentences


def contents(store: Store) -> dict[str, object]:
    """Return everything that an import leaves, apart from what differs between moments or runs."""
    exported = store.path.with_name(f"{store.path.stem}.jsonl")
    export_project(store, exported, actor=OWNER)
    lines = [json.loads(line) for line in exported.read_text().splitlines()]
    for line in lines:
        for answer in line["annotations"]:
            answer.pop("at")
    return {
        "export": lines,
        "slots": store.db.execute(
            "SELECT sentence_id, number, split, shuffle, priority, reason, annotation_id FROM slots ORDER BY 1, 2"
        ).fetchall(),
        "found": [sentence.external_id for sentence in found(store)],
        "indexed": store.db.execute("SELECT count(*), min(id), max(id) FROM sentence_words_docsize").fetchone(),
        "audit": store.db.execute("SELECT action, json_extract(detail, '$.sentences') FROM audit").fetchall()[:1],
    }


def kill(project: Path, file: Path, moment: str) -> None:
    step, times = MOMENTS[moment]
    killed = start_program(KILLED, str(project), str(file), step, str(times))
    _, errors = killed.communicate()
    assert killed.returncode == -signal.SIGKILL, errors


@pytest.fixture
def killed_at(empty: Path, file: Path, tmp_path: Path):
    def killed_at(moment: str) -> Store:
        path = Path(shutil.copy(empty, tmp_path / "project.db"))
        kill(path, file, moment)
        return Store.open(path)

    return killed_at


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_import_killed_at_any_step_ends_as_an_undisturbed_one(killed_at, file, undisturbed, moment) -> None:
    with killed_at(moment) as store:
        last = store.db.execute("SELECT coalesce(max(id), 0) FROM sentences").fetchone()[0]
        assert last == {"reading": 0, "adding": 3 * MOST_ROWS}.get(moment, NUMBER)
        assert sentences.count(store) == (0 if moment in ("reading", *ADDING) else NUMBER)
        assert bool(cut_off_imports(store)) == (moment != "reading")
        warned = {finding.about for finding in examine(store) if finding.level == "warning"}
        assert ("imports" in warned) == (moment != "reading")
        report = import_file(store, file, actor=OWNER)
        assert report.went_on == (moment in ADDING)
        assert cut_off_imports(store) == []
        assert contents(store) == undisturbed


def test_an_import_killed_twice_resumes_twice(killed_at, file, undisturbed) -> None:
    with killed_at("adding") as store:
        kill(store.path, file, "all added, unseen")
        kill(store.path, file, "slots")
        import_file(store, file, actor=OWNER)
        assert contents(store) == undisturbed


def test_a_resumed_import_adds_only_what_is_missing(killed_at, file) -> None:
    with killed_at("adding") as store:
        with store.writing() as db:
            db.execute("UPDATE imports SET created_ms = 7")
        import_file(store, file, actor=OWNER)
        assert store.db.execute("SELECT id, created_ms FROM imports").fetchall() == [(1, 7)]


@pytest.mark.parametrize("change", ["another file", "other settings"])
def test_what_another_import_left_is_discarded(killed_at, file, tmp_path, change, monkeypatch) -> None:
    monkeypatch.setattr(imports, "MOST_DISCARDED", 400)  # 600 sentences in two transactions
    other = tmp_path / "other.jsonl"
    other.write_text('{"id": "other", "text": "Another"}\n{"id": "s1", "text": "It has this id too"}\n')
    with killed_at("adding") as store:
        options = {"answers": "keep"} if change == "other settings" else {}
        report = import_file(store, file if options else other, ImportSettings(**options), actor=OWNER)
        stored = store.db.execute("SELECT count(*) FROM sentences").fetchone()[0]
        assert (report.went_on, stored) == (False, NUMBER if options else 2)
        assert store.db.execute("SELECT count(*) FROM imports").fetchone() == (1,)


def test_the_next_import_of_any_file_makes_slots_and_words_that_are_missing(killed_at, tmp_path, undisturbed) -> None:
    other = tmp_path / "other.txt"
    other.write_text("Another\n")
    with killed_at("slots") as store:
        import_file(store, other, ImportSettings(hold_out=0), actor=OWNER)
        assert cut_off_imports(store) == []
        made = store.db.execute("SELECT count(*) FROM slots").fetchone()[0]
        assert made == len(undisturbed["slots"]) + 2
        assert (
            len(browse.page(store, SentenceFilter(words=("sank", "77", "times"))).sentences)
            == len(undisturbed["found"])
            == 1
        )


def test_nothing_of_the_spool_is_left(killed_at) -> None:
    with killed_at("adding") as store:
        assert not list(store.path.parent.glob(f".{store.path.name}.*"))


def test_people_keep_answering_at_every_step_of_an_import(store: Store, file: Path) -> None:
    anna, rng, said = sign_in(store, "Anna"), random.Random(0), {}

    def answer(done: int, total: int) -> None:
        step = step_at(done, total)
        if step not in said:
            (held,) = lease_ahead(store, anna, count=1, rng=rng)
            new = NewAnnotation(held.sentence.id, anna.id, "answer", f"key-at-{step}", label=0)
            said[step] = submit(store, anna, new).state

    import_file(store, file, actor=OWNER, progress=answer)
    assert said == dict.fromkeys(STEPS, "saved")


def test_adding_sentences_later_changes_nothing_of_what_was_there(store: Store, anna, ben, file) -> None:
    rng = random.Random(0)
    for held in lease_ahead(store, anna, count=3, rng=rng)[:2]:
        submit(store, anna, NewAnnotation(held.sentence.id, anna.id, "answer", f"anna-{held.sentence.id:05}", label=0))
    head = [QueueEntry(slot.sentence_id, "unsure", 0.5) for slot in reversed(slots.upcoming(store, 5))]
    landed = rounds.queue(store, config={}, seed=0, last_annotation=annotations.last_id(store))
    slots.refill(store, landed.id, head)
    rounds.advance(store, landed.id, "ready")
    project.serve_round(store, landed.id)
    lease_ahead(store, ben, count=3, rng=rng)

    def rows() -> dict[str, list[tuple[object, ...]]]:
        return {table: store.db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in TABLES}

    before, next_up = rows(), slots.upcoming(store, 2)
    import_file(store, file, ImportSettings(answers="keep"), actor=OWNER)
    after = rows()
    assert {table: after[table][: len(rows)] for table, rows in before.items()} == before
    assert slots.upcoming(store, 2) == next_up
    assert sentences.count(store) == 10 + NUMBER


def test_the_import_of_a_packed_file_resumes_too(empty, file, tmp_path, undisturbed) -> None:
    packed = tmp_path / "sentences.jsonl.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    path = Path(shutil.copy(empty, tmp_path / "project.db"))
    kill(path, packed, "adding")
    with Store.open(path) as store:
        assert import_file(store, packed, actor=OWNER).went_on
        assert contents(store)["slots"] == undisturbed["slots"]

"""Several processes with several people each, and leases that expire: a live lease belongs to one person."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from lease_log import Stretch, double_assigned

from annotator.answering.asking_next import ask_next
from annotator.project.projects import create_project
from annotator.project.sets import save_set
from db.answers import annotations
from db.corpus import sentences
from db.finding.filters import EVERYTHING
from db.queue import slots
from db.records import OWNER, NewSentence
from db.store import Store

pytestmark = pytest.mark.slow

PROCESSES = 3
OVERLAP = 2
SENTENCES = 60

PEOPLE_AT_WORK = """
import json, random, sys, threading
from annotator.project.people import sign_in
from annotator.answering.queue import submit
from db.queue import claims, set_requests
from db.records import NewAnnotation
from db.store import Store, now_ms

store, process, lock = Store.open(sys.argv[1]), sys.argv[2], threading.Lock()

def tell(**event):
    with lock:
        print(json.dumps(event), flush=True)

def claim(person, lease_ms):
    if sys.argv[3] == "set":
        return next(iter(set_requests.claim(store, person.id, count=1, lease_ms=lease_ms)), None)
    return claims.claim(store, person.id, held_out=False, shared=True, lease_ms=lease_ms)

def work(number):
    person, rng, held, late = sign_in(store, f"person {process}-{number}"), random.Random(number), [], []
    for turn in range(25):
        walks_away = rng.random() < 0.4
        slot = claim(person, 100 if walks_away else 60_000)
        if slot is not None and walks_away:
            tell(slot=slot.id, person=person.id, since=now_ms(), until=slot.lease_until_ms)
            late.append(slot.sentence_id)
        elif slot is not None:
            held.append((slot, now_ms()))
        if len(held) > 1 or (held and slot is None):  # one stays in hand while others claim
            first, since = held.pop(0)
            tell(slot=first.id, person=person.id, since=since, until=now_ms())
            answer(person, first.sentence_id, turn)
        elif late and rng.random() < 0.5:
            answer(person, late.pop(0), turn)
    for first, since in held:
        tell(slot=first.id, person=person.id, since=since, until=first.lease_until_ms)
    store.close()

def answer(person, sentence, turn):
    key = f"key-{person.name}-{turn:03}".replace(" ", "-")
    new = NewAnnotation(sentence, person.id, "answer", key, label=1, marks="+.")
    tell(key=key, state=submit(store, person, new).state)

threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
print("ready", flush=True)
sys.stdin.readline()
for thread in threads:
    thread.start()
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Store]:
    with create_project(tmp_path / "a.db", labels=["none", "event"], overlap=OVERLAP) as store:
        import_id = sentences.begin_import(store, source="", source_hash="", tokenizer="")
        new = [NewSentence(f"s{number}", "a b", ("a", "b"), (0, 2), "pool") for number in range(SENTENCES)]
        sentences.add(store, import_id, new)
        sentences.finish_import(store, import_id)
        slots.create_missing(store)
        yield store


def events_of_people_at_work(path: Path, source: str) -> list[dict]:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PEOPLE_AT_WORK, str(path), str(number), source],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * PROCESSES
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * PROCESSES
    return [json.loads(line) for output in outputs for line in output.splitlines()]


def stretches(events: Sequence[dict]) -> list[Stretch]:
    return [
        Stretch(event["slot"], event["person"], event["since"], event["until"]) for event in events if "slot" in event
    ]


@pytest.mark.parametrize("source", ["queue", "set"])
def test_one_live_slot_is_one_persons_and_no_answer_is_lost(project: Store, source: str) -> None:
    if source == "set":
        save_set(project, "all", EVERYTHING, {}, actor=OWNER)
        ask_next(project, "all", actor=OWNER)
    events = events_of_people_at_work(project.path, source)
    held_by = defaultdict(set)
    for stretch in stretches(events):
        held_by[stretch.slot].add(stretch.person)
    assert any(len(people) > 1 for people in held_by.values()), "leases ran out, and others took the slots"
    assert double_assigned(stretches(events)) == []

    told = {event["key"]: event["state"] for event in events if "key" in event}
    log = annotations.of_sentences(project, range(1, SENTENCES + 1))
    stored = [each for chain in log.values() for each in chain]
    assert {each.submission_key: "surplus" if each.surplus else "saved" for each in stored} == told
    counted = Counter(each.sentence_id for each in stored if not each.superseded and not each.surplus)
    assert max(counted.values()) == OVERLAP
    assert slots.counts(project)["filled"] == counted.total()
    project.close()


HELD = Stretch(slot=1, person=1, since_ms=100, until_ms=200)


@pytest.mark.parametrize(
    ("other", "doubles"),
    [
        (Stretch(slot=1, person=2, since_ms=150, until_ms=160), 1),
        (Stretch(slot=1, person=2, since_ms=50, until_ms=101), 1),
        (Stretch(slot=1, person=2, since_ms=200, until_ms=300), 0),
        (Stretch(slot=1, person=1, since_ms=150, until_ms=300), 0),
        (Stretch(slot=2, person=2, since_ms=150, until_ms=160), 0),
        (Stretch(slot=1, person=2, since_ms=150, until_ms=140), 0),
    ],
    ids=["inside", "before the end", "afterwards", "the same person", "another slot", "over when it was told"],
)
def test_a_doctored_log_shows_that_the_check_can_fail(other: Stretch, doubles: int) -> None:
    assert len(double_assigned([HELD, other])) == doubles


def test_a_long_stretch_is_compared_with_all_that_follow() -> None:
    within = Stretch(slot=1, person=2, since_ms=110, until_ms=120)
    later = Stretch(slot=1, person=3, since_ms=150, until_ms=160)
    assert double_assigned([within, HELD, later]) == [(HELD, within), (HELD, later)]

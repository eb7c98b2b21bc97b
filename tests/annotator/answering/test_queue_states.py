"""Whatever people do, and in whatever order, the queue's invariants hold."""

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from annotator.answering.queue import lease_ahead, submit
from annotator.project.permissions import OWNER
from annotator.reviewing.admitting import admit
from annotator.rounds.learning.training_set import build_training_set
from db.answers import annotations
from db.corpus import sentences
from db.learning import rounds
from db.queue import claims, slots
from db.records import Label, NewAnnotation, NewSentence, Person
from db.store import Store
from db.team import people, project

pytestmark = pytest.mark.slow

SENTENCES = 4
PEOPLE = ("Anna", "Ben", "Cleo")

who = st.integers(0, len(PEOPLE) - 1)
which = st.integers(1, SENTENCES)


class Queue(RuleBasedStateMachine):
    """Three people on four sentences, each of which needs one or two answers."""

    @initialize(overlap=st.integers(1, 2))
    def open_project(self, overlap: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        labels = [Label(0, "none", takes_rationale=False), Label(1, "event")]
        self.store = Store.create(Path(self.folder.name) / "q.db", labels=labels, overlap=overlap)
        self.overlap = overlap
        import_id = sentences.begin_import(self.store, source="", source_hash="", tokenizer="")
        new = [NewSentence(f"s{number}", "a b", ("a", "b"), (0, 2), "pool") for number in range(SENTENCES)]
        sentences.add(self.store, import_id, new)
        sentences.finish_import(self.store, import_id)
        slots.create_missing(self.store)
        self.people: list[Person] = [people.add(self.store, name) for name in PEOPLE]
        self.acknowledged: set[str] = set()
        self.given: set[tuple[int, int]] = set()
        """Who was ever leased which sentence, as (person, sentence)."""

    @rule(person=who, count=st.integers(1, 3))
    def lease(self, person: int, count: int) -> None:
        of_others = self._live_leases() - self._live_leases(self.people[person])
        held = lease_ahead(self.store, self.people[person], count=count, rng=random.Random(0))
        assert of_others <= self._live_leases(), "a live lease is nobody else's"
        ids = [assignment.sentence.id for assignment in held]
        assert len(ids) == len(set(ids)), "nobody holds a sentence twice"
        self.given |= {(self.people[person].id, sentence) for sentence in ids}

    @rule(person=who)
    def let_leases_expire(self, person: int) -> None:
        with self.store.writing() as db:
            db.execute(
                "UPDATE slots SET lease_until_ms = 1 WHERE annotation_id IS NULL AND person_id = ?",
                [self.people[person].id],
            )

    @rule()
    def land_a_round(self) -> None:
        """Sentences held from before, and not on a screen, are returned at the next lease."""
        landed = rounds.queue(self.store, config={}, seed=0, last_annotation=None)
        rounds.advance(self.store, landed.id, "ready")
        project.serve_round(self.store, landed.id)

    @rule()
    def restart(self) -> None:
        path = self.store.path
        self.store.close()
        self.store = Store.open(path)

    @rule(number=st.integers(1, 40), admitted=st.booleans())
    def admit_or_withdraw(self, number: int, admitted: bool) -> None:
        answer = annotations.read(self.store, number)
        if answer is not None and answer.surplus and not answer.superseded:
            admit(self.store, number, admitted=admitted, actor=OWNER)

    @rule(person=who, sentence=which, label=st.sampled_from([0, 1]))
    def answer(self, person: int, sentence: int, label: int) -> None:
        self._submit(person, sentence, "answer", label, "+." if label else None)

    @rule(person=who, sentence=which)
    def skip(self, person: int, sentence: int) -> None:
        self._submit(person, sentence, "skip", None, None)

    @rule(person=who, sentence=which)
    def release(self, person: int, sentence: int) -> None:
        claims.release(self.store, self.people[person].id, sentence)

    @rule(person=who, sentence=which)
    def send_the_last_one_again(self, person: int, sentence: int) -> None:
        newest = annotations.newest(self.store, sentence, self.people[person].id)
        if newest is not None:
            again = submit(self.store, self.people[person], newest)
            assert again.state == ("saved" if newest.has_a_vote else "surplus")

    def _submit(self, person: int, sentence: int, kind, label: int | None, marks: str | None) -> None:
        key = f"key-{len(self.acknowledged):06}"
        new = NewAnnotation(sentence, self.people[person].id, kind, key, label=label, marks=marks)
        before = annotations.newest(self.store, sentence, new.person_id)
        receipt = submit(self.store, self.people[person], new)
        if (new.person_id, sentence) not in self.given:
            assert (receipt.state, before) == ("rejected", None), "nobody answers what they were never given"
            return
        if kind == "skip" and before is not None and before.kind == "answer":
            assert receipt.state == "rejected", "a skip takes no answer back"
            return
        assert receipt.state in ("saved", "surplus")
        self.acknowledged.add(key)

    @invariant()
    def nothing_acknowledged_is_lost(self) -> None:
        stored = {key for (key,) in self.store.db.execute("SELECT submission_key FROM annotations")}
        assert stored == self.acknowledged

    @invariant()
    def every_filled_slot_has_an_answer_that_counts(self) -> None:
        for sentence, chain in annotations.of_sentences(self.store, range(1, SENTENCES + 1)).items():
            filled = self.store.db.execute(
                "SELECT annotation_id, person_id FROM slots WHERE sentence_id = ? AND annotation_id IS NOT NULL",
                [sentence],
            ).fetchall()
            assert len({person for _, person in filled}) == len(filled) <= self.overlap
            standing = {each.id: each for each in chain if not each.superseded and each.kind == "answer"}
            assert {annotation for annotation, _ in filled} <= set(standing)
            # An answer without a slot came when none was free.
            holders = {annotation for annotation, _ in filled}
            assert all(each.surplus for each in standing.values() if each.id not in holders)

    @invariant()
    def what_counts_has_a_place_or_was_admitted(self) -> None:
        answered = set()
        for sentence, chain in annotations.of_sentences(self.store, range(1, SENTENCES + 1)).items():
            voting = {each.id for each in chain if each.kind == "answer" and each.has_a_vote and not each.superseded}
            admitted = {each.id for each in chain if each.admitted}
            held = {each for each in voting if slots.held_by(self.store, each) is not None}
            assert voting <= held | admitted
            assert len(voting - admitted) <= self.overlap
            answered |= {sentence} if voting else set()
        learned = build_training_set(self.store, up_to=annotations.last_id(self.store))
        assert len(learned.examples["pool"]) + learned.ties == len(answered)

    def _live_leases(self, person: Person | None = None) -> set[tuple[int, int]]:
        """Return the leased slots and who holds them: all of them, or one person's."""
        rows = self.store.db.execute(
            "SELECT id, person_id FROM slots WHERE annotation_id IS NULL AND lease_until_ms > 1"
        )
        return {(slot, holder) for slot, holder in rows if person is None or holder == person.id}

    @invariant()
    def the_file_is_sound(self) -> None:
        assert self.store.db.execute("PRAGMA foreign_key_check").fetchall() == []

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()


TestQueue = Queue.TestCase
TestQueue.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

"""The oracle: people who answer what the queue has for them, from gold answers and by their habits."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from annotator.answering.queue import Assignment, lease_ahead, submit
from annotator.errors import CannotSimulate
from annotator.project.people import sign_in
from annotator.rounds.learning.pool import open_pool
from annotator.simulation.cost import Work
from annotator.simulation.gold import Gold
from annotator.simulation.habits import Habits, give_answer, who_answers
from db.corpus import sentences
from db.queue import slots
from db.queue.slots import QueueEntry
from db.records import NewAnnotation, Person
from db.store import Store

_AT_A_TIME = 1000


@dataclass
class Oracle:
    """The people of a simulation at their work in one project."""

    store: Store
    gold: Gold
    people: Sequence[Habits]
    seed: int
    marks_words: bool = True
    """Whether words are marked at all; a team that teaches by labels alone marks none."""
    work: dict[str, Work] = field(default_factory=dict)
    """What each person has answered so far."""

    def __post_init__(self) -> None:
        self._known = {example.id: example for example in self.gold.pool}
        self._unmarked = [self.gold.labels.index(name) for name in self.gold.unmarked_labels]
        self._asked = hashlib.sha256()
        self._persons: Mapping[str, Person] = {one.name: sign_in(self.store, one.name) for one in self.people}

    @property
    def asked(self) -> str:
        """Return what stands for the sentences that were answered, in their order."""
        return self._asked.hexdigest()[:16]

    @cached_property
    def _chances(self) -> dict[int, bytes]:
        """Return the place of each sentence in the order by chance, by the sentence's number in the project."""
        pool, names = open_pool(self.store), dict[int, str]()
        for start in range(0, len(pool), _AT_A_TIME):
            names |= sentences.external_ids(self.store, pool[start : start + _AT_A_TIME])
        return {number: hashlib.sha256(f"{self.seed} {name}".encode()).digest() for number, name in names.items()}

    def draw_first(self, number: int) -> None:
        """Put this many open sentences of the pool at the head of the queue, by chance.

        Their order depends on the seed and their ids alone: called again, it continues in the same order.
        """
        pool = open_pool(self.store)
        drawn = sorted(pool, key=self._chances.__getitem__)[:number]
        slots.refill(self.store, None, [QueueEntry(one, "random", None, len(drawn) / len(pool)) for one in drawn])

    def answer(self, number: int) -> None:
        """Answer this many of the next sentences of the queue, each by the person whose sentence it is."""
        ahead = [slot.sentence_id for slot in slots.upcoming(self.store, number)]
        names = sentences.external_ids(self.store, ahead)
        turns = [who_answers(self.people, names[sentence_id], seed=self.seed) for sentence_id in ahead]
        with self.store.writing():  # one transaction: no one waits for the receipt of a single answer
            for habits, run in groupby(turns, key=lambda one: one):
                self._answer_in_turn(habits, len(list(run)))

    def _answer_in_turn(self, habits: Habits, number: int) -> None:
        person = self._persons[habits.name]
        for assignment in lease_ahead(self.store, person, count=number, rng=random.Random(self.seed)):
            self._submit(habits, person, assignment)

    def _submit(self, habits: Habits, person: Person, assignment: Assignment) -> None:
        sentence = assignment.sentence
        given = give_answer(
            habits,
            self._known[sentence.external_id],
            seed=self.seed,
            classes=len(self.gold.labels),
            unmarked=self._unmarked,
        )
        marks = given.marks if self.marks_words else None
        key = f"oracle-{sentence.id}"
        receipt = submit(
            self.store, person, NewAnnotation(sentence.id, person.id, "answer", key, label=given.label, marks=marks)
        )
        if receipt.state != "saved":
            raise CannotSimulate(f"An answer to {sentence.external_id} was not accepted: {receipt.message}")
        self._asked.update(f"{sentence.external_id}\n".encode())
        before = self.work.get(habits.name, Work(0, 0))
        self.work[habits.name] = Work(before.answers + 1, before.marked + (marks is not None))

"""What answers cost: worked cases of the stated models, and what a project's log says."""

import random

import pytest

from annotator.answering.queue import lease_ahead, submit
from annotator.errors import CannotSimulate
from annotator.project.permissions import OWNER
from annotator.simulation.cost import RATIOS, Work, observed, stated
from annotator.simulation.habits import Habits
from db.records import NewAnnotation, Observed, Person
from db.store import Store


def test_the_stated_models_of_a_worked_case() -> None:
    """100 answers, 40 of them with marks, at 30 seconds a unit: 60 units and 40 x 1.5, 1 or 2."""
    work = {"Oracle": Work(100, 40)}
    minutes = [stated(ratio, unit_s=30).minutes(work, (Habits(),)) for ratio in RATIOS]
    assert minutes == pytest.approx([60, 50, 70])


def test_a_person_has_a_pace_of_their_own() -> None:
    """Ann: 10 x 0.5 minutes; Ben: 4 x 2 minutes, and 6 x 2 x 1.5."""
    people = (Habits(name="Ann"), Habits(name="Ben", minutes=2))
    work = {"Ann": Work(10, 0), "Ben": Work(10, 6)}
    assert stated(1.5, unit_s=30).minutes(work, people) == pytest.approx(5 + 8 + 18)


def _answer(store: Store, person: Person, answers: list[tuple[float | None, bool]]) -> None:
    held = lease_ahead(store, person, count=len(answers), rng=random.Random(0))
    for one, (seconds, with_marks) in zip(held, answers, strict=True):
        marks = "." * len(one.sentence.tokens) if with_marks else None
        key, seen = f"key-{one.sentence.id:04}", Observed(seconds=seconds)
        assert (
            submit(store, person, NewAnnotation(one.sentence.id, person.id, "answer", key, 1, marks, seen)).state
            == "saved"
        )


def test_a_project_says_what_answers_with_and_without_marks_take(store: Store, anna: Person) -> None:
    _answer(store, anna, [(4, False), (6, False), (11, False), (9, True), (30, True), (None, True), (15, True)])
    cost = observed(store, actor=OWNER)
    assert (cost.label_s, cost.ratio * cost.label_s) == pytest.approx((6, 15))
    assert cost.minutes({"Oracle": Work(10, 4)}, (Habits(),)) == pytest.approx((6 * 6 + 4 * 15) / 60)


def test_a_project_without_timed_answers_of_both_kinds_cannot_say_it(store: Store, anna: Person) -> None:
    _answer(store, anna, [(4, False), (None, True)])
    with pytest.raises(CannotSimulate, match="no answer with marks whose time is known"):
        observed(store, actor=OWNER)

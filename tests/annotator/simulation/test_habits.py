"""How an oracle answers: always as it should, or wrongly at the rates that it was given."""

from statistics import fmean

import pytest

from annotator.simulation.habits import Habits, give_answer, who_answers
from learner.data.example import Example

MANY = 1500
LABELS = ("event", "none")


def _examples(marks: str = "+..+......") -> list[Example]:
    return [Example(tuple("abcdefghij"), place % 2, marks, id=f"s{place}") for place in range(MANY)]


def _given(habits: Habits, examples: list[Example], seed: int = 0) -> list[tuple[int, str | None]]:
    return [tuple(give_answer(habits, example, seed=seed, classes=3)) for example in examples]


def test_a_perfect_oracle_answers_with_gold() -> None:
    for example in _examples()[:20]:
        assert give_answer(Habits(), example, seed=3, classes=3) == (example.label, example.marks)


def test_under_a_label_that_takes_no_marks_none_are_given() -> None:
    example = Example(("a", "b"), 1, "..", id="s")
    assert give_answer(Habits(), example, seed=0, classes=2, unmarked=[1]).marks is None


def test_labels_are_wrong_at_the_rate_and_any_other_one_alike() -> None:
    given = _given(Habits(label_error=0.2), examples := _examples())
    wrong = [
        (example.label, label) for example, (label, _) in zip(examples, given, strict=True) if label != example.label
    ]
    assert len(wrong) / MANY == pytest.approx(0.2, abs=0.03)
    assert fmean(label == 2 for _, label in wrong) == pytest.approx(0.5, abs=0.1)


def test_a_table_says_which_labels_are_confused() -> None:
    habits = Habits(confusion=((0.7, 0.3, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)))
    given = _given(habits, examples := _examples())
    of_first = [label for example, (label, _) in zip(examples, given, strict=True) if example.label == 0]
    of_second = {label for example, (label, _) in zip(examples, given, strict=True) if example.label == 1}
    assert fmean(label == 1 for label in of_first) == pytest.approx(0.3, abs=0.05)
    assert 2 not in of_first
    assert of_second == {1}


def test_marked_words_are_missed_and_others_marked_at_the_rates() -> None:
    missed = [marks for _, marks in _given(Habits(missed=0.25), _examples()) if marks]
    assert fmean(marks.count("+") for marks in missed) == pytest.approx(2 * 0.75, abs=0.06)
    assert all(set(marks[1:3] + marks[4:]) == {"."} for marks in missed)
    extra = [marks for _, marks in _given(Habits(extra=1.5), _examples()) if marks]
    assert fmean(marks.count("+") for marks in extra) == pytest.approx(2 + 3)
    half = [marks for _, marks in _given(Habits(extra=0.25), _examples()) if marks]
    assert fmean(marks.count("+") for marks in half) == pytest.approx(2.5, abs=0.06)


def test_words_are_marked_in_a_share_of_the_answers() -> None:
    given = _given(Habits(marks=0.3), _examples())
    assert fmean(marks is not None for _, marks in given) == pytest.approx(0.3, abs=0.04)


def test_a_higher_rate_adds_faults_and_takes_none_away() -> None:
    few, many = (_given(Habits(missed=rate, extra=rate, marks=1 - rate), _examples()) for rate in (0.1, 0.5))
    assert all(of_many is None or of_few is not None for (_, of_few), (_, of_many) in zip(few, many, strict=True))
    both = [(one, other) for (_, one), (_, other) in zip(few, many, strict=True) if one and other]
    assert all(letter == "." or before == "+" for before, letter in ((one[0], other[0]) for one, other in both))
    assert any(one != other for one, other in both)


def test_chance_depends_on_seed_sentence_and_person_alone() -> None:
    habits, examples = Habits(label_error=0.5, missed=0.5), _examples()[:40]
    assert _given(habits, examples) == _given(habits, examples[::-1])[::-1]
    assert _given(habits, examples) != _given(habits, examples, seed=1)
    other = Habits(name="Ben", label_error=0.5, missed=0.5)
    assert _given(habits, examples) != _given(other, examples)


def test_people_answer_their_shares_whatever_comes_first() -> None:
    people = (Habits(name="Ann", share=3), Habits(name="Ben", share=1))
    names = [who_answers(people, f"s{place}", seed=0).name for place in range(MANY)]
    assert names.count("Ann") / MANY == pytest.approx(0.75, abs=0.04)
    assert who_answers(people, "s7", seed=0).name == names[7]


def test_habits_are_said_in_a_few_words() -> None:
    assert Habits().in_words(LABELS) == "perfect"
    noisy = Habits(label_error=0.1, missed=0.2, extra=0.5, marks=0.3)
    assert noisy.in_words(LABELS) == (
        "labels wrong in 10 %, 20 % of marks missed, 0.5 other words for each marked one, marks on 30 %"
    )
    confused = Habits(confusion=((0.9, 0.1), (0.0, 1.0)))
    assert confused.in_words(LABELS) == "labels confused (event → none 10 %)"

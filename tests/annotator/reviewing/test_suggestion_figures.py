"""What suggestions changed, on a case that can be counted by hand."""

from typing import Any

import pytest

from annotator.errors import NotAllowed
from annotator.reviewing.suggestion_figures import suggestion_figures
from annotator.reviewing.suggestion_wording import tables_of, what_was_asked
from db.answers import annotations, suggestions
from db.queue import slots
from db.records import OWNER, NewAnnotation, Observed, Person, Suggestion
from db.store import Store, now_ms
from db.team import people


def seen(before: str | None, taken: float | None = None) -> dict[str, Any]:
    return {"model": "m", "label": "event", "words": [0, 1], "seconds": 2.0, "label_before": before, "taken": taken}


def answer(
    store: Store,
    person: Person,
    sentence: int,
    label: int,
    suggestion: dict[str, Any] | None = None,
    *,
    seconds: float = 8.0,
    marks: str = "++..",
    at_ms: int | None = None,
) -> None:
    key = f"key-{person.id}-{sentence:04}-{annotations.last_id(store)}"
    observed = Observed(seconds=seconds, suggestion=suggestion)
    new = NewAnnotation(sentence, person.id, "answer", key, label, marks if label else None, observed)
    annotations.add(store, new, created_ms=at_ms or now_ms() + 1000)


@pytest.fixture
def answered(empty_store: Store, add_sentences, anna: Person, ben: Person) -> Store:
    """Twelve sentences that a model was asked about, the last of them in vain, and ten that were left without.

    One on each side was drawn at random for a round's queue.
    """
    ids = add_sentences(22)
    for sentence in ids[:11]:
        suggestions.add(empty_store, Suggestion(sentence, "m", 1, (0, 1)), characters=10)
    suggestions.add_unusable(empty_store, ids[11], "m", "bad JSON", characters=20)
    suggestions.leave_without(empty_store, ids[12:])
    slots.refill(empty_store, None, [slots.QueueEntry(each, "random", None) for each in (ids[10], ids[21])])
    for sentence in ids[:4]:
        answer(empty_store, anna, sentence, 1, seen(None, taken=2.2), seconds=4)
    answer(empty_store, anna, ids[4], 1, seen("none", taken=2.4))
    answer(empty_store, anna, ids[5], 1, seen("event", taken=6.0), marks="+...")
    answer(empty_store, anna, ids[6], 0, seen("none"))
    answer(empty_store, anna, ids[7], 1, seen("event"), marks="...+")
    answer(empty_store, anna, ids[8], 0)  # no mark, so nothing came into view
    answer(empty_store, anna, ids[10], 1)
    answer(empty_store, anna, ids[11], 1, seconds=10)
    for number, sentence in enumerate(ids[12:]):
        answer(empty_store, anna, sentence, int(number < 3), seconds=20)
    answer(empty_store, anna, ids[3], 0)  # a correction
    answer(empty_store, ben, ids[9], 0, at_ms=1)  # before the draw
    return empty_store


def test_the_worked_case(answered: Store) -> None:
    found = suggestion_figures(answered, actor=OWNER)
    assert found is not None
    counted = {
        name: (round(estimate.value, 1), estimate.sentences)
        for name in ("taken_over", "taken_and_changed", "not_taken", "blind_agreement", "gave_way", "seconds_to_taking")
        if (estimate := getattr(found, name)) is not None
    }
    assert counted == {
        "taken_over": (62.5, 8),
        "taken_and_changed": (12.5, 8),
        "not_taken": (25.0, 8),
        "blind_agreement": (40.0, 5),
        "gave_way": (50.0, 2),
        "seconds_to_taking": (0.2, 6),
    }
    sides = [
        (
            side.answers,
            side.seconds and side.seconds.value,
            {name: round(each.value, 1) for name, each in side.labels.items() if each},
        )
        for side in (found.offered, found.left_without)
    ]
    assert sides == [(10, 8.0, {"none": 20.0, "event": 80.0}), (9, 20.0, {"none": 66.7, "event": 33.3})]
    assert not found.is_rubber_stamped, "six are too few to say"


def test_it_is_said_in_words_with_n(answered: Store) -> None:
    found = suggestion_figures(answered, actor=OWNER)
    assert found is not None
    assert what_was_asked(found) == (
        "m: 11 sentences with a suggestion, 1 answer that could not be used (bad JSON 1), 10 sentences left without; "
        "130 characters were sent for them."
    )
    (_, first), (head, second) = tables_of(found)
    assert first[0] == ["taken over as it was, %", "too few to say, n 8"]
    assert head == ("answers", "with", "without")
    assert second[0] == ["answers", "10", "9"]
    assert second[1] == ["seconds, median", "8.0 (4.0 to 10.0), n 10", "too few to say, n 9"]


def test_those_who_take_over_what_they_cannot_have_read_are_noticed(
    empty_store: Store, add_sentences, anna: Person
) -> None:
    for sentence in add_sentences(10):
        suggestions.add(empty_store, Suggestion(sentence, "m", 1, (0, 1)), characters=10)
        answer(empty_store, anna, sentence, 1, seen(None, taken=2.4))
    found = suggestion_figures(empty_store, actor=OWNER)
    assert found is not None
    assert found.is_rubber_stamped


def test_without_suggestions_there_are_no_figures_and_they_are_for_researchers(store: Store) -> None:
    assert suggestion_figures(store, actor=OWNER) is None
    carl = people.add(store, "Carl", role="annotator")
    with pytest.raises(NotAllowed):
        suggestion_figures(store, actor=carl)

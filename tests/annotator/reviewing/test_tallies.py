"""How what a search finds is spread over splits, answers and labels."""

from annotator.reviewing.browsing import choose
from annotator.reviewing.tallies import tally
from db.answers import annotations
from db.finding.filters import EVERYTHING
from db.records import OWNER, NewAnnotation, Person
from db.store import Store


def answer(store: Store, person: Person, sentence: int, label: int | None, kind: str = "answer") -> None:
    key = f"{person.name}-{sentence:05}-{kind}-{label}"
    annotations.add(store, NewAnnotation(sentence, person.id, kind, key, label))  # type: ignore[arg-type]


def test_the_whole_project_and_a_search_are_counted_alike(
    store: Store, add_sentences, anna: Person, ben: Person
) -> None:
    (dev, _) = add_sentences(2, split="dev")
    answer(store, anna, 1, 0)
    answer(store, anna, 1, 1)  # a correction: only this counts
    answer(store, ben, 2, 0)
    answer(store, anna, 2, 1)
    answer(store, ben, dev, 0)
    answer(store, ben, 3, None, kind="skip")
    every = tally(store, EVERYTHING, actor=OWNER)
    assert (every.sentences, every.by_split) == (12, {"pool": 10, "dev": 2, "test": 0})
    assert (every.answered, every.unanswered, every.by_label) == (3, 9, {"none": 2, "event": 2})
    assert tally(store, choose(store, among=range(1, 13)), actor=OWNER).by_label == every.by_label
    pool = tally(store, choose(store, split="pool", label="none"), actor=OWNER)
    assert (pool.ids, pool.answered, pool.by_label) == ((2,), 1, {"none": 1, "event": 1})


def test_nothing_found_is_counted_as_nothing(store: Store) -> None:
    none = tally(store, choose(store, split="test"), actor=OWNER)
    assert (none.sentences, none.answered, none.by_label) == (0, 0, {"none": 0, "event": 0})

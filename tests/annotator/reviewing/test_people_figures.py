"""Who is fast, who marks much, who differs from others and from the model."""

from annotator.reviewing.people_figures import figures_of_people, in_words, rows_of
from db.answers import annotations
from db.learning import predictions, rounds
from db.learning.round_records import Prediction
from db.records import OWNER, NewAnnotation, Observed, Person
from db.store import Store
from db.team import people


def answer(store: Store, person: Person, sentence: int, label: int, **facts: object) -> None:
    marks = "+..." if label else None
    key = f"key-{person.id}-{sentence:04}-{annotations.last_id(store)}"
    observed = Observed(**facts)  # type: ignore[arg-type]
    annotations.add(store, NewAnnotation(sentence, person.id, "answer", key, label, marks, observed))


def predict(store: Store, sentences: list[int], label: int, *, after: int | None) -> None:
    """Put a round into the store that learned from the answers up to `after` and predicts one label."""
    made = rounds.queue(store, config={}, seed=0, last_annotation=after)
    rows = [Prediction(made.id, sentence, label, (0.5, 0.5), (0.0,) * 4, (0.0,) * 4) for sentence in sentences]
    predictions.add(store, rows)


def test_each_person_has_their_own_figures_and_too_few_is_said(
    empty_store: Store, add_sentences, anna: Person, ben: Person
) -> None:
    ids = add_sentences(20)
    for sentence in ids:
        answer(empty_store, anna, sentence, 1, seconds=4.0)
    for sentence in ids[:5]:
        answer(empty_store, ben, sentence, 0, seconds=30.0)
    first, second = figures_of_people(empty_store, actor=OWNER)
    assert (first.person, first.answers, second.answers) == ("Anna", 20, 5)
    assert first.seconds is not None
    assert (first.seconds.value, first.seconds.sentences) == (4.0, 20)
    assert in_words(first.marked) == "25.0 (25.0 to 25.0), n 20"
    assert second.marked is None
    assert rows_of([second]) == [["Ben", "5", "too few to say, n 5", "–", "too few to say, n 5", "–"]]


def test_who_differs_from_most_others_is_counted_and_ties_are_left_out(
    empty_store: Store, add_sentences, anna: Person, ben: Person
) -> None:
    ids, carl = add_sentences(12), people.add(empty_store, "Carl", role="annotator")
    for sentence in ids:
        answer(empty_store, anna, sentence, 1)
        answer(empty_store, ben, sentence, 1)
        answer(empty_store, carl, sentence, 0)
    by_name = {one.person: one for one in figures_of_people(empty_store, actor=OWNER)}
    assert by_name["Carl"].differs is not None
    assert (by_name["Carl"].differs.value, by_name["Carl"].differs.sentences) == (100.0, 12)
    assert by_name["Anna"].differs is None, "the two others disagree"


def test_the_model_is_one_that_learned_from_no_answer_to_the_sentence_and_was_not_seen(
    empty_store: Store, add_sentences, anna: Person
) -> None:
    ids = add_sentences(24)
    predict(empty_store, ids[:12], 1, after=None)
    for sentence in ids[:12]:
        answer(empty_store, anna, sentence, 0)
    predict(empty_store, ids, 0, after=annotations.last_id(empty_store))
    saw = rounds.all_of(empty_store)[0].id
    for sentence in ids[12:]:
        answer(empty_store, anna, sentence, 0, saliency_round=saw)
    (found,) = figures_of_people(empty_store, actor=OWNER)
    assert found.differs_from_model is not None
    assert (found.differs_from_model.value, found.differs_from_model.sentences, found.is_blind) == (100.0, 12, True)


def test_where_all_saw_the_model_a_star_says_so(empty_store: Store, add_sentences, anna: Person) -> None:
    ids = add_sentences(12)
    predict(empty_store, ids, 0, after=None)
    for sentence in ids:
        answer(empty_store, anna, sentence, 1, saliency_round=rounds.all_of(empty_store)[0].id)
    ((*_, of_model),) = rows_of(figures_of_people(empty_store, actor=OWNER))
    assert of_model.endswith(", n 12 *")


def test_a_corrected_answer_counts_once(empty_store: Store, add_sentences, anna: Person) -> None:
    (sentence,) = add_sentences(1)
    answer(empty_store, anna, sentence, 0)
    answer(empty_store, anna, sentence, 1)
    (found,) = figures_of_people(empty_store, actor=OWNER)
    assert (found.answers, in_words(found.marked)) == (1, "too few to say, n 1")

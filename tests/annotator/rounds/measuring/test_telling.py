"""What the marks did, in words and on sentences, by hand."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from judged_rounds import Says, add_round, id_of

from annotator.care.freeing import free_rounds
from annotator.project.label_changes import set_rationale
from annotator.project.labels import retire_label
from annotator.putting_right.removing import remove_sentences
from annotator.putting_right.replacing import replace_sentence
from annotator.rounds.asking.scorer_messages import Scored
from annotator.rounds.asking.trying import Change, Version
from annotator.rounds.files import SCORES, folder_of
from annotator.rounds.measuring.comparing import RoundComparison
from annotator.rounds.measuring.telling import (
    Telling,
    about_change,
    about_marks,
    about_telling,
    compare_with_twin,
    key_of_telling,
    list_telling,
    trial_of,
    twin_to_show,
)
from db.answers import annotations
from db.learning import rounds
from db.records import OWNER, Label, NewAnnotation, Person
from db.store import Store
from db.team import project

BY_FIRST, BY_LAST = Says(0, 0.9, (0.9, 0.0, 0.0, 0.0)), Says(1, 0.8, (0.0, 0.0, 0.0, 0.9))
"""A twin that is wrong and goes by the first word, and a round that is right and goes by the last one."""


@pytest.fixture
def compare(
    empty_store: Store, add_sentences: Callable[..., list[int]], anna: Person
) -> Callable[..., RoundComparison]:
    """Compare a round and its twin on twelve events whose last word is marked; both are right unless a test says."""

    def compare_(
        twin: Mapping[int, Says] = {}, taught: Mapping[int, Says] = {}, *, marks: str = "...+", **sentences: object
    ) -> RoundComparison:
        ids = add_sentences(12, split="test", **sentences)
        for each in ids:
            new = NewAnnotation(each, anna.id, "answer", f"key-{each:05}", label=1, marks=marks)
            annotations.add(empty_store, new)
        gold, last = {"test": {each: (1, marks) for each in ids}}, annotations.last_id(empty_store)
        facts = {"gold": gold, "last_annotation": last, "answers": 300}
        right = dict.fromkeys(ids, BY_LAST)
        add_round(empty_store, right | {ids[at]: says for at, says in taught.items()}, serve=True, **facts)
        add_round(empty_store, right | {ids[at]: says for at, says in twin.items()}, twin_of=1, **facts)
        compared = compare_with_twin(empty_store, actor=OWNER)
        assert compared is not None
        return compared

    return compare_


def test_the_figures_are_counts_and_say_what_chance_explains(compare: Callable[..., RoundComparison]) -> None:
    compared = compare(twin=dict.fromkeys(range(3), BY_FIRST), taught={4: Says(0)})
    assert about_marks(compared) == (
        "Two models learned from the same 300 answers; only one was shown which words people marked. Of 12 test "
        "sentences that neither learned from, it gets 11 right and the other 9. That is no difference in accuracy that "
        "12 test sentences could show: it would take about "
        f"{compared.figures.differences['accuracy'].detectable:.1f} points."
    )


def test_a_difference_that_chance_does_not_explain_needs_no_more_words(
    compare: Callable[..., RoundComparison],
) -> None:
    assert about_marks(compare(twin=dict.fromkeys(range(11), BY_FIRST))).endswith("it gets 12 right and the other 1.")


def test_the_clearest_sentences_come_first_and_those_that_show_nothing_do_not(
    empty_store: Store, compare: Callable[..., RoundComparison]
) -> None:
    twin = {
        0: replace(BY_FIRST, saliency=(0.5, 0.4, 0.0, 0.0)),
        1: BY_FIRST,
        2: replace(BY_FIRST, saliency=(0.0, 0.0, 0.1, 0.9)),  # it goes by the marked word
        3: replace(BY_FIRST, saliency=(-0.9, 0.0, 0.0, -0.1)),  # no word speaks for its label
        4: replace(BY_FIRST, probability=0.7),
        5: BY_FIRST,
    }
    taught = {5: replace(BY_LAST, saliency=(0.0, 0.9, 0.0, 0.1)), 6: Says(0)}  # it does not go by the marked word
    compared = compare(twin, taught)
    found = list_telling(empty_store, compared, actor=OWNER)
    first = compared.pair.before.ids[0]
    assert [id_of(empty_store, each.sentence.id) - first for each in found] == [1, 4, 0]
    assert {(each.kind, each.place, each.word) for each in found} == {("now right", 0, "The")}
    assert about_telling(found[0], compared) == (
        "6 are right only with the marks, 1 only without. One of the 6: without the marks, the model goes by "
        "\u201cThe\u201d."
    )


def test_where_the_marks_decide_no_answer_it_is_the_reason_that_tells(
    empty_store: Store, compare: Callable[..., RoundComparison]
) -> None:
    compared = compare(twin={3: replace(BY_FIRST, label=1)})
    (only,) = list_telling(empty_store, compared, actor=OWNER)
    assert (only.kind, only.word) == ("right for other words", "The")
    assert about_telling(only, compared) == (
        "Both are right about this one: without the marks, the model goes by \u201cThe\u201d."
    )


def test_a_word_is_named_only_if_it_has_more_of_a_share_than_all_others(
    empty_store: Store, compare: Callable[..., RoundComparison]
) -> None:
    compared = compare(twin={0: replace(BY_FIRST, saliency=(0.5, 0.25, 0.25, -3.0))})
    (only,) = list_telling(empty_store, compared, actor=OWNER)
    assert (only.share, only.misleads) == (pytest.approx(0.5, abs=1e-3), False)
    assert about_telling(only, compared).endswith(
        "only without. This is it: without the marks, the model looks at other words."
    )


def test_a_text_that_would_be_cut_into_other_words_is_left_out(
    empty_store: Store, compare: Callable[..., RoundComparison]
) -> None:
    compared = compare(twin={0: BY_FIRST}, words=("The", "ship.", "sank"))
    assert list_telling(empty_store, compared, actor=OWNER) == []


def test_a_round_in_which_no_word_speaks_for_its_label_shows_nothing_though_the_first_word_is_marked(
    empty_store: Store, compare: Callable[..., RoundComparison]
) -> None:
    nothing = replace(BY_LAST, saliency=(-0.1, 0.0, 0.0, -0.9))
    compared = compare({0: replace(BY_LAST, label=0)}, {0: nothing}, marks="+...")
    assert list_telling(empty_store, compared, actor=OWNER) == []


def test_once_the_files_are_freed_only_the_figures_are_left(
    empty_store: Store, compare: Callable[..., RoundComparison]
) -> None:
    before = compare(twin={0: BY_FIRST})
    add_round(empty_store, {}, gold={}, serve=True)
    free_rounds(empty_store, [1], actor=OWNER)
    project.serve_round(empty_store, 1)
    compared = compare_with_twin(empty_store, actor=OWNER)
    assert compared is not None
    assert about_marks(compared) == about_marks(before)
    assert list_telling(empty_store, compared, actor=OWNER) == []


CHANGES: Mapping[str, Callable[[Store, RoundComparison], object]] = {
    "a removed sentence": lambda store, _: remove_sentences(store, ["test-1"], actor=OWNER),
    "a corrected text": lambda store, _: replace_sentence(store, "test-1", "The boat sank w1", actor=OWNER),
    "a retired label": lambda store, _: retire_label(store, "event", actor=OWNER),
    "marks that no longer count": lambda store, _: set_rationale(store, "event", False, actor=OWNER),
    "a freed round": lambda store, compared: rounds.record_freed(
        store, compared.after.id, person_id=None, bytes_freed=0
    ),
    "a file that is gone": lambda store, compared: (folder_of(store, compared.after) / SCORES).unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changes_the_sentences_changes_their_key(
    empty_store: Store, compare: Callable[..., RoundComparison], change: Callable[[Store, RoundComparison], object]
) -> None:
    project.add_label(empty_store, Label(2, "other"))
    compared = compare(twin={0: BY_FIRST, 1: BY_FIRST})
    before, key = telling_of(empty_store)
    assert telling_of(empty_store) == (before, key)
    change(empty_store, compared)
    after, other_key = telling_of(empty_store)
    assert after != before and other_key != key


def test_an_answer_since_the_round_changes_neither_the_sentences_nor_their_key(
    empty_store: Store, compare: Callable[..., RoundComparison], ben: Person
) -> None:
    compared = compare(twin={0: BY_FIRST})
    before = telling_of(empty_store)
    first = int(compared.pair.before.ids[0])
    annotations.add(empty_store, NewAnnotation(first, ben.id, "answer", "key-of-ben", label=1, marks="+..."))
    assert telling_of(empty_store) == before


def telling_of(store: Store) -> tuple[list[Telling], str]:
    compared = compare_with_twin(store, actor=OWNER)
    assert compared is not None
    return list_telling(store, compared, actor=OWNER), key_of_telling(store, compared, actor=OWNER)


def test_without_a_twin_there_is_nothing_to_show(empty_store: Store, add_sentences: Callable[..., list[int]]) -> None:
    assert compare_with_twin(empty_store, actor=OWNER) is None
    ids = add_sentences(12, split="test")
    facts = {"gold": {"test": {each: (1, "...+") for each in ids}}}
    for _ in range(2):
        add_round(empty_store, dict.fromkeys(ids, BY_LAST), serve=True, **facts)
    assert compare_with_twin(empty_store, actor=OWNER) is None  # two rounds, of which neither has a twin
    add_round(empty_store, dict.fromkeys(ids, BY_LAST), twin_of=1, **facts)
    assert compare_with_twin(empty_store, actor=OWNER) is None  # the round that serves has none
    assert twin_to_show(empty_store, actor=OWNER) is None


def test_a_twin_that_was_judged_on_other_sentences_shows_nothing(
    empty_store: Store, add_sentences: Callable[..., list[int]]
) -> None:
    for split, twin_of in (("test", None), ("dev", 1)):
        ids = add_sentences(12, split=split)
        gold = {split: {each: (1, "...+") for each in ids}}
        add_round(empty_store, dict.fromkeys(ids, BY_LAST), gold=gold, serve=twin_of is None, twin_of=twin_of)
    assert compare_with_twin(empty_store, actor=OWNER) is None


def test_the_sentence_can_be_tried_without_asking_the_models_again(
    empty_store: Store, compare: Callable[..., RoundComparison]
) -> None:
    compared = compare(twin={0: BY_FIRST})
    trial = trial_of(list_telling(empty_store, compared, actor=OWNER)[0], compared)
    assert trial.rounds == (-1, 1)
    assert [(one.label, one.explained) for one in trial.before.scored] == [("none", "none"), ("event", "event")]
    assert trial.before.scored[0].saliency == pytest.approx(BY_FIRST.saliency, abs=1e-3)
    assert about_change(trial) == ""
    said = {
        ("event", "event"): "Without the marks, the model changes its answer; with them, it does not.",
        ("none", "none"): "Only with the marks does the model change its answer.",
        ("event", "none"): "Both change their answer.",
        ("none", "event"): "Neither changes its answer.",
    }
    for labels, sentence in said.items():
        after = Version("A ship sank w0", tuple(Scored(label, 0.9, (0.0,) * 4, label) for label in labels))
        assert about_change(replace(trial, change=Change("The", "A", after))) == sentence

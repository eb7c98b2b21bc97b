import json
from collections.abc import Callable
from functools import partial

import pytest
from click.testing import CliRunner

from annotator.answering.queue import submit
from annotator.cli import main
from annotator.errors import BadDecision, NotAllowed, RetiredLabel
from annotator.project.label_changes import merge_labels
from annotator.project.labels import add_label, retire_label
from annotator.project.settings import SettingsChange, change_settings
from annotator.reviewing.message import read_review_message
from annotator.reviewing.review import Reviewed, labels_of_few, list_flagged, list_shared, report, settle, settle_all
from annotator.rounds.learning.training_set import build_training_set
from db.answers import annotations
from db.errors import MisalignedMarks, UnknownLabel, UnknownSentence
from db.queue import leases
from db.records import OWNER, Annotation, NewAnnotation, Observed, Person
from db.store import Store
from db.team import audit, people, project

Say = Callable[..., None]


@pytest.fixture
def say(store: Store) -> Say:
    """Let a person answer a sentence, of which each takes three answers."""
    change_settings(store, SettingsChange(overlap=3), actor=OWNER)
    count = iter(range(10**6))

    def give(person: Person, sentence_id: int, label: int, marks: str | None = None, **more: object) -> None:
        key = f"browser-key-{next(count):05}"
        leases.record(store, person.id, sentence_id)
        submit(store, person, NewAnnotation(sentence_id, person.id, "answer", key, label, marks, Observed(**more)))  # type: ignore[arg-type]

    return give


def test_disagreement_comes_first_and_what_is_settled_last(store: Store, anna: Person, ben: Person, say: Say) -> None:
    for sentence_id, ours, theirs in ((1, "+...", "+..."), (2, "+...", "...+"), (3, "+...", "+...")):
        say(anna, sentence_id, 1, ours)
        say(ben, sentence_id, 1, theirs)
    say(ben, 3, 0)
    say(anna, 4, 1, "+...")
    say(anna, 5, 0)
    say(ben, 5, 1)
    settle(store, anna, 5, label=0, marks=None, key="decision-1")
    found = list_shared(store, actor=OWNER)
    assert [each.sentence_id for each in found] == [3, 2, 1, 5]
    assert [each.marks_in_common for each in found[1:3]] == [0.0, 1.0]


def test_a_file_s_own_answers_are_not_a_person_s(store: Store, anna: Person, say: Say) -> None:
    gold = people.add(store, people.GOLD, active=False)
    say(anna, 1, 1)
    annotations.add(store, NewAnnotation(1, gold.id, "answer", "gold-key-1", 0))
    assert list_shared(store, actor=OWNER) == []


def test_a_decision_is_what_a_round_learns_and_people_s_answers_stay(
    store: Store, anna: Person, ben: Person, say: Say
) -> None:
    say(anna, 1, 0)
    say(ben, 1, 1, "+...")
    assert build_training_set(store, up_to=annotations.last_id(store)).ties == 1
    decided = settle(store, anna, 1, label=1, marks="++..", key="decision-1")
    assert settle(store, anna, 1, label=1, marks="++..", key="decision-1") == decided
    learned = build_training_set(store, up_to=annotations.last_id(store))
    assert [(each.label, each.marks) for each in learned.examples["pool"]] == [(1, "++..")]
    assert (learned.ties, learned.adjudicated) == (0, 1)
    assert build_training_set(store, up_to=decided.id - 1).adjudicated == 0
    again = settle(store, ben, 1, label=0, marks=None, key="decision-2")
    assert build_training_set(store, up_to=again.id).examples["pool"][0].label == 0
    mine = annotations.newest(store, 1, anna.id)
    assert mine is not None
    assert (mine.kind, mine.superseded) == ("answer", False)
    assert [row.action for row in audit.newest(store, 2)] == ["sentence settled"] * 2


@pytest.mark.parametrize(
    ("sentence_id", "label", "marks", "error"),
    [
        (99, 1, None, UnknownSentence),
        (1, 9, None, UnknownLabel),
        (1, 1, "+", MisalignedMarks),
        (1, 0, "+...", MisalignedMarks),
    ],
)
def test_a_decision_that_cannot_be_stores_nothing(
    store: Store, anna: Person, sentence_id: int, label: int, marks: str | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        settle(store, anna, sentence_id, label=label, marks=marks, key="decision-1")
    assert annotations.last_id(store) == 0


def test_a_retired_label_and_a_taken_key_settle_nothing(store: Store, anna: Person, say: Say) -> None:
    project.set_retired(store, 1, True)
    with pytest.raises(RetiredLabel, match="is retired; choose another one, and your marks are kept"):
        settle(store, anna, 1, label=1, marks=None, key="decision-1")
    say(anna, 1, 0)
    with pytest.raises(BadDecision, match="belongs to another answer"):
        settle(store, anna, 1, label=0, marks=None, key="browser-key-00000")


def test_a_decision_for_a_label_that_was_merged_meanwhile_is_refused_in_the_words_of_an_answer(
    store: Store, anna: Person
) -> None:
    """The page Review was drawn before the merge, so it still offers the label."""
    add_label(store, "doubt", actor=OWNER)
    merge_labels(store, "doubt", "event", actor=OWNER)
    refusal = "The label 'doubt' was merged into 'event'; choose that, and your marks are kept."
    decisions = [{"sentence_id": 1, "label": 2, "marks": "+...", "key": "decision-1"}]
    assert settle_all(store, anna, read_review_message({"decisions": decisions}))[0]["refused"] == refusal
    leases.record(store, anna.id, 1)
    assert submit(store, anna, NewAnnotation(1, anna.id, "answer", "browser-key-1", 2, "+...")).message == refusal
    assert annotations.last_id(store) == 0


def test_a_label_that_was_merged_into_one_that_is_retired_now_is_not_to_be_chosen(store: Store, anna: Person) -> None:
    for name in ("doubt", "wish"):
        add_label(store, name, actor=OWNER)
    merge_labels(store, "doubt", "wish", actor=OWNER)
    retire_label(store, "wish", actor=OWNER)
    with pytest.raises(RetiredLabel, match="'doubt' is retired; choose another one"):
        settle(store, anna, 1, label=2, marks=None, key="decision-1")


@pytest.mark.parametrize("retire", [retire_label, partial(merge_labels, into="event")])
def test_a_decision_that_comes_again_after_its_label_was_retired_is_the_stored_one(
    store: Store, anna: Person, retire: Callable[..., object]
) -> None:
    """The page sends a decision until it has the receipt, which may be lost."""
    add_label(store, "doubt", actor=OWNER)
    decisions = [{"sentence_id": 1, "label": 2, "marks": None, "key": "decision-1"}]
    message = read_review_message({"decisions": decisions})
    assert settle_all(store, anna, message) == [{"key": "decision-1", "refused": ""}]
    retire(store, "doubt", actor=OWNER)
    assert settle_all(store, anna, message) == [{"key": "decision-1", "refused": ""}]
    assert annotations.last_id(store) == 1


def test_an_annotator_reviews_nothing(store: Store) -> None:
    dee = people.add(store, "Dee")
    for act in (list_shared, list_flagged, partial(partial(report, reviewed=[]), reviewed=[])):
        with pytest.raises(NotAllowed):
            act(store, actor=dee)
    with pytest.raises(NotAllowed):
        settle(store, dee, 1, label=0, marks=None, key="decision-1")


def test_flagged_sentences_are_listed_no_matter_who_answered_them(store: Store, anna: Person, say: Say) -> None:
    say(anna, 2, 1, "+...", flagged=True, note="Whose?")
    (found,) = list_flagged(store, actor=OWNER)
    assert (found.sentence_id, found.answers[0].observed.note) == (2, "Whose?")


def test_the_report_is_in_all_by_pair_label_and_week(store: Store, anna: Person, ben: Person, say: Say) -> None:
    for sentence_id in (1, 2, 3):
        say(anna, sentence_id, sentence_id % 2)
        say(ben, sentence_id, 1)
    found = report(store, list_shared(store, actor=OWNER), actor=OWNER)
    assert (found.overall.sentences, list(found.pairs), list(found.labels)) == (3, ["Anna and Ben"], ["none", "event"])
    assert [figures.sentences for figures in found.weeks.values()] == [3]
    printed = CliRunner().invoke(main, ["agreement", str(store.path), "--json"])
    assert printed.exit_code == 0, printed.output
    assert json.loads(printed.stdout.splitlines()[-1])["overall"]["sentences"] == 3


def test_decisions_that_come_together_have_a_receipt_each(store: Store, anna: Person) -> None:
    decisions = [
        {"sentence_id": 1, "label": 1, "marks": "+...", "key": "decision-1"},
        {"sentence_id": 2, "label": 1, "marks": "+", "key": "decision-2"},
        {"sentence_id": 99, "label": 1, "marks": None, "key": "decision-3"},
        {"sentence_id": 3, "label": 9, "marks": None, "key": "half \ud83d a pair"},
        {"sentence_id": 3},
        {"sentence_id": 4, "label": 0, "marks": None, "key": "decision-4"},
    ]
    receipts = settle_all(store, anna, read_review_message({"decisions": decisions}))
    assert [(each["key"], bool(each["refused"])) for each in receipts] == [
        ("decision-1", False),
        ("decision-2", True),
        ("decision-3", True),
        ("half \ud83d a pair", True),
        ("decision-4", False),
    ]


@pytest.mark.parametrize(
    ("given", "few"), [((1, 1), set()), ((1, 2), {1, 2}), ((1, 1, 2), {2}), ((0, 1, 1, 2, 2), {0, 1, 2}), ((), set())]
)
def test_the_labels_of_few_are_those_that_differ_from_the_commonest(given: tuple[int, ...], few: set[int]) -> None:
    answers = tuple(Annotation(1, number, "answer", f"key-{number}", label) for number, label in enumerate(given))
    assert labels_of_few(Reviewed(1, answers, None)) == few

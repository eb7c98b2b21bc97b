"""What a round says of single sentences where its model answers some with a constant label: words speak for another."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner
from judged_rounds import Says, add_round

from annotator.cli import main
from annotator.rounds.asking.opinion import Opinion, opinion_of
from annotator.rounds.measuring.changed import list_changed
from annotator.rounds.measuring.comparing import RoundComparison, compare_rounds
from annotator.rounds.measuring.pair_drawing import drawn_pair
from db.learning import predictions, rounds
from db.learning.round_records import Prediction
from db.records import OWNER
from db.store import Store
from db.team import project

WORDS = (0.1, 0.2, 0.3, 0.4)
NAMED = "Words for “event”, although the model says “none”."


@pytest.fixture
def compared(empty_store: Store, add_sentences: Callable[..., list[int]]) -> RoundComparison:
    """A round without constant labels, and one that is constant for `none`; test-0 is new to be wrong, test-1 right."""
    first, second = add_sentences(2, split="test")
    gold = {"test": {first: (1, "...+"), second: (1, "...+")}}
    add_round(empty_store, {first: Says(1), second: Says(0)}, gold=gold)
    add_round(empty_store, {first: Says(0), second: Says(1)}, gold=gold, constant_labels=[0], serve=True)
    return compare_rounds(empty_store, 1, 2, actor=OWNER)


def test_a_changed_sentence_names_the_label_that_its_words_are_for(
    empty_store: Store, compared: RoundComparison
) -> None:
    (wrong,) = list_changed(empty_store, compared, "now wrong", limit=9, actor=OWNER)
    assert (wrong.after.label, wrong.after.explained, wrong.before.explained) == ("none", "event", "event")
    assert [side["words_for"] for side in drawn_pair(wrong, compared)["sides"]] == ["", NAMED]


def test_where_words_speak_for_the_predicted_label_nothing_is_added(
    empty_store: Store, compared: RoundComparison
) -> None:
    (right,) = list_changed(empty_store, compared, "now right", limit=9, actor=OWNER)
    assert (right.before.explained, right.after.explained) == ("none", "event")
    assert [side["words_for"] for side in drawn_pair(right, compared)["sides"]] == ["", ""]


def test_the_command_names_it_too(empty_store: Store, compared: RoundComparison) -> None:
    asked = ["round", "compare", str(empty_store.path), "1", "2", "--changed", "now-wrong"]
    shown = CliRunner().invoke(main, asked).output
    assert "  before: event 0.80, right, for w0, sank" in shown
    assert "  after: none 0.80, wrong; words for event: w0, sank" in shown


def test_the_opinion_on_a_sentence_names_it(empty_store: Store, compared: RoundComparison) -> None:
    opinion = opinion_of(empty_store, "test-0", actor=OWNER)
    assert isinstance(opinion, Opinion)
    assert (opinion.label, opinion.explained) == ("none", "event")
    assert opinion.saliency == pytest.approx(WORDS, abs=1e-3)


def test_an_opinion_from_the_queue_names_it(empty_store: Store, add_sentences: Callable[..., list[int]]) -> None:
    (sentence,) = add_sentences(1)
    served = rounds.queue(empty_store, config={}, seed=0, last_annotation=None)
    predictions.add(empty_store, [Prediction(served.id, sentence, 0, (0.8, 0.2), WORDS, WORDS)])
    rounds.advance(empty_store, served.id, "ready", metrics={"model": {"constant_labels": [0]}})
    project.serve_round(empty_store, served.id)
    opinion = opinion_of(empty_store, "pool-0", actor=OWNER)
    assert isinstance(opinion, Opinion)
    assert (opinion.label, opinion.explained) == ("none", "event")

"""Is more work worth it? The random share, the stop set, what the last answers moved and cost, what is left."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from annotator.care.freeing import free_rounds
from annotator.cli import main
from annotator.rounds.learning.kept_scores import open_scores
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.measuring.random_share import RandomShare, rare_labels, read_random_share
from annotator.rounds.measuring.stop_set import compare_on_stop_set, place_in_stop_set
from annotator.rounds.measuring.worth import Change, Cost, Worth, measure_worth
from annotator.rounds.measuring.worth_wording import cost_rows, figures, rare_rows, remarks, share_rows
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import queue_round
from db.answers import annotations
from db.answers.effort import Effort, spent
from db.corpus import pools
from db.corpus.pools import PoolShard
from db.learning import predictions, rounds
from db.learning.round_records import Prediction, Round
from db.queue import slots
from db.queue.slots import QueueEntry
from db.records import OWNER, NewAnnotation, Observed, Person, Reason
from db.store import Store
from learner.judging.intervals import Interval
from learner.judging.paired import Difference

SERVES = RoundSettings(steps=25, vectors="random", queue_size=6, loss="hinge")

Land = Callable[..., Round]
Give = Callable[..., None]


@pytest.fixture
def land(empty_store: Store) -> Land:
    """Let a round serve that chose these sentences and predicted label 1 for each but the `unread` ones."""

    def land(chosen: Sequence[int], *, reason: Reason = "random", unread: Sequence[int] = ()) -> Round:
        queued = rounds.queue(empty_store, config={}, seed=0, last_annotation=annotations.last_id(empty_store) or None)
        read = [each for each in chosen if each not in unread]
        flat = (0.0, 0.0, 0.0, 0.0)
        predictions.add(empty_store, [Prediction(queued.id, each, 1, (0.2, 0.8), flat, flat) for each in read])
        rounds.advance(empty_store, queued.id, "ready")
        slots.refill(empty_store, queued.id, [QueueEntry(each, reason, None) for each in chosen])
        return queued

    return land


@pytest.fixture
def give(empty_store: Store, anna: Person) -> Give:
    """Let Anna answer these sentences in their slots, in 6 seconds each: the first `right` with label 1."""

    def give(chosen: Sequence[int], *, right: int, seconds: float | None = 6.0) -> None:
        for place, sentence in enumerate(chosen):
            label, slot = int(place < right), slots.place_for(empty_store, anna.id, sentence)
            assert slot is not None
            key = f"key-{sentence:06}"
            new = NewAnnotation(sentence, anna.id, "answer", key, label, observed=Observed(seconds=seconds))
            slots.fill(empty_store, slot, anna.id, annotations.add(empty_store, new).id)

    return give


def test_what_a_round_drew_at_random_says_how_accurate_its_model_is(
    empty_store: Store, add_sentences, land: Land, give: Give
) -> None:
    drawn, picked = add_sentences(12), add_sentences(6)
    land(drawn)
    head = [*(QueueEntry(each, "random", None) for each in drawn), *(QueueEntry(each, "unsure", 1) for each in picked)]
    slots.refill(empty_store, 1, head)
    found = read_random_share(empty_store)
    assert (found.sentences, found.since, found.accuracy) == (0, None, None)
    give(drawn, right=9)
    give(picked, right=0)
    found = read_random_share(empty_store)
    assert (found.sentences, found.right, found.by_label, found.since) == (12, 9, (3, 9), 1)
    assert found.accuracy is not None and found.accuracy.interval is not None
    # Wilson's interval of 9 in 12, by hand: (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)
    assert (found.accuracy.interval.low, found.accuracy.interval.high) == pytest.approx((46.77, 91.11), abs=0.01)
    share = found.label_share(0)
    assert share is not None and share.value == 25


def test_a_sentence_that_the_round_may_have_learned_from_does_not_count(
    empty_store: Store, add_sentences, land: Land, give: Give, ben: Person
) -> None:
    drawn = add_sentences(10)
    annotations.add(empty_store, NewAnnotation(drawn[0], ben.id, "answer", "key-of-ben", 1))
    land(drawn)
    give(drawn, right=10)
    assert read_random_share(empty_store).sentences == 9


def test_a_draw_that_a_later_round_picked_on_purpose_does_not_count(
    empty_store: Store, add_sentences, land: Land, give: Give
) -> None:
    drawn = add_sentences(12)
    land(drawn)
    give(drawn[:4], right=4)
    land(drawn[4:], reason="unsure")
    give(drawn[4:], right=0)
    assert (read_random_share(empty_store).sentences, read_random_share(empty_store).right) == (4, 4)


def test_the_newest_rounds_are_added_up_until_a_hundred_draws_are_answered(
    empty_store: Store, add_sentences, land: Land, give: Give
) -> None:
    for right in (0, 60, 30):
        drawn = add_sentences(60)
        land(drawn)
        give(drawn, right=right)
    found = read_random_share(empty_store)
    assert (found.sentences, found.right, found.since) == (120, 90, 2)


def test_draws_that_the_round_had_not_read_are_left_out_and_counted(
    empty_store: Store, add_sentences, land: Land, give: Give
) -> None:
    drawn = add_sentences(12)
    land(drawn, unread=drawn[:2])
    give(drawn, right=12)
    found = read_random_share(empty_store)
    assert (found.sentences, found.unread) == (10, 2)
    assert "2 drawn sentences are left out" in remarks(Worth(found, None, (), ()))[0]


def test_of_a_rare_label_the_random_draws_bound_what_is_left(
    empty_store: Store, add_sentences, land: Land, give: Give
) -> None:
    start, drawn = add_sentences(20), add_sentences(100)
    add_sentences(200)
    give(start, right=2)
    land(drawn)
    give(drawn, right=0)
    drawn_share = read_random_share(empty_store)
    (rare,) = rare_labels(empty_store, drawn_share)
    assert (rare.label, rare.found, rare.left is not None) == ("event", 2, True)
    assert rare.left is not None and rare.left.recall is not None
    # 1 - 0.05^(1/100) = 2.95 % of 200 unanswered sentences: 6; 2 of 2 + 6 are found
    assert (rare.left.share, rare.left.sentences, rare.left.recall) == (pytest.approx(2.95, abs=0.01), 6, 25)
    worth = Worth(drawn_share, None, (rare,), ())
    assert rare_rows(worth) == [("event", "2", "6 (3.0 % of the open pool)", "25 %")]
    assert [row[:2] for row in share_rows(worth, ["none", "event"])] == [("none", "100 %"), ("event", "0 %")]


def test_draws_bound_what_is_left_outside_the_project_only_if_they_were_made_since_it_was_attached(
    empty_store: Store, add_sentences, land: Land, give: Give, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, drawn = add_sentences(20), add_sentences(100)
    add_sentences(200)
    give(start, right=2)

    def attach_at(ms: int) -> None:
        monkeypatch.setattr("db.corpus.pools.now_ms", lambda: ms)
        pools.detach(empty_store, actor=OWNER)
        pools.attach(empty_store, "/pool", [PoolShard("a.parquet", 9, "0" * 64, 1000)], actor=OWNER)

    attach_at(1)
    began = land(drawn).created_ms
    give(drawn, right=0)
    (rare,) = rare_labels(empty_store, read_random_share(empty_store))
    assert rare.left is not None and rare.left.sentences == 36, "of 200 in the project and 1,000 outside"
    attach_at(began + 1)
    (rare,) = rare_labels(empty_store, read_random_share(empty_store))
    assert rare.left is None, "another pool, of which no round has drawn"


def test_too_few_draws_are_said_to_be_too_few(empty_store: Store, add_sentences, land: Land, give: Give) -> None:
    start, drawn = add_sentences(40), add_sentences(9)
    give(start, right=1)
    land(drawn)
    give(drawn, right=0)
    found = measure_worth(empty_store, actor=OWNER)
    assert [figure.value for figure in figures(found)] == ["–", "–", "–"]
    assert "9 sentences drawn at random since round 1: too few to say; it takes 10" in figures(found)[0].note
    assert rare_rows(found) == [("event", "1", "too few random sentences to say", "–")]
    assert share_rows(found, ["none", "event"]) == []


def test_time_is_counted_between_two_rounds_and_unknown_times_are_said(
    empty_store: Store, add_sentences, land: Land, give: Give
) -> None:
    first, second = add_sentences(5), add_sentences(10)
    give(first, right=1, seconds=None)
    land([])
    give(second[:8], right=1)
    give(second[8:], right=1, seconds=None)
    land([])
    found = measure_worth(empty_store, actor=OWNER)
    assert [(cost.round, cost.effort) for cost in found.costs] == [(2, Effort(10, 48.0, 2)), (1, Effort(5, 0.0, 5))]
    assert [row[3:5] for row in cost_rows(found)] == [("0.8 (2 untimed)", "6"), ("–", "–")]
    assert spent(empty_store, after=5, up_to=6).answers == 1


def test_the_place_in_the_stop_set_is_the_project_s_and_the_sentence_s_alone() -> None:
    ids = np.arange(1, 5001)
    places = place_in_stop_set(ids, "0f" * 16)
    np.testing.assert_array_equal(places[100:], place_in_stop_set(ids[100:], "0f" * 16))
    assert len(set(places.tolist())) == 5000
    assert (places != place_in_stop_set(ids, "1f" * 16)).all()
    first = np.sort(ids[np.argsort(places)][:2000])
    assert abs(float(first.mean()) - 2500) < 100, "a sample of all, not of those that were added first"


NOTHING = RandomShare(0, 0, (0, 0), None, 0)
CHANGE = Change(
    before=2,
    after=3,
    answers=100,
    effort=Effort(110, 600.0, 10),
    same_settings=True,
    stability=None,
    why_not="Round 2's files were freed.",
    dev=Difference(70.0, 70.3, Interval(-0.4, 0.9), 160, 2.0),
)


def test_what_the_last_answers_moved_is_said_with_its_interval_and_its_cost() -> None:
    worth = Worth(NOTHING, CHANGE, (), (Cost(3, 300, 100, CHANGE.effort, None),))
    _, changed, moved = figures(worth)
    assert (moved.value, moved.unit) == ("−0.4 to +0.9", "points on dev")
    assert "The last 100 answers moved accuracy by that, on 160 dev sentences" in moved.note
    assert "people took 10 minutes, without the 10 answers whose time is not known. It may be chance." in moved.note
    assert (changed.value, changed.note) == ("–", "Round 2's files were freed.")
    surely = replace(CHANGE, dev=replace(CHANGE.dev, interval=Interval(0.4, 0.9)), same_settings=False)
    assert "chance" not in figures(replace(worth, change=surely))[2].note
    assert "different settings" in remarks(replace(worth, change=surely))[0]


@pytest.mark.slow
def test_two_rounds_are_compared_on_sentences_that_neither_learned_from(
    empty_store: Store, add_sentences, give: Give
) -> None:
    for split, number in (("pool", 12), ("dev", 12)):
        for words, label in ((("The", f"{split} ship", "sank"), 1), (("A", f"{split} boat", "slept"), 0)):
            give(add_sentences(number, split=split, words=words), right=number * label)
    opened = add_sentences(20, words=("A", "raft", "sank"))
    first = _finish(empty_store, SERVES)
    give(opened[:8], right=8)
    second = _finish(empty_store, SERVES)
    change = measure_worth(empty_store, actor=OWNER).change
    assert change is not None and change.stability is not None and change.dev is not None
    assert (change.before, change.after, change.answers, change.same_settings) == (1, 2, 8, True)
    assert change.stability.changed.sentences == 12, "the eight that were answered are left out"
    scores = [open_scores(empty_store, one) for one in (first, second)]
    labels = [one.scores.labels[one.places(opened[8:])] for one in scores]
    assert change.stability.changed.value == 100 * float((labels[0] != labels[1]).mean())
    assert (change.effort, change.dev.sentences) == (Effort(8, 48.0, 0), 24)
    _finish(empty_store, replace(SERVES, loss="none"))
    assert measure_worth(empty_store, actor=OWNER).change is not None
    printed = CliRunner().invoke(main, ["worth", str(empty_store.path), "--json"])
    assert printed.exit_code == 0, printed.output
    facts = json.loads(printed.stdout.splitlines()[-1])
    assert facts["change"]["same_settings"] is False
    assert "Rounds 1 and 3 were trained with different settings" in printed.stdout
    free_rounds(empty_store, [1], actor=OWNER)
    assert "files were freed" in figures(measure_worth(empty_store, actor=OWNER))[1].note
    assert compare_on_stop_set(empty_store, second, second).changed.value == 0  # type: ignore[union-attr]


def _finish(store: Store, settings: RoundSettings) -> Round:
    queued = queue_round(store, settings=settings, actor=OWNER)
    rounds.begin_next(store)
    work_on_round(store, queued.id)
    ended = rounds.read(store, queued.id)
    assert ended.state == "ready", ended.error
    return ended

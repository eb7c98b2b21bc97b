import pytest

from db.errors import RoundInProgress, UnknownRound
from db.learning import predictions, rounds
from db.learning.round_records import Prediction, ProgressRow, Round
from db.store import Store, now_ms


@pytest.fixture
def queued(store: Store) -> Round:
    return rounds.queue(store, config={"loss": "hinge"}, seed=3, last_annotation=None)


def test_a_new_round_is_queued_with_its_config(store: Store, queued: Round) -> None:
    assert rounds.read(store, queued.id) == queued
    assert (queued.state, queued.config, queued.seed, queued.parent_round) == ("queued", {"loss": "hinge"}, 3, None)


def test_only_one_round_is_worked_on_at_a_time(store: Store, queued: Round) -> None:
    second = rounds.queue(store, config={}, seed=0, last_annotation=None)
    assert (second.id, second.is_waiting, rounds.in_progress(store)) == (queued.id + 1, True, None)
    begun = rounds.begin_next(store)
    assert begun is not None
    assert (begun.id, begun.is_waiting) == (queued.id, False)
    assert rounds.begin_next(store) is None
    rounds.advance(store, queued.id, "failed", error="no luck")
    assert (rounds.begin_next(store) or queued).id == second.id


def test_a_twin_follows_its_round_in_the_list_and_waits_until_no_round_does(store: Store, queued: Round) -> None:
    twin = rounds.queue(store, config={}, seed=3, last_annotation=None, twin_of=queued.id)
    second = rounds.queue(store, config={}, seed=0, last_annotation=None)
    assert (twin.id, twin.twin_of, twin.name, second.twin_of) == (-queued.id, queued.id, "1-twin", None)
    assert [each.id for each in rounds.all_of(store)] == [second.id, queued.id, twin.id]
    turns = []
    while begun := rounds.begin_next(store):
        turns.append(begun.id)
        rounds.advance(store, begun.id, "cancelled")
    assert turns == [queued.id, second.id, twin.id]
    again = rounds.queue(store, config={}, seed=3, last_annotation=None, twin_of=queued.id)
    assert again.is_waiting, "a twin that was cancelled makes way for a new one"
    with pytest.raises(RoundInProgress, match="has a twin already"):
        rounds.queue(store, config={}, seed=3, last_annotation=None, twin_of=queued.id)


def test_a_round_begins_only_after_it_has_waited_for_as_long_as_asked(store: Store, queued: Round) -> None:
    assert rounds.begin_next(store, waited_ms=60_000) is None
    assert (rounds.begin_next(store, waited_ms=-1000) or queued).begun_ms is not None


@pytest.mark.parametrize("state", ["ready", "failed", "cancelled"])
def test_a_finished_round_never_changes(store: Store, queued: Round, state) -> None:
    rounds.advance(store, queued.id, state, metrics={"test": {"f1": 71.5}})
    ended = rounds.read(store, queued.id)
    with pytest.raises(UnknownRound, match="can no longer be changed"):
        rounds.advance(store, queued.id, "training")
    assert rounds.read(store, queued.id) == ended
    assert ended.metrics == {"test": {"f1": 71.5}}
    assert ended.finished_ms is not None


def test_progress_is_a_sign_of_life(store: Store, queued: Round) -> None:
    row = ProgressRow(queued.id, 5, 100, 0.7, 0.1, None, None, "", now_ms())
    rounds.report(store, row)
    assert rounds.progress(store, queued.id) == [row]
    assert rounds.read(store, queued.id).heartbeat_ms >= queued.heartbeat_ms


def test_a_silent_round_is_marked_as_failed(store: Store, queued: Round) -> None:
    assert rounds.fail_silent(store, silence_ms=-1000) == []  # it still waits for its turn
    rounds.begin_next(store)
    assert rounds.fail_silent(store, silence_ms=60_000) == []
    assert rounds.fail_silent(store, silence_ms=-1000) == [queued.id]
    assert "ended unexpectedly" in (rounds.read(store, queued.id).error or "")


def test_an_unknown_round_is_named(store: Store) -> None:
    with pytest.raises(UnknownRound, match="no round 9"):
        rounds.read(store, 9)


def test_predictions_come_back_for_the_sentences_that_have_one(store: Store, queued: Round) -> None:
    prediction = Prediction(queued.id, 2, 1, (0.25, 0.75), (0.5, -0.5, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0))
    predictions.add(store, [prediction])
    assert predictions.find(store, queued.id, [1, 2, 3]) == {2: prediction}

"""Which round is the most accurate, and which others may only be behind by chance."""

from collections.abc import Callable

from annotator.rounds.measuring.best import Best, find_best
from annotator.rounds.measuring.measured import measure_round
from db.learning.round_records import Round
from db.store import Store

RIGHT, WRONG = [True], [False]


def best_of(store: Store, newest_first: list[Round]) -> Best | None:
    return find_best(store, newest_first, {one.id: measure_round(store, one) for one in newest_first})


def test_the_best_round_is_named_with_those_that_chance_explains(
    store: Store, make_judged: Callable, judge_round: Callable
) -> None:
    worse = judge_round(test=make_judged(RIGHT * 40 + WRONG * 60))
    near = judge_round(test=make_judged(RIGHT * 78 + WRONG * 22))
    best = judge_round(test=make_judged(RIGHT * 80 + WRONG * 20))
    found = best_of(store, [near, best, worse])
    assert (found.number, found.accuracy, found.near) == (best.id, 80.0, (near.id,))  # 2 to 0: p = 0.5
    assert found.in_words() == (
        "Round 3 is the most accurate, 80.0 on 100 test sentences, which cannot tell it from round 2 (McNemar). "
        "It was chosen on these sentences, so this figure is a little optimistic."
    )
    assert best_of(store, [best, worse]).in_words() == (
        "Round 3 is the most accurate, 80.0 on 100 test sentences, by more than chance explains. "
        "It was chosen on these sentences, so this figure is a little optimistic."
    )


def test_only_rounds_on_the_sentences_of_the_newest_are_ranked(
    store: Store, make_judged: Callable, judge_round: Callable
) -> None:
    elsewhere = judge_round(test=make_judged(RIGHT * 60))
    newest = judge_round(test=make_judged(RIGHT * 40 + WRONG * 60))
    assert best_of(store, [newest, elsewhere]) is None
    assert best_of(store, []) is None


def test_many_rounds_that_are_near_are_counted_not_listed() -> None:
    found = Best(9, 80.0, "dev", 40, (8, 7, 6, 5, 4, 3))
    assert "cannot tell it from rounds 8, 7, 6, 5 and 2 more (McNemar)" in found.in_words()

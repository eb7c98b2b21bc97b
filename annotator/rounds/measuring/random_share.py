"""What the random share says about the open pool: how often the models were right on it, and which labels it has.

Sentences that a model chose say nothing about those that it did not choose. The random share does: each round predicts
the sentences that it draws before anyone answers them, so they are judged by a model that never saw their answers.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from annotator.rounds.learning.decided import decisions_about
from db.corpus import pools
from db.corpus.pools import OutsidePool
from db.learning import rounds
from db.queue import random_share
from db.queue.random_share import Draw
from db.store import Store
from db.team import project
from learner.judging.estimates import Remaining, remaining, share
from learner.judging.intervals import FEWEST, Estimate

ENOUGH = 100
"""Answered draws that are enough: a round further back adds draws of an older model from an older pool."""
RARE = 10.0
"""A label with less than this share of the answers, in percent, is rare."""


@dataclass(frozen=True)
class RandomShare:
    """The newest answered draws, of as many rounds as it takes to have `ENOUGH` of them."""

    sentences: int
    right: int
    """Those whose label was predicted by the model that drew them."""
    by_label: tuple[int, ...]
    """How many of them people gave each label of the project."""
    since: int | None
    """The oldest of these rounds; None if there is no draw."""
    unread: int
    """Answered draws left out because their round had not read them."""

    @property
    def accuracy(self) -> Estimate | None:
        """Return how often the models were right on the open pool; None for too few draws."""
        return share(self.right, self.sentences) if self.sentences >= FEWEST else None

    def label_share(self, label: int) -> Estimate | None:
        """Return the share of a label in the open pool; None for too few draws."""
        return share(self.by_label[label], self.sentences) if self.sentences >= FEWEST else None


@dataclass(frozen=True)
class RareLabel:
    """What is left to find of a label that few answers have."""

    label: str
    found: int
    """Sentences of the pool."""
    left: Remaining | None
    """None if too few sentences were drawn at random to say, or some before the pool outside was attached."""


@dataclass(frozen=True)
class _Judged:
    round_id: int
    predicted: int
    decided: int


def read_random_share(store: Store) -> RandomShare:
    """Return what the newest answered draws say."""
    draws: dict[int, Draw] = {}
    for draw in random_share.answered_draws(store):
        draws.setdefault(draw.sentence_id, draw)  # of a sentence that two rounds drew, the newer draw
    judged = _newest(_judge(store, list(draws.values())))
    since = judged[-1].round_id if judged else None
    given = Counter(one.decided for one in judged)
    return RandomShare(
        sentences=len(judged),
        right=sum(one.predicted == one.decided for one in judged),
        by_label=tuple(given[label.index] for label in project.labels(store)),
        since=since,
        unread=sum(draw.predicted is None for draw in draws.values() if draw.round_id >= (since or 0)),
    )


def rare_labels(store: Store, drawn: RandomShare) -> list[RareLabel]:
    """Return what is left of each label in use with less than `RARE` percent of the answers, the rarest first.

    Draws of rounds since a pool outside the project was attached stand for it too, and earlier ones say nothing of it.
    What came from there is counted twice, so the bounds hold.
    """
    found, pool = random_share.count_found(store), pools.attached(store)
    outside = 0 if pool is None else pool.rows
    answered, unanswered = sum(found.values()), random_share.count_unanswered(store) + outside
    names = [label.name for label in project.labels(store)]
    rare = sorted((count, label) for label, count in found.items() if 100 * count < RARE * answered)
    stands = drawn.sentences >= FEWEST and not _is_from_before(store, drawn, pool)
    return [
        RareLabel(names[label], count, _left(drawn, label, count, unanswered) if stands else None)
        for count, label in rare
    ]


def _is_from_before(store: Store, drawn: RandomShare, pool: OutsidePool | None) -> bool:
    """Return whether a round drew some of these before the pool was attached."""
    if pool is None or drawn.since is None:
        return False
    return rounds.read(store, drawn.since).created_ms < pool.attached_ms


def _left(drawn: RandomShare, label: int, found: int, unanswered: int) -> Remaining:
    among = drawn.by_label[label]
    return remaining(found=found, among_random=among, random=drawn.sentences, open_pool=unanswered)


def _judge(store: Store, draws: Sequence[Draw]) -> list[_Judged]:
    """Return the draws that a round has predicted and people have decided on, in the same order."""
    decided = decisions_about(store, [draw.sentence_id for draw in draws]).labels
    return [
        _Judged(draw.round_id, draw.predicted, decided[draw.sentence_id])
        for draw in draws
        if draw.predicted is not None and draw.sentence_id in decided
    ]


def _newest(judged: Iterable[_Judged]) -> list[_Judged]:
    """Return the draws of the newest rounds, each round whole, until they are enough."""
    kept: list[_Judged] = []
    for _, of_round in groupby(judged, key=lambda one: one.round_id):
        if len(kept) >= ENOUGH:
            break
        kept += of_round
    return kept

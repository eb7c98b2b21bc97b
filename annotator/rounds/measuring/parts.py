"""The parts of the sentences on which two rounds are compared: fixed ones, so that no one picks the one that suits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.errors import NoScores
from annotator.rounds.learning.decided import decisions, decisions_about
from annotator.rounds.learning.kept_scores import KeptScores, open_scores
from db.answers import votes
from db.learning.round_records import Round
from db.store import Store
from db.team import project
from learner.judging.paired import Difference
from learner.judging.pairs import Pair
from learner.judging.slices import accuracy_difference, slices

Rows = NDArray[np.bool_]

UNSEEN = "Pool sentences that neither round learned from"
SEEN = "Pool sentences that a round learned from"


@dataclass(frozen=True)
class Part:
    """Two rounds' accuracy on a part of the sentences."""

    group: str
    """What the parts of one group differ in, such as `label`."""
    name: str
    difference: Difference


def parts_of_pair(store: Store, pair: Pair) -> tuple[Part, ...]:
    """Return the accuracy on the parts of the judged sentences; a part of none or of all of them is left out."""
    masks = {(group, name): rows for group, named in _groups(store, pair) for name, rows in named if not rows.all()}
    by_key = {f"{group}\n{name}": rows for (group, name), rows in masks.items()}
    found = slices(pair, by_key)
    named = zip(masks, found.values(), strict=True)
    return tuple(Part(group, name, part) for (group, name), part in named if part is not None)


def _groups(store: Store, pair: Pair) -> Iterator[tuple[str, list[tuple[str, Rows]]]]:
    gold, marked = pair.after.gold, pair.after.marked > 0
    yield "label", [(label.name, np.asarray(gold == label.index)) for label in project.labels(store)]
    words = pair.after.marked + pair.after.unmarked
    middle = int(np.median(words)) if len(words) else 0
    short = np.asarray(words <= middle)
    yield "length", [(f"at most {middle} words", short), (f"more than {middle} words", ~short)]
    yield "marks", [("with marked words", marked), ("without", ~marked)]
    people = decisions_about(store, pair.after.ids.tolist())
    both = [("people agree", people.agreed), ("people differ", people.differed)]
    yield "several people", [(name, np.isin(pair.after.ids, list(which))) for name, which in both]


def parts_of_pool(store: Store, before: Round, after: Round) -> tuple[Part, ...]:
    """Return the accuracy on answered sentences of the pool, by how they were chosen; empty without kept scores.

    Dev and test sentences are never acquired, so only these can tell what an acquisition did. A sentence that was
    answered after both rounds began is new to both; on any other, the accuracy is that of training.
    """
    try:
        kept = [open_scores(store, each) for each in (before, after)]
    except NoScores:
        return ()
    labels = decisions(store).labels
    answered = [each for each in votes.given(store) if each.sentence_id in labels]
    ids = np.array([each.sentence_id for each in answered], dtype=np.int64)
    gold = np.array([labels[each] for each in ids.tolist()], dtype=np.int64)
    places = [each.places(ids) for each in kept]
    scored = np.asarray((places[0] >= 0) & (places[1] >= 0))
    right = [_right(each, at, gold) for each, at in zip(kept, places, strict=True)]
    began = max(before.last_annotation or 0, after.last_annotation or 0)
    unseen = np.array([each.first_answer > began for each in answered], dtype=bool)
    at_random = np.array([each.at_random for each in answered], dtype=bool)
    return tuple(_parts(right, scored, unseen, at_random))


def missing_scores(store: Store, *of: Round) -> list[str]:
    """Return why each of these rounds' predictions for single sentences, and its shading, cannot be shown."""
    reasons = []
    for each in of:
        try:
            open_scores(store, each)
        except NoScores as reason:
            reasons.append(f"{reason} Figures and counts are complete; its shading is missing.")
    return reasons


def _right(kept: KeptScores, places: NDArray[np.int64], gold: NDArray[np.int64]) -> Rows:
    if not len(kept.scores.labels):
        return np.zeros(len(gold), dtype=bool)
    return np.asarray(kept.scores.labels[places] == gold)


def _parts(right: Sequence[Rows], scored: Rows, unseen: Rows, at_random: Rows) -> Iterator[Part]:
    for group, of_group in ((UNSEEN, unseen), (SEEN, ~unseen)):
        for name, chosen in (("drawn at random", at_random), ("chosen by an acquisition", ~at_random)):
            rows = scored & of_group & chosen
            difference = accuracy_difference(right[0][rows], right[1][rows])
            if difference is not None:
                yield Part(group, name, difference)

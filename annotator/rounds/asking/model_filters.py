"""Choose sentences by what the round that serves says of them: where it is wrong, unsure, or unlike an earlier one.

Only sentences of the pool are listed: correcting what a model gets wrong, or changed its mind about, on dev or
test alone would make it look better than it is. *Compare* shows judged sentences of dev and test: it reports on two
rounds, and lists both what is right and what is wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from annotator.errors import BadFilter, NoScores
from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.learning.decided import decided_marks, decisions
from annotator.rounds.learning.kept_scores import KeptScores, open_scores
from db.corpus import sentences
from db.finding import pool_words
from db.learning import rounds
from db.learning.round_records import Round
from db.store import Store
from db.team import project
from learner.judging.judged import MOST_SALIENT

Finding = Literal["wrong", "right for the wrong words", "unsure"]
FINDINGS: tuple[Finding, ...] = get_args(Finding)
UNSURE_BELOW = 0.2
"""A model is unsure where the probabilities of its two likeliest labels differ by less."""

Places = NDArray[np.int64]


@dataclass(frozen=True)
class ModelChoice:
    """The sentences that were chosen by what a model says of them."""

    ids: tuple[int, ...]
    """In order."""
    remark: str
    """Which round was asked, and how many sentences it has not scored; those are never chosen."""
    kept: KeptScores = field(repr=False)
    labels: tuple[str, ...]
    round: str
    """The name of the round that was asked."""

    def says(self, sentence_id: int) -> str:
        """Return the label that the model gives to a chosen sentence, and its probability: `event 0.83`."""
        place = int(self.kept.places([sentence_id])[0])
        label = int(self.kept.scores.labels[place])
        return f"{self.labels[label]} {self.kept.scores.probabilities[place, label]:.2f}"


def sentences_found(store: Store, finding: Finding, *, actor: Actor) -> ModelChoice:
    """Return the pool sentences of which that is true: `wrong` and `right for the wrong words` of answered ones only.

    Raises BadFilter while no round serves, and NoScores if its predictions are not kept.
    """
    check_may_act(store, actor, least="researcher")
    serving = _serving(store)
    kept = open_scores(store, serving)
    places = _unsure(kept) if finding == "unsure" else _judged(store, kept, finding)
    return _choice(store, serving, kept, kept.scores.sentence_ids[places])


@dataclass(frozen=True)
class Judged:
    """How often the round that serves is right about answered sentences of the pool."""

    round: str
    right: int
    wrong: int


def count_judged(store: Store, among: Sequence[int] | None, *, actor: Actor) -> Judged | None:
    """Count where the round that serves is right and wrong, `among` these pool sentences or all of them.

    Only answered ones count, and none on which people are tied. None if no round serves, or its predictions are gone.
    """
    check_may_act(store, actor, least="researcher")
    serving = project.read(store).serving_round
    if serving is None:
        return None
    try:
        kept = open_scores(store, rounds.read(store, serving))
    except NoScores:
        return None
    labels = decisions(store).labels
    of_pool = pool_words.in_pool(store, list(labels.keys() if among is None else labels.keys() & set(among)))
    at = kept.places(of_pool)
    gold = np.array([labels[sentence_id] for sentence_id in of_pool], dtype=np.int64)
    right = int((kept.scores.labels[at[at >= 0]] == gold[at >= 0]).sum())
    return Judged(rounds.read(store, serving).name, right, int((at >= 0).sum()) - right)


def sentences_changed_since(store: Store, round_id: int, *, actor: Actor) -> ModelChoice:
    """Return the pool sentences to which the round that serves gives another label than this round did.

    Raises BadFilter while no round serves, and NoScores if the predictions of one of them are not kept.
    """
    check_may_act(store, actor, least="researcher")
    serving = _serving(store)
    earlier, kept = open_scores(store, rounds.read(store, round_id)), open_scores(store, serving)
    at = earlier.places(kept.scores.sentence_ids)
    both = np.flatnonzero(at >= 0)
    changed = both[earlier.scores.labels[at[both]] != kept.scores.labels[both]]
    return _choice(store, serving, kept, kept.scores.sentence_ids[changed])


def earlier_rounds(store: Store, *, actor: Actor) -> list[int]:
    """Return the rounds to which the one that serves can be compared sentence by sentence, newest first."""
    check_may_act(store, actor, least="researcher")
    serving = project.read(store).serving_round
    return [
        each.id
        for each in rounds.all_of(store)
        if each.state == "ready" and 0 < each.id < (serving or 0)
        if not each.is_companion and each.freed_ms is None and each.deleted_ms is None and "scores" in each.metrics
    ]


def _serving(store: Store) -> Round:
    serving = project.read(store).serving_round
    if serving is None:
        raise BadFilter("No round serves yet, so no model has said anything of these sentences; start a round first.")
    return rounds.read(store, serving)


def _choice(store: Store, serving: Round, kept: KeptScores, ids: NDArray[np.int64]) -> ModelChoice:
    scored, every = len(kept.scores.sentence_ids), sentences.count(store)
    remark = f"By round {serving.name}, which serves."
    if scored < every:
        remark += f" It has not scored {every - scored:,} of {every:,} sentences, which are left out here."
    names = tuple(label.name for label in project.labels(store))
    of_pool = pool_words.in_pool(store, ids.tolist())
    return ModelChoice(tuple(of_pool), f"{remark} Sentences of dev and test are not listed.", kept, names, serving.name)


def _unsure(kept: KeptScores) -> Places:
    likeliest = np.sort(kept.scores.probabilities, axis=1)
    return np.flatnonzero(likeliest[:, -1] - likeliest[:, -2] < UNSURE_BELOW)


def _judged(store: Store, kept: KeptScores, finding: Finding) -> Places:
    labels = decisions(store).labels
    at = kept.places(list(labels))
    scored = at >= 0
    places, gold = at[scored], np.fromiter(labels.values(), dtype=np.int64, count=len(labels))[scored]
    right = kept.scores.labels[places] == gold
    if finding == "wrong":
        return np.asarray(places[~right])
    return _looking_elsewhere(store, kept, places[right], labels)


def _looking_elsewhere(store: Store, kept: KeptScores, places: Places, labels: Mapping[int, int]) -> Places:
    """Return those of these places with marked words none of which is among the most salient.

    Where the saliency is not for the predicted label, it says nothing about the words marked for that one.
    """
    places = places[kept.explained[places] == kept.scores.labels[places]]
    marks = decided_marks(store, kept.scores.sentence_ids[places].tolist(), labels)
    lengths = np.diff(kept.scores.offsets)
    of_place = {int(place): marks.get(int(kept.scores.sentence_ids[place]), "") for place in places}
    marked = [place for place, signs in of_place.items() if "+" in signs and len(signs) == lengths[place]]
    if not marked:
        return np.array([], dtype=np.int64)
    signs = np.frombuffer("".join(of_place[place] for place in marked).encode(), dtype="S1") == b"+"
    looks = _looks(kept, np.array(marked), signs)
    return np.array(marked)[~looks]


def _looks(kept: KeptScores, places: Places, signs: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return whether a marked word is among the most salient of each sentence; `signs` has all their words in a row.

    Each has a marked word, and no sort is needed: the best of them has a rank, the number of words before it.
    """
    lengths = np.diff(kept.scores.offsets)[places]
    starts = np.cumsum(lengths) - lengths
    words = np.arange(len(signs)) + np.repeat(kept.scores.offsets[places] - starts, lengths)
    saliency = np.load(kept.scores.file, mmap_mode="r")[words, 0].astype(np.float32)
    best = np.repeat(np.maximum.reduceat(np.where(signs, saliency, -np.inf), starts), lengths)
    is_best = signs & (saliency == best)
    first = np.minimum.reduceat(np.where(is_best, np.arange(len(signs)), len(signs)), starts)
    is_before = np.arange(len(signs)) < np.repeat(first, lengths)
    ahead = (saliency > best) | ((saliency == best) & is_before)
    return np.asarray(np.add.reduceat(ahead.astype(np.int64), starts) < MOST_SALIENT)

"""What the marks did: a round next to its twin, in plain words, and on sentences that tell the two apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotator.errors import CannotScore
from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.asking.editing import words_of
from annotator.rounds.asking.scorer_messages import Scored
from annotator.rounds.asking.trying import Trial, Version
from annotator.rounds.measuring.changed import ChangedSentence, Seen, key_of_changed, list_changed
from annotator.rounds.measuring.comparing import RoundComparison, compare_judged, default_pair, shared_splits
from annotator.wording import counted
from db.store import Store
from learner.judging.changes import Kind
from learner.judging.paired import in_words

MOST_READ = 200
"""Sentences of a kind that are looked at, those first whose label's probability changed most."""
MOST_LISTED = 20

_KINDS: tuple[Kind, ...] = ("now right", "right for other words")
"""What a telling sentence is: where the marks decide the answer, and only without any such sentence the reason."""


@dataclass(frozen=True)
class Telling:
    """A sentence that the twin judges by a word that people did not mark, and the round by a word that they did."""

    sentence: ChangedSentence
    kind: Kind
    place: int
    """Of the word that speaks most for the twin's label."""
    share: float
    """Its share of what speaks for that label, 0 to 1."""

    @property
    def word(self) -> str:
        """Return that word."""
        return self.sentence.tokens[self.place]

    @property
    def misleads(self) -> bool:
        """Return whether that word has more of a share than all others together."""
        return self.share > 0.5


def twin_to_show(store: Store, *, actor: Actor) -> tuple[int, int] | None:
    """Return the twin of the round that serves and that round, or None if they cannot be compared."""
    pair = default_pair(store, actor=actor)
    if pair is None or pair[0] != -pair[1] or not shared_splits(store, *pair, actor=actor):
        return None
    return pair


def compare_with_twin(store: Store, *, actor: Actor) -> RoundComparison | None:
    """Return how the round that serves differs from its twin; None if there is no sentence to compare them on."""
    pair = twin_to_show(store, actor=actor)
    compared = None if pair is None else compare_judged(store, *pair, actor=actor)
    return compared if compared is not None and compared.figures.sentences else None


def list_telling(store: Store, compared: RoundComparison, *, actor: Actor) -> list[Telling]:
    """Return the sentences that show best what the marks did, at most `MOST_LISTED`; none where the shading is gone.

    First come those in which the twin looks at one word alone and the round at nothing but marked words; at a tie, to
    one digit, those whose label's probability changed most.
    """
    check_may_act(store, actor, least="researcher")
    for kind in _KINDS:
        changed = list_changed(store, compared, kind, limit=MOST_READ, actor=actor)
        found = [(_clearness(telling), telling) for one in changed if (telling := _telling(one, kind)) is not None]
        if found:
            return [telling for _, telling in sorted(found, key=lambda pair: -round(pair[0], 1))][:MOST_LISTED]
    return []


def key_of_telling(store: Store, compared: RoundComparison, *, actor: Actor) -> str:
    """Return a key of all that `list_telling` reads, in a fraction of its time: its sentences change only with it."""
    return key_of_changed(store, compared, _KINDS, limit=MOST_READ, actor=actor)


def about_marks(compared: RoundComparison) -> str:
    """Return what the round and its twin learned from and how often each is right, in sentences for newcomers."""
    figures, pair = compared.figures, compared.pair
    answers = compared.after.training_set.get("answers")
    learned = "the same answers" if answers is None else f"the same {counted(answers, 'answer')}"
    sentences = counted(figures.sentences, f"{compared.split} sentence")
    right = f"it gets {int(pair.after.right.sum()):,} right and the other {int(pair.before.right.sum()):,}."
    return (
        f"Two models learned from {learned}; only one was shown which words people marked. "
        f"Of {sentences} that neither learned from, {right}{_about_chance(compared)}"
    )


def about_telling(telling: Telling, compared: RoundComparison) -> str:
    """Return how many sentences are like this one, and what the twin goes by in it."""
    goes_by = f"goes by \u201c{telling.word}\u201d" if telling.misleads else "looks at other words"
    figures, without = compared.figures, f"without the marks, the model {goes_by}."
    if telling.kind == "now right":
        gained = figures.gained
        is_or_are, which = ("is", "This is it") if gained == 1 else ("are", f"One of the {gained:,}")
        return f"{gained:,} {is_or_are} right only with the marks, {figures.lost:,} only without. {which}: {without}"
    return f"Both are right about this one: {without}"


def trial_of(telling: Telling, compared: RoundComparison) -> Trial:
    """Return the sentence as if it had just been tried on the twin and the round, from what both said of it."""
    sentence = telling.sentence
    scored = tuple(
        Scored(seen.label, seen.probability, seen.saliency or (), seen.explained or seen.label)
        for seen in (sentence.before, sentence.after)
    )
    rounds = (compared.before.id, compared.after.id)
    return Trial(0, sentence.query or "", rounds, Version(sentence.text, scored))


def about_change(trial: Trial) -> str:
    """Return which of the twin and the round the change of a word gave another answer; empty without a change."""
    if trial.change is None:
        return ""
    return {
        (True, False): "Without the marks, the model changes its answer; with them, it does not.",
        (False, True): "Only with the marks does the model change its answer.",
        (True, True): "Both change their answer.",
        (False, False): "Neither changes its answer.",
    }[trial.flips[0], trial.flips[1]]


def _about_chance(compared: RoundComparison) -> str:
    figures = compared.figures
    if figures.is_shown("accuracy") or not figures.gained + figures.lost:
        return ""
    return f" That is {in_words(figures, of=compared.split)}."


def _telling(changed: ChangedSentence, kind: Kind) -> Telling | None:
    """Return the sentence with the word that misleads the twin; None if it does not show what the marks did."""
    before, after, marks = changed.before, changed.after, changed.marks
    if marks is None or not _is_explained(before) or not _is_explained(after) or not _can_be_tried(changed):
        return None
    place, of_round = _top(before), _top(after)
    if place is None or of_round is None or marks[place] == "+" or marks[of_round] != "+":
        return None
    return Telling(changed, kind, place, _share(before, [place]))


def _is_explained(seen: Seen) -> bool:
    """Return whether its shading is kept, and is for the label that the model says."""
    return seen.saliency is not None and seen.explained == seen.label


def _can_be_tried(changed: ChangedSentence) -> bool:
    """Return whether a typed text would have the same words; a file's own may be cut otherwise."""
    try:
        return words_of(changed.text) == (changed.tokens, changed.starts)
    except CannotScore:
        return False


def _top(seen: Seen) -> int | None:
    """Return the place of the word that speaks most for the label; None if no word does."""
    saliency = seen.saliency or ()
    return int(np.argmax(saliency)) if max(saliency, default=0.0) > 0 else None


def _clearness(telling: Telling) -> float:
    """Return the twin's share of what speaks for its label on the one word, times the round's on marked words."""
    marked = [place for place, mark in enumerate(telling.sentence.marks or "") if mark == "+"]
    return telling.share * _share(telling.sentence.after, marked)


def _share(seen: Seen, places: Sequence[int]) -> float:
    speaking = np.maximum(np.array(seen.saliency), 0)
    return float(speaking[list(places)].sum() / speaking.sum())

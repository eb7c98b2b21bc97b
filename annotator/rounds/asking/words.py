"""The words that a project's answers and the model of a round rely on, those that no one marks first.

Only the pool is read: sentences of dev and test, and texts that are also there, never are.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from annotator.errors import NoCheckpoint, NoScores
from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.learning.kept_scores import KeptScores, open_scores
from annotator.rounds.learning.training_set import TrainingSet, build_training_set, queued_ms_of
from db.answers import annotations
from db.corpus import imports, removals
from db.finding import pool_words, texts
from db.learning import rounds
from db.learning.round_records import Round
from db.store import Store
from db.team import project
from learner.judging.word_counts import AnsweredWords, ScoredWords
from learner.judging.words import Word, words_relied_on

MOST_WORDS = 500
ENOUGH_AT_RANDOM = 100
"""Answers to sentences that no model chose from which the shares of labels are computed from these alone."""

_NO_RULES = 0
_MOST_KEPT = 4
_kept: "OrderedDict[tuple[object, ...], WordsReliedOn]" = OrderedDict()


@dataclass(frozen=True)
class WordsReliedOn:
    """The words, and what they were counted in."""

    round: str | None
    """The round whose model was looked at, by name; None before the first one serves."""
    labels: tuple[str, ...]
    shares: tuple[float, ...]
    """How many of the answers have each label, in percent."""
    words: tuple[Word, ...]
    answers: int
    """The answered sentences that the shares are of."""
    is_random: bool
    """Whether these are only the sentences that no model chose."""
    scored: int
    """The pool sentences whose saliency was looked at."""
    without_model: str
    """Why no model was looked at; empty if one was."""


def words_of_round(store: Store, *, actor: Actor, round_id: int | None = None) -> WordsReliedOn:
    """Return the words of the answers with what a round's model does with them, by default the one that serves.

    The last few results are kept in this process: what a round learned from and scored changes only if an import holds
    some of it out.
    """
    check_may_act(store, actor, least="researcher")
    chosen = round_id or project.read(store).serving_round
    if chosen is None:
        return _count(store, None)
    asked = rounds.read(store, chosen)
    facts = (asked.id, asked.created_ms, asked.training_set_hash, asked.freed_ms)
    names = tuple((label.name, label.merged_into) for label in project.labels(store))
    key = (project.read(store).uid, *facts, imports.count_ready(store), removals.count(store), names)
    if key not in _kept:
        _kept[key] = _count(store, asked)
        if len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return _kept[key]


def without_held_out(store: Store, scored: Iterable[int]) -> list[int]:
    """Return these sentences but for those whose text has come into dev or test since they were scored."""
    held_out = texts.pool_held_out_elsewhere(store)
    return [sentence_id for sentence_id in scored if sentence_id not in held_out]


@dataclass(frozen=True)
class _Answered:
    """What the shares of labels are computed from."""

    answers: list[AnsweredWords]
    is_random: bool
    labels: tuple[str, ...]


def _count(store: Store, scored: Round | None) -> WordsReliedOn:
    last = annotations.last_id(store) if scored is None else scored.last_annotation or 0
    decided_by_ms = None if scored is None else queued_ms_of(store, scored)
    learned = build_training_set(store, up_to=last, rules_up_to_ms=_NO_RULES, decided_by_ms=decided_by_ms)
    answered = _Answered(*_answers(store, learned), tuple(label.name for label in project.labels(store)))
    if scored is None:
        return _relied_on(answered, (), of_round=None, without_model="No round serves yet.")
    try:
        return _relied_on(answered, _scored(store, scored, open_scores(store, scored)), of_round=scored.name)
    except (NoCheckpoint, NoScores) as refusal:
        return _relied_on(answered, (), of_round=scored.name, without_model=str(refusal))


def _relied_on(
    answered: _Answered, scored: Iterable[ScoredWords], *, of_round: str | None, without_model: str = ""
) -> WordsReliedOn:
    looked_at, labels = _Counted(scored), len(answered.labels)
    words = words_relied_on(answered.answers, looked_at, labels=labels, limit=MOST_WORDS)
    return WordsReliedOn(
        round=of_round,
        labels=answered.labels,
        shares=_shares(answered.answers, labels),
        words=tuple(words),
        answers=len(answered.answers),
        is_random=answered.is_random,
        scored=looked_at.number,
        without_model=without_model,
    )


class _Counted:
    """Sentences that are read once, one after another, because there may be a million; and how many there were."""

    def __init__(self, sentences: Iterable[ScoredWords]) -> None:
        self._sentences, self.number = sentences, 0

    def __iter__(self) -> Iterator[ScoredWords]:
        for sentence in self._sentences:
            self.number += 1
            yield sentence


def _answers(store: Store, learned: TrainingSet) -> tuple[list[AnsweredWords], bool]:
    """Return the answered pool sentences that no model chose, if they are enough, else all; and which."""
    at_random = pool_words.drawn_at_random(store)
    pairs = list(zip(learned.ids["pool"], learned.examples["pool"], strict=True))
    chosen_by_none = [example for sentence_id, example in pairs if sentence_id in at_random]
    is_random = len(chosen_by_none) >= ENOUGH_AT_RANDOM
    examples = chosen_by_none if is_random else learned.examples["pool"]
    return [AnsweredWords(example.tokens, example.label, example.marks) for example in examples], is_random


def _shares(answers: Sequence[AnsweredWords], labels: int) -> tuple[float, ...]:
    counted = np.bincount(np.array([answer.label for answer in answers], dtype=np.int64), minlength=labels)
    return tuple((100 * counted / max(1, len(answers))).tolist())


def _scored(store: Store, scored: Round, kept: KeptScores) -> Iterator[ScoredWords]:
    """Yield the sentences of the pool that the round scored, open or answered, with the view that people see."""
    scores = kept.scores
    place_of = {sentence_id: place for place, sentence_id in enumerate(scores.sentence_ids.tolist())}
    saliency = np.load(scores.file, mmap_mode="r", allow_pickle=False)
    for sentence_id, tokens in pool_words.words_of(store, without_held_out(store, place_of)):
        place = place_of[sentence_id]
        own = saliency[scores.offsets[place] : scores.offsets[place + 1], 0]
        if len(own) != len(tokens):
            raise NoCheckpoint(f"The scores of round {scored.name} do not fit its sentences; start a new round.")
        yield ScoredWords(tokens, int(kept.explained[place]), own)

"""Asking the models of rounds about sentences: what the scorer's process does."""

import logging
from collections import OrderedDict
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from annotator.errors import CannotScore
from annotator.rounds.asking.scorer_messages import MOST_ROUNDS, Scored, Sentence, WithoutWord
from annotator.rounds.asking.words import without_held_out
from annotator.rounds.files import checkpoint_of
from annotator.rounds.learning.kept_scores import open_scores
from db.corpus import sentences
from db.finding import pool_words
from db.learning import rounds
from db.learning.round_records import Round
from db.store import Store
from db.team import project
from learner.data.example import Example

if TYPE_CHECKING:
    from learner.training.trained import TrainedModel

MOST_SENTENCES = 2_000
"""Sentences from which a word is deleted at once."""
MOST_EXAMPLES = 20

logger = logging.getLogger(__name__)


class Models:
    """The models of the rounds that were asked for last."""

    def __init__(self) -> None:
        self._loaded: OrderedDict[tuple[int, int], TrainedModel] = OrderedDict()

    def of(self, store: Store, chosen: Round) -> "TrainedModel":
        """Return a round's model, loaded at its first use; raise NoCheckpoint for a round without one."""
        key = (chosen.id, chosen.created_ms)
        if chosen.freed_ms is not None or chosen.deleted_ms is not None:
            self._loaded.pop(key, None)
        if key not in self._loaded:
            while len(self._loaded) >= MOST_ROUNDS:
                self._loaded.popitem(last=False)
            self._loaded[key] = _load(store, chosen)
        self._loaded.move_to_end(key)
        return self._loaded[key]


def score(store: Store, models: Models, round_id: int, asked: Sequence[Sentence]) -> list[Scored]:
    """Return what a round's model predicts for each sentence."""
    from learner.prediction import predict

    trained = models.of(store, rounds.read(store, round_id))
    view, names = trained.model.shown_view, _names(store)
    predicted = predict(trained, [one.tokens for one in asked], queries=[one.query for one in asked])
    return [
        Scored(
            names[prediction.label],
            round(prediction.probabilities[prediction.label], 6),
            tuple(np.round(prediction.saliency[view].astype(float), 6).tolist()),
            names[prediction.explained],
        )
        for prediction in predicted
    ]


def delete_word(store: Store, models: Models, round_id: int, word: str) -> WithoutWord:
    """Delete a word from the scored pool sentences that have it, and return how many predictions change."""
    chosen = rounds.read(store, round_id)
    trained = models.of(store, chosen)
    scores = open_scores(store, chosen).scores
    before = dict(zip(scores.sentence_ids.tolist(), scores.labels.tolist(), strict=True))
    having = pool_words.words_of(store, without_held_out(store, before), having=word)
    ids = [sentence_id for sentence_id, _ in islice(having, MOST_SENTENCES)]
    is_all = next(having, None) is None
    after = dict(zip(ids, _labels_without(store, trained, ids, word), strict=True))
    changed = [sentence_id for sentence_id in ids if after[sentence_id] != before[sentence_id]]
    names, read = _names(store), sentences.of_ids(store, changed[:MOST_EXAMPLES])
    examples = tuple((one.external_id, names[before[one.id]], names[after[one.id]]) for one in read)
    return WithoutWord(word, len(ids), len(changed), is_all, examples)


def _names(store: Store) -> list[str]:
    """Return the labels' present names: a model's own may be older."""
    return [label.name for label in project.labels(store)]


def _labels_without(store: Store, trained: "TrainedModel", ids: Sequence[int], word: str) -> list[int]:
    from learner.judging.word_removal import probabilities, remove

    if not ids:
        return []
    read = {one.id: one for one in sentences.of_ids(store, ids)}
    examples = [Example(read[one].tokens, 0, query=read[one].query_tokens) for one in ids]
    places = [[place for place, token in enumerate(each.tokens) if token.lower() == word] for each in examples]
    left = remove(trained, examples, places, keep=False)
    labels: list[int] = probabilities(trained, left).argmax(axis=1).tolist()
    return labels


def _load(store: Store, chosen: Round) -> "TrainedModel":
    from learner.training.checkpoint import load_checkpoint

    place = checkpoint_of(store, chosen.id)
    logger.info("loading round %s", chosen.name)
    try:
        return load_checkpoint(place)
    except MemoryError as error:
        raise CannotScore(
            f"There is not enough memory for the model of round {chosen.name}; end other programs, then try again."
        ) from error

"""What the round that serves says of one sentence: its label, and where its model looks."""

from dataclasses import dataclass

import numpy as np

from annotator.errors import NoScores
from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.learning.decided import decisions_about
from annotator.rounds.learning.kept_scores import Shading, constant_labels_of, open_scores
from db.corpus import sentences
from db.errors import UnknownSentence
from db.learning import predictions, rounds
from db.learning.round_records import Round
from db.records import Sentence
from db.store import Store
from db.team import project
from learner.explained import explained_labels


@dataclass(frozen=True)
class Opinion:
    """What a round's model says of a sentence."""

    round: Round
    label: str
    probability: float
    is_right: bool | None
    """Whether people decided on that label; None where they have not decided."""
    saliency: tuple[float, ...] | None
    """The view that people are shown of the model, for `explained`: a score per word; None where it is not kept."""
    explained: str | None
    """The label that these scores are for: `label`, unless the model answers that with a constant."""


def opinion_of(store: Store, external_id: str, *, actor: Actor) -> Opinion | str:
    """Return what the round that serves says of this sentence, or a sentence about why it says nothing."""
    check_may_act(store, actor, least="researcher")
    sentence = sentences.find(store, [external_id]).get(external_id)
    if sentence is None:
        raise UnknownSentence(f"The project has no sentence {external_id!r}; give the id that its file gave it.")
    serving = project.read(store).serving_round
    if serving is None:
        return "No round serves yet, so no model has read this sentence."
    round_ = rounds.read(store, serving)
    return _from_scores(store, round_, sentence)


def _from_scores(store: Store, round_: Round, sentence: Sentence) -> Opinion | str:
    """Return what the round's files say, else what it said of the head of the queue, else why there is nothing."""
    try:
        kept = open_scores(store, round_)
    except NoScores as missing:
        return _from_queue(store, round_, sentence) or str(missing)
    place = int(kept.places([sentence.id])[0])
    if place < 0:
        return _from_queue(store, round_, sentence) or (
            f"Round {round_.name} has not scored this sentence: it came after the round, or was not read for it. "
            "The next round scores it."
        )
    label = int(kept.scores.labels[place])
    shading = kept.shading(sentence.id, words=len(sentence.tokens))
    return _opinion(store, round_, sentence, label, float(kept.scores.probabilities[place, label]), shading)


def _from_queue(store: Store, round_: Round, sentence: Sentence) -> Opinion | None:
    predicted = predictions.find(store, round_.id, [sentence.id]).get(sentence.id)
    if predicted is None:
        return None
    probability = predicted.probabilities[predicted.label]
    explained = explained_labels(np.array([predicted.probabilities]), constant_labels_of(round_))
    shading = Shading(int(explained[0]), tuple(predicted.input_x_gradient))
    return _opinion(store, round_, sentence, predicted.label, probability, shading)


def _opinion(
    store: Store,
    round_: Round,
    sentence: Sentence,
    label: int,
    probability: float,
    shading: Shading | None,
) -> Opinion:
    decided = decisions_about(store, [sentence.id]).labels.get(sentence.id)
    names = [each.name for each in project.labels(store)]
    is_right = None if decided is None else decided == label
    if shading is None:
        return Opinion(round_, names[label], probability, is_right, None, None)
    return Opinion(round_, names[label], probability, is_right, shading.scores, names[shading.label])

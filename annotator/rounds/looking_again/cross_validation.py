"""What models say of each answered sentence that were trained without it: five trainings, each on four fifths.

The models are trained as the round's was, by its settings and under its rules for words; dev decides when each stops.
Only sentences of the pool are predicted: nothing of dev or test is ever listed.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annotator.errors import CannotLookAgain
from annotator.rounds.learning.reading import open_encoder
from annotator.rounds.learning.teaching import Follower, teach
from annotator.rounds.learning.training_set import TrainingSet, training_set_of
from annotator.rounds.settings import RoundSettings
from annotator.wording import counted
from db.aside import aside, put_in_place, remove_left
from db.learning.round_records import Round
from db.store import Store
from learner.judging.surprising import assign_folds

if TYPE_CHECKING:
    from learner.data.example import Example
    from learner.prediction import Prediction
    from learner.training.trained import TrainedModel

FOLDS = 5
FEWEST = 20
"""Answered sentences; with fewer, each model would learn from a handful."""


@dataclass(frozen=True)
class Confidences:
    """The models' predictions for n answered sentences of the pool."""

    sentence_ids: NDArray[np.int64]  # (n,)
    given: NDArray[np.int64]  # (n,)
    """The label that people had decided on when the round began."""
    probabilities: NDArray[np.float32]  # (n, labels)
    offsets: NDArray[np.int64]  # (n + 1,): sentence i has the rows offsets[i] to offsets[i + 1] of the saliency
    saliency: NDArray[np.float16]  # (words,)
    """The view that people are shown of the model, for the likeliest label that words can speak for."""

    def saliency_of(self, row: int) -> tuple[float, ...]:
        """Return the saliency of the sentence in this row, a score per word."""
        scores = self.saliency[self.offsets[row] : self.offsets[row + 1]]
        return tuple(scores.astype(float).tolist())


def enough_answers(store: Store, ended: Round) -> TrainingSet:
    """Return the answers that a round learned from; raises CannotLookAgain if they are too few to leave any out.

    Sentences with the same text count as one, by the label of the first: they are left out together.
    """
    training_set = training_set_of(store, ended)
    examples = training_set.examples["pool"]
    _, first = np.unique(_texts(examples), return_index=True)
    labels = Counter(examples[row].label for row in first)
    if len(first) < FEWEST or sum(number >= 2 for number in labels.values()) < 2:
        repeated = f" with {len(first)} different texts" if len(first) < len(examples) else ""
        raise CannotLookAgain(
            f"Round {ended.name} learned from {counted(len(examples), 'sentence')}{repeated}; to look again takes "
            f"{FEWEST}, and two labels with at least two each. Answer more, then start a round."
        )
    return training_set


def leave_out(examples: "Sequence[Example]", *, folds: int, seed: int) -> NDArray[np.int64]:
    """Return the training, from 0 on, that leaves out each of n examples, the same for those with one text: (n,)."""
    labels = np.array([example.label for example in examples], dtype=np.int64)
    return assign_folds(_texts(examples), labels, folds=folds, seed=seed)


def _texts(examples: "Sequence[Example]") -> NDArray[np.int64]:
    """Return a number for the text of each of n examples, the same for the same words and query: (n,)."""
    numbers: dict[object, int] = {}
    texts = ((example.tokens, example.query) for example in examples)
    return np.array([numbers.setdefault(text, len(numbers)) for text in texts], dtype=np.int64)


def cross_validate(store: Store, ended: Round, *, follow: Callable[[int], Follower], folds: int = FOLDS) -> Confidences:
    """Return what models trained without a sentence's text say of it, for all sentences that the round learned from.

    `follow` is called with the number of each training, from 0 on, for what follows it.
    """
    training_set, settings = enough_answers(store, ended), RoundSettings(**ended.config)
    encoder = open_encoder(store, settings)
    examples, ids = training_set.examples["pool"], np.array(training_set.ids["pool"], dtype=np.int64)
    given = np.array([example.label for example in examples], dtype=np.int64)
    left_out = leave_out(examples, folds=folds, seed=ended.seed)
    predicted: dict[int, Prediction] = {}
    views: set[str] = set()
    for fold in range(folds):
        rows = np.flatnonzero(left_out == fold).tolist()
        kept = [example for row, example in enumerate(examples) if left_out[row] != fold]
        part = replace(training_set, examples={**training_set.examples, "pool": kept, "test": []})
        trained = teach(store, part, settings, encoder=encoder, follow=follow(fold))
        views.add(trained.model.shown_view)
        predicted |= zip(rows, _predict(trained, [examples[row] for row in rows]), strict=True)
    (view,) = views
    saliency = [predicted[row].saliency[view] for row in range(len(examples))]
    return Confidences(
        sentence_ids=ids,
        given=given,
        probabilities=np.array([predicted[row].probabilities for row in range(len(examples))], dtype=np.float32),
        offsets=np.concatenate([[0], np.cumsum([len(scores) for scores in saliency])]).astype(np.int64),
        saliency=np.concatenate(saliency).astype(np.float16),
    )


def _predict(trained: "TrainedModel", examples: "list[Example]") -> "list[Prediction]":
    from learner.prediction import predict

    return list(
        predict(trained, [example.tokens for example in examples], queries=[example.query for example in examples])
    )


def save_confidences(found: Confidences, file: Path) -> None:
    """Write the predictions to `file` (.npz), whole or not at all."""
    remove_left(file)
    with aside(file) as half:
        with half.open("wb") as stream:
            np.savez(stream, **vars(found))
        put_in_place(half, file)


def load_confidences(file: Path, *, labels: int) -> Confidences:
    """Return what `save_confidences` wrote in a project with this many labels.

    Raises ValueError, TypeError, EOFError, OSError or BadZipFile if it is something else.
    """
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        found = Confidences(**{name: arrays[name] for name in arrays})
    number, known = found.probabilities.shape
    lengths = {len(found.sentence_ids), len(found.given), len(found.offsets) - 1}
    if lengths != {number} or known > labels or not ((found.given >= 0) & (found.given < known)).all():
        raise ValueError("its parts do not fit each other, or the project")
    return found

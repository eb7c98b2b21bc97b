"""What a round's model says about single sentences, opened from its files if these are what its row says."""

import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from annotator.errors import NoScores
from annotator.rounds.files import SCORES, faults_of_scores, folder_of
from annotator.rounds.learning.pool_scores import PoolScores, load_scores
from db.learning import rounds
from db.learning.round_records import Round
from db.store import Store
from learner.explained import explained_labels


@dataclass(frozen=True)
class Shading:
    """The view that people are shown of a model in one sentence."""

    label: int
    """The one that the scores are for: the predicted one, unless the model answers that with a constant."""
    scores: tuple[float, ...]
    """A score per word."""


@dataclass(frozen=True)
class KeptScores:
    """A round's predictions for the sentences that it scored, found by the sentence's id."""

    scores: PoolScores
    order: NDArray[np.int64]
    """The places in `scores` in the order of the ids."""
    explained: NDArray[np.int64]  # (sentences,)
    """The labels that the saliency is for, which are the predicted ones unless the model answers with a constant."""

    @classmethod
    def of(cls, scores: PoolScores, *, constant_labels: Sequence[int]) -> Self:
        """Return these predictions, ready to be searched."""
        order = np.argsort(scores.sentence_ids, kind="stable")
        # No second copy is saved: the same rule chose the labels that the model explained, from these probabilities.
        explained = explained_labels(scores.probabilities, constant_labels) if constant_labels else scores.labels
        return cls(scores, order, explained)

    def places(self, sentence_ids: NDArray[np.int64] | Sequence[int]) -> NDArray[np.int64]:
        """Return where each of these sentences is in the scores; -1 for those that the round did not score."""
        ids = np.asarray(sentence_ids, dtype=np.int64)
        known = self.scores.sentence_ids
        if not len(known):
            return np.full(len(ids), -1)
        at = np.minimum(np.searchsorted(known, ids, sorter=self.order), len(known) - 1)
        places = self.order[at]
        return np.asarray(np.where(known[places] == ids, places, -1))

    def shading(self, sentence_id: int, *, words: int) -> Shading | None:
        """Return the view that people are shown of the model, and the label that it is for.

        None for a sentence that was not scored, or had another number of words then.
        """
        place = int(self.places([sentence_id])[0])
        if place < 0 or self.scores.offsets[place + 1] - self.scores.offsets[place] != words:
            return None
        own, _ = self.scores.saliency(place)
        return Shading(int(self.explained[place]), own) if len(own) == words else None


def open_scores(store: Store, round_: Round) -> KeptScores:
    """Return a round's predictions for single sentences.

    Raises NoScores, with a sentence about why, if they are not kept or are not what the round saved.
    """
    if round_.freed_ms is not None:
        raise NoScores(f"{_title(round_)}'s files were freed, so what it says about single sentences is gone.")
    if "scores" not in round_.metrics or round_.saliency_file is None:
        raise NoScores(f"{_title(round_)} did not keep what it says about single sentences; a new round does.")
    if faults := faults_of_scores(store, round_):
        raise NoScores(f"{_title(round_)}'s files cannot be used: {faults[0]}; restore them, or start a new round.")
    try:
        home = store.path.absolute().parent
        scores = load_scores(folder_of(store, round_) / SCORES, home / round_.saliency_file)
        return KeptScores.of(scores, constant_labels=constant_labels_of(round_))
    except (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise NoScores(f"{_title(round_)}'s predictions cannot be read ({error}); start a new round.") from error


def stamps_of_scores(store: Store, round_: Round) -> list[tuple[int, int] | None]:
    """Return the size and time of each file that `open_scores` opens, None for one that is not there."""
    files = [folder_of(store, round_) / SCORES]
    if round_.saliency_file is not None:
        files.append(store.path.absolute().parent / round_.saliency_file)
    return [_stamp(file) for file in files]


def newest_kept(store: Store) -> tuple[Round, KeptScores] | None:
    """Return the newest round whose predictions for single sentences are kept, with them; None if there is none."""
    for round_ in rounds.all_of(store):
        if round_.state == "ready" and not round_.is_companion and round_.deleted_ms is None:
            with suppress(NoScores):
                return round_, open_scores(store, round_)
    return None


def constant_labels_of(round_: Round) -> Sequence[int]:
    """Return the labels, as indices, that no word can speak for to this round's model; none for most models."""
    labels: Sequence[int] = round_.metrics.get("model", {}).get("constant_labels", ())
    return labels


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns


def _title(round_: Round) -> str:
    return f"Round {round_.name}"

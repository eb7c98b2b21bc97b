"""Judge a trained model on answered sentences, sentence by sentence."""

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from learner.data.example import Example
from learner.judging.evaluation import ReadExample
from learner.judging.judged import MOST_SALIENT, Judged
from learner.judging.word_removal import draw_others, marked_places, probabilities, remove
from learner.metrics import Scores, average_precision
from learner.training.trained import TrainedModel


def judge(
    trained: TrainedModel,
    examples: Sequence[Example],
    readings: Sequence[ReadExample],
    *,
    ids: Sequence[int],
    without_words: bool = True,
    seed: int = 0,
) -> Judged:
    """Return what the model did with each example; `readings` are its own of them, `ids` what the caller calls them.

    `without_words` says whether to read them again without their marked words, and without as many random others:
    those are drawn by `seed` and id, so two models lose the same words. A pretrained encoder keeps these vectors.
    """
    shown = trained.model.shown_view
    marked = [marked_places(example, trained.max_words) for example in examples]
    views = {view: [_seen(read.saliency[view, "word"], trained) for read in readings] for view in (shown, "gradient")}
    by_marks = [_by_marks(*row) for row in zip(views[shown], marked, strict=True)]
    positive = [_positive(*row) for row in zip(views["gradient"], marked, strict=True)]
    draws = [random.Random(f"{seed} {id_}") for id_ in ids]
    others = [
        draw_others(*row, trained.max_words) if row[2] else None for row in zip(draws, examples, marked, strict=True)
    ]
    none: list[None] = [None] * len(examples)
    return Judged(
        ids=np.array(ids, dtype=np.int64),
        gold=np.array([example.label for example in examples], dtype=np.int16),
        probabilities=np.array([read.probabilities for read in readings], dtype=np.float32).reshape(
            len(readings), len(trained.labels)
        ),
        marked=np.array([len(places) for places in marked], dtype=np.int32),
        unmarked=np.array(
            [len(scores) - len(places) for scores, places in zip(views[shown], marked, strict=True)], dtype=np.int32
        ),
        precision=np.array([precision for precision, _, _ in by_marks], dtype=np.float32),
        share=np.array([share for _, share, _ in by_marks], dtype=np.float32),
        looks=np.array([looks for _, _, looks in by_marks], dtype=bool),
        marked_positive=np.array([on_marked for on_marked, _ in positive], dtype=np.int32),
        unmarked_positive=np.array([on_others for _, on_others in positive], dtype=np.int32),
        without_marked=_right_without(
            trained, examples, [places or None for places in marked] if without_words else none
        ),
        without_others=_right_without(trained, examples, others if without_words else none),
    )


def _seen(scores: Scores, trained: TrainedModel) -> Scores:
    return scores[: trained.max_words]


def _by_marks(scores: Scores, marked: Sequence[int]) -> tuple[float, float, bool]:
    """Return the average precision of the marked words, their share of the saliency, and whether the model looks."""
    if not marked:
        return np.nan, np.nan, False
    z = np.zeros(len(scores), dtype=bool)
    z[list(marked)] = True
    total = float(np.abs(scores).sum())
    share = float(np.abs(scores[z]).sum()) / total if total else np.nan
    most = np.argsort(-scores, kind="stable")[:MOST_SALIENT]
    return np.nan if z.all() else average_precision(z, scores), share, bool(z[most].any())


def _positive(gradient: Scores, marked: Sequence[int]) -> tuple[int, int]:
    """Return how many marked words, and how many others, the paper's view counts for the gold label."""
    on_marked = int((gradient[list(marked)] > 0).sum()) if marked else 0
    return on_marked, int((gradient > 0).sum()) - on_marked


def _right_without(
    trained: TrainedModel, examples: Sequence[Example], places: Sequence[Sequence[int] | None]
) -> NDArray[np.int8]:
    """Return 1 where the gold label is predicted without the words at these places, else 0; -1 where there are none."""
    right = np.full(len(examples), -1, dtype=np.int8)
    rows = [row for row, removed in enumerate(places) if removed]
    if rows:
        shortened = remove(trained, [examples[row] for row in rows], [places[row] or () for row in rows])
        gold = [examples[row].label for row in rows]
        right[rows] = probabilities(trained, shortened).argmax(axis=1) == gold
    return right

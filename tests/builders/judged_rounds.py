"""Ready rounds whose models said what a test wants them to say, with the files that a real round leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score

from annotator.rounds.files import SCORES, make_round_folder, sha256_of
from annotator.rounds.learning.pool_scores import PoolScores, save_scores
from db.corpus import sentences
from db.learning import judgements, rounds
from db.learning.round_records import Round
from db.store import Store
from db.team import project
from learner.judging.judged import Judged, to_bytes


@dataclass(frozen=True)
class Says:
    """What a model says of a sentence."""

    label: int
    probability: float = 0.8
    """Of that label."""
    saliency: Sequence[float] = field(default=(0.1, 0.2, 0.3, 0.4))


def add_round(
    store: Store,
    says: Mapping[int, Says],
    *,
    gold: Mapping[str, Mapping[int, tuple[int, str | None]]],
    twin_of: int | None = None,
    last_annotation: int | None = None,
    config: Mapping[str, Any] | None = None,
    serve: bool = False,
    constant_labels: Sequence[int] = (),
    answers: int | None = None,
) -> Round:
    """Add a ready round that was judged on `gold`: split → sentence → (label, marks). It scored what it `says`.

    `answers` is the number of answers that it says it learned from.
    """
    queued = rounds.queue(store, config=dict(config or {}), seed=0, last_annotation=last_annotation, twin_of=twin_of)
    classes = len(project.labels(store))
    judged = {split: _judged({each: says[each] for each in given}, given, classes) for split, given in gold.items()}
    judgements.add(store, queued.id, to_bytes(judged))
    folder, home = make_round_folder(store, queued.id), store.path.absolute().parent
    scores = _scores(says, classes, folder / "saliency.npy")
    saved = {
        "checkpoint": str((folder / "checkpoint").relative_to(home)),
        "saliency_file": str(scores.file.relative_to(home)),
        "saliency_hash": sha256_of(scores.file),
        "metrics": {"scores": {"hash": save_scores(scores, folder / SCORES), "pool": len(says)}}
        | ({"model": {"constant_labels": list(constant_labels)}} if constant_labels else {}),
    }
    if answers is not None:
        saved["training_set"] = {"answers": answers}
    rounds.advance(store, queued.id, "ready", **saved)
    if serve:
        project.serve_round(store, queued.id)
    return rounds.read(store, queued.id)


def id_of(store: Store, external_id: str) -> int:
    """Return the number of a sentence."""
    return sentences.find(store, [external_id])[external_id].id


def _scores(says: Mapping[int, Says], classes: int, file: Any) -> PoolScores:
    every = list(says.values())
    lengths = [len(one.saliency) for one in every]
    words = [score for one in every for score in one.saliency]
    np.save(file, np.array([words, words], dtype=np.float16).T.reshape(len(words), 2))
    return PoolScores(
        np.array(list(says), dtype=np.int64),
        np.array([_probabilities(one, classes) for one in every], dtype=np.float32),
        np.array([one.label for one in every], dtype=np.int64),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        file,
    )


def _judged(says: Mapping[int, Says], gold: Mapping[int, tuple[int, str | None]], classes: int) -> Judged:
    n, unknown = len(gold), np.full(len(gold), -1, dtype=np.int8)
    signs = [
        np.array([mark == "+" for mark in marks or "." * len(says[each].saliency)]) for each, (_, marks) in gold.items()
    ]
    scores = [np.array(says[each].saliency) for each in gold]
    both = list(zip(signs, scores, strict=True))
    marked = [int(one.sum()) for one in signs]
    return Judged(
        ids=np.array(list(gold), dtype=np.int64),
        gold=np.array([label for label, _ in gold.values()], dtype=np.int16),
        probabilities=np.array([_probabilities(says[each], classes) for each in gold], dtype=np.float32),
        marked=np.array(marked, dtype=np.int32),
        unmarked=np.array([len(one) - int(one.sum()) for one in signs], dtype=np.int32),
        precision=np.array(
            [average_precision_score(one, score) if one.any() else np.nan for one, score in both], dtype=np.float32
        ),
        share=np.array([score[one].sum() / score.sum() if one.any() else np.nan for one, score in both], np.float32),
        looks=np.array([bool(one[np.argsort(-score, kind="stable")[:6]].any()) for one, score in both]),
        marked_positive=np.array(marked, dtype=np.int32),
        unmarked_positive=np.zeros(n, dtype=np.int32),
        without_marked=unknown,
        without_others=unknown,
    )


def _probabilities(says: Says, classes: int) -> list[float]:
    others = (1 - says.probability) / (classes - 1)
    return [says.probability if label == says.label else others for label in range(classes)]

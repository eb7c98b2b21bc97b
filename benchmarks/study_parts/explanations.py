"""Judge a model's explanations: against people's marks, and by their effect on the model itself."""

import random
from collections.abc import Sequence

import torch

from learner.data.batches import reading_order
from learner.data.example import Example
from learner.judging.faithfulness import faithfulness, reliance_on_marks
from learner.judging.plausibility import r_precision
from learner.judging.word_removal import encode, probabilities
from learner.metrics import Figures, Scores, mean_average_precision
from learner.saliency.attributions import attribute
from learner.training.trained import TrainedModel

EXPLAINED = 300
"""The number of marked sentences whose explanations are judged: the same ones in every trial of a set."""

_BATCH_TOKENS = 8192
_SEED = 0


def judge_explanations(trained: TrainedModel, examples: Sequence[Example], *, by: Sequence[str]) -> Figures:
    """Return, of sentences with a `+`, how the attributions rank the marked words, and how the model relies on them."""
    marked = _explained(trained, examples)
    if not marked:
        return {}
    gold = [example.label for example in marked]
    figures: Figures = {}
    for name in by:
        figures |= _against_marks(name, explain_words(trained, marked, gold, name), marked)
    reliance = reliance_on_marks(trained, marked, seed=_SEED)
    return figures | {name: value for name, value in reliance.items() if name.startswith("delta")}


def judge_faithfulness(trained: TrainedModel, examples: Sequence[Example], *, by: str) -> Figures:
    """Return, of the same sentences, how the model's answer depends on the words that the attribution names."""
    marked = _explained(trained, examples)
    if not marked:
        return {}
    predicted = probabilities(trained, encode(trained, marked)).argmax(axis=1).tolist()
    relied = faithfulness(trained, marked, explain_words(trained, marked, predicted, by))
    return {name: relied[name] for name in ("comprehensiveness", "sufficiency")}


def explain_words(trained: TrainedModel, examples: Sequence[Example], labels: Sequence[int], by: str) -> list[Scores]:
    """Return one number per word for each sentence, for the label given."""
    encoded, classes = encode(trained, examples), torch.tensor(labels, device=trained.device)
    by_row: dict[int, Scores] = {}
    for rows in reading_order(encoded.lengths, batch_tokens=_BATCH_TOKENS):
        batch = encoded.batch(rows)
        scores = attribute(trained.model, batch, classes[rows], by=by).cpu().numpy()
        widths = encoded.lengths[rows].tolist()
        by_row |= {row: scores[place, : widths[place]] for place, row in enumerate(rows.tolist())}
    return [by_row[row] for row in range(len(examples))]


def _explained(trained: TrainedModel, examples: Sequence[Example]) -> list[Example]:
    """Return the sentences to explain: they do not depend on the model, but those that it does not see whole go."""
    marked = [example for example in examples if "+" in (example.marks or "")]
    marked = random.Random(_SEED).sample(marked, k=min(EXPLAINED, len(marked)))
    return [example for example in marked if len(example.tokens) <= trained.max_words]


def _against_marks(by: str, scores: Sequence[Scores], examples: Sequence[Example]) -> Figures:
    marks = [example.marks or "" for example in examples]
    precision, hits = mean_average_precision(scores, marks), r_precision(scores, marks)
    if precision is None or hits is None:
        return {}
    return {f"average_precision_{by}": precision, f"r_precision_{by}": hits}

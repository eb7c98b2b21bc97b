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
from marks_study.protocol import EXPLAINED

_BATCH_TOKENS = 8192
_SEED = 0


def judge_explanations(trained: TrainedModel, examples: Sequence[Example]) -> Figures:
    """Return the figures of the explanations of positive sentences with a `+`, the same sentences for every model."""
    marked = [example for example in examples if example.label == 1 and "+" in (example.marks or "")]
    marked = random.Random(_SEED).sample(marked, k=min(EXPLAINED, len(marked)))
    marked = [example for example in marked if len(example.tokens) <= trained.max_words]
    if not marked:
        return {}
    gold = [example.label for example in marked]
    predicted = probabilities(trained, encode(trained, marked)).argmax(axis=1).tolist()
    figures: Figures = {}
    for by in ("input_x_gradient", "integrated_gradients"):
        figures |= _against_marks(by, _explain(trained, marked, gold, by), marked)
    reliance = reliance_on_marks(trained, marked, seed=_SEED)
    figures |= {name: value for name, value in reliance.items() if name.startswith("delta")}
    relied = faithfulness(trained, marked, _explain(trained, marked, predicted, "input_x_gradient"))
    return figures | {name: relied[name] for name in ("comprehensiveness", "sufficiency")}


def _explain(trained: TrainedModel, examples: Sequence[Example], labels: Sequence[int], by: str) -> list[Scores]:
    """Return one number per word for each sentence, for the label given."""
    encoded, classes = encode(trained, examples), torch.tensor(labels, device=trained.device)
    by_row: dict[int, Scores] = {}
    for rows in reading_order(encoded.lengths, batch_tokens=_BATCH_TOKENS):
        batch = encoded.batch(rows)
        scores = attribute(trained.model, batch, classes[rows], by=by).cpu().numpy()
        widths = encoded.lengths[rows].tolist()
        by_row |= {row: scores[place, : widths[place]] for place, row in enumerate(rows.tolist())}
    return [by_row[row] for row in range(len(examples))]


def _against_marks(by: str, scores: Sequence[Scores], examples: Sequence[Example]) -> Figures:
    marks = [example.marks or "" for example in examples]
    precision, hits = mean_average_precision(scores, marks), r_precision(scores, marks)
    if precision is None or hits is None:
        return {}
    return {f"average_precision_{by}": precision, f"r_precision_{by}": hits}

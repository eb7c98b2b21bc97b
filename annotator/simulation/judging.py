"""The figures of a model in a simulation, on sentences whose answers are known.

Their names are those of learner/judging, among them, or made like them:

average_precision                         how high the marked words rank by the view that people are shown of the model
average_precision_integrated_gradients    the same by an attribution that no loss of ours trains, of 300 sentences
ece                                       the expected calibration error

All are shares from 0 to 1, apart from delta_tpr and its control, which are below 0 where a model does better without
the words.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from learner.data.example import Example
from learner.judging.judged import Judged

if TYPE_CHECKING:
    from learner.training.trained import TrainedModel

Figures = Literal["usual", "all"]
"""All figures, or those that cost little: without average_precision_integrated_gradients, and where the marked words
were not removed by the round itself, without delta_tpr."""
OF_RELIANCE = ("delta_tpr", "delta_tpr_control")
OF_JUDGED = ("accuracy", "macro_f1", "average_precision", "share_marked", *OF_RELIANCE)
MOST_EXPLAINED = 300
ECE = "ece"
INDEPENDENT = "integrated_gradients"
OF_INDEPENDENT = f"average_precision_{INDEPENDENT}"


def judge(
    checkpoint: Path,
    examples: Sequence[Example],
    *,
    figures: Figures = "all",
    device: str = "cpu",
    vectors_in: Path | None = None,
) -> dict[str, float]:
    """Return the figures of the model of a checkpoint on examples, also on those of another data set.

    Their labels are indices of the model's labels. A pretrained encoder finds, and keeps, its vectors in `vectors_in`.
    """
    from learner.training.checkpoint import load_checkpoint

    trained = load_checkpoint(checkpoint, device=device, vectors_in=vectors_in)
    return judge_trained(trained, examples, figures=figures)


def judge_trained(trained: "TrainedModel", examples: Sequence[Example], *, figures: Figures) -> dict[str, float]:
    """Return the figures of a model on examples."""
    found = figures_of(_judge_sentences(trained, examples, without_words=False))
    if figures == "usual":
        return found
    marked = explained(trained, examples)
    relied = figures_of(_judge_sentences(trained, marked, without_words=True)) if marked else {}
    found |= {name: relied[name] for name in OF_RELIANCE if name in relied}
    return found | independent_figures(trained, examples)


def _judge_sentences(trained: "TrainedModel", examples: Sequence[Example], *, without_words: bool) -> Judged:
    from learner.judging.evaluation import read_examples
    from learner.judging.judge import judge as judge_sentences

    readings = read_examples(trained, examples)
    return judge_sentences(trained, examples, readings, ids=range(len(examples)), without_words=without_words)


def explained(trained: "TrainedModel", examples: Sequence[Example]) -> list[Example]:
    """Return the sentences with a `+` whose explanations are judged: at most 300, the same ones for every model.

    Those that a model does not see whole are left out.
    """
    marked = [example for example in examples if "+" in (example.marks or "")]
    drawn = random.Random(0).sample(marked, k=min(MOST_EXPLAINED, len(marked)))
    return [example for example in drawn if len(example.tokens) <= trained.max_words]


def figures_of(judged: Judged) -> dict[str, float]:
    """Return the figures that follow from what a model did with each sentence; those of no sentence are left out."""
    from learner.judging.confidence import calibration_error
    from learner.judging.figures import columns_of, rows_of, values_of_all

    columns = columns_of(judged, rows_of(judged), classes=judged.probabilities.shape[1])
    found = values_of_all(columns)
    percents = {name: found[name] for name in OF_JUDGED} | {ECE: calibration_error(judged.probabilities, judged.gold)}
    return {name: value / 100 for name, value in percents.items() if value is not None}


def independent_figures(trained: "TrainedModel", examples: Sequence[Example]) -> dict[str, float]:
    """Return how high the marked words rank by integrated gradients in the `explained` sentences."""
    from learner.metrics import mean_average_precision

    marked = explained(trained, examples)
    if not marked:
        return {}
    value = mean_average_precision(_attribute(trained, marked), [example.marks or "" for example in marked])
    return {} if value is None else {OF_INDEPENDENT: value / 100}


def _attribute(trained: "TrainedModel", examples: Sequence[Example]) -> list[np.ndarray]:
    """Return what each word contributes to its sentence's gold label."""
    import torch

    from learner.data.batches import reading_order
    from learner.judging.word_removal import encode
    from learner.saliency.attributions import attribute

    encoded = encode(trained, examples)
    labels = torch.tensor([example.label for example in examples], device=trained.device)
    by_row: dict[int, np.ndarray] = {}
    for rows in reading_order(encoded.lengths, batch_tokens=trained.model.words_at_once):
        scores = attribute(trained.model, encoded.batch(rows), labels[rows], by=INDEPENDENT).cpu().numpy()
        by_row |= {row: scores[at, : len(examples[row].tokens)] for at, row in enumerate(rows.tolist())}
    return [by_row[row] for row in range(len(examples))]

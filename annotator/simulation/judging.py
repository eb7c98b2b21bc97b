"""The figures of a model in a simulation, on sentences whose answers are known.

Their names are those of learner/judging, and three more:

ece                                       the expected calibration error
average_precision_integrated_gradients    how high the marked words rank by an attribution that no loss of ours trains
average_precision                         … by the view that people are shown of the model

All are shares from 0 to 1, apart from delta_tpr and its control, which are below 0 where a model does better without
the words.
"""

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
OF_JUDGED = ("accuracy", "macro_f1", "average_precision", "share_marked", "delta_tpr", "delta_tpr_control")
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
    from learner.judging.evaluation import read_examples
    from learner.judging.judge import judge as judge_sentences

    judged = judge_sentences(
        trained,
        examples,
        read_examples(trained, examples),
        ids=range(len(examples)),
        without_words=figures == "all",
    )
    return figures_of(judged) | (independent_figures(trained, examples) if figures == "all" else {})


def figures_of(judged: Judged) -> dict[str, float]:
    """Return the figures that follow from what a model did with each sentence; those of no sentence are left out."""
    from learner.judging.confidence import calibration_error
    from learner.judging.figures import columns_of, rows_of, values_of_all

    columns = columns_of(judged, rows_of(judged), classes=judged.probabilities.shape[1])
    found = values_of_all(columns)
    percents = {name: found[name] for name in OF_JUDGED} | {ECE: calibration_error(judged.probabilities, judged.gold)}
    return {name: value / 100 for name, value in percents.items() if value is not None}


def independent_figures(trained: "TrainedModel", examples: Sequence[Example]) -> dict[str, float]:
    """Return how high the marked words rank by integrated gradients, of the sentences that the model sees whole."""
    from learner.metrics import mean_average_precision

    marked = [one for one in examples if "+" in (one.marks or "") and len(one.tokens) <= trained.max_words]
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

"""Two engines for the saliency that a step trains: the textbook's double backward, and the closed form.

`reference` differentiates the model at its levels and keeps the graph, for any model. `closed`
follows the maxima (`learner.saliency.closed_form`) or the words' evidence (`learner.saliency.evidence_form`), for
models that return these. But for rounding, both give the same values and gradients.
"""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, cast, get_args

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from learner.data.batches import Batch
from learner.errors import ConfigError
from learner.models.protocol import EvidenceModel, Output, RoutedModel, WordModel
from learner.saliency.closed_reading import has_closed_form, read_in_closed_form
from learner.saliency.gradients import Target, differentiate
from learner.saliency.losses import WordScores

EngineName = Literal["auto", "closed", "reference"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)


class Reading(NamedTuple):
    """What a model returns for a batch, and for its marked rows, whose saliency can be trained.

    `saliency(levels)` is differentiable by the parameters.
    """

    logits: Tensor  # (rows, classes)
    labels: Tensor  # (rows,): in the order of the logits
    marked: Batch
    level: Callable[[str], Tensor]  # a level of the marked rows, (marked rows, words, …)
    saliency: Callable[[Sequence[str]], WordScores]


Engine = Callable[[nn.Module, Batch, Tensor, Target], Reading]
"""Reads a batch; the indices, (marked rows,), name the rows whose saliency is needed."""


def choose_engine(name: EngineName, model: nn.Module, *, of_gradient: bool = False) -> Engine:
    """Return the engine called `name`; `auto` is the closed form where the model offers it.

    `of_gradient` says that the gradient at the level `word` is needed, which not every closed form has.
    """
    if name not in ENGINES:
        raise ConfigError(f"engine: found {name}, expected one of {', '.join(ENGINES)}")
    if name == "reference":
        return read_by_reference
    if has_closed_form(model, of_gradient=of_gradient):
        return read_closed
    if name == "closed":
        what = "the gradient at the words of " if of_gradient else ""
        raise ConfigError(f"engine closed: {what}{type(model).__name__} has no closed form; use auto or reference")
    return read_by_reference


def read_by_reference(model: nn.Module, batch: Batch, marked_rows: Tensor, target: Target) -> Reading:
    """Read by autograd: the marked rows have a separate forward, so that only they are differentiated twice."""
    others = torch.ones_like(batch.labels, dtype=torch.bool).index_fill(0, marked_rows, False).nonzero().squeeze(1)
    read = cast(WordModel, model)
    if len(marked_rows) == 0 or len(others) == 0:
        output = _read_twice_differentiable(model, batch) if len(marked_rows) else read(batch)
        return _reference(output, output.logits, batch.labels, batch.rows(marked_rows), target)
    marked = batch.rows(marked_rows)
    output = _read_twice_differentiable(model, marked)
    logits = torch.cat([output.logits, read(batch.rows(others)).logits])
    return _reference(output, logits, torch.cat([marked.labels, batch.labels[others]]), marked, target)


def read_whole_by_reference(model: nn.Module, batch: Batch, marked_rows: Tensor, target: Target) -> Reading:
    """Read by autograd in one forward: twice the work, but with the same dropout as the closed engine."""
    output = _read_twice_differentiable(model, batch)

    def saliency(levels: Sequence[str]) -> WordScores:
        whole = differentiate(output, batch, batch.labels, levels=levels, target=target, create_graph=True)
        return whole.rows(marked_rows)

    def level(name: str) -> Tensor:
        return output.levels[name][marked_rows]

    return Reading(output.logits, batch.labels, batch.marks_of(marked_rows), level, saliency)


def _read_twice_differentiable(model: nn.Module, batch: Batch) -> Output:
    """Read with the attention that has a second derivative, if the model has attention: the fused kernels have none."""
    with sdpa_kernel(SDPBackend.MATH):
        return cast(WordModel, model)(batch)


def read_closed(model: nn.Module, batch: Batch, marked_rows: Tensor, target: Target) -> Reading:
    """Read in closed form: one forward, and one backward for everything."""
    read = read_in_closed_form(cast(RoutedModel | EvidenceModel, model), batch)

    def saliency(levels: Sequence[str]) -> WordScores:
        return read.explain(batch.labels, target=target, rows=marked_rows, create_graph=True)

    def level(name: str) -> Tensor:
        return read.levels[name][marked_rows]

    return Reading(read.logits, batch.labels, batch.marks_of(marked_rows), level, saliency)


def _reference(output: Output, logits: Tensor, labels: Tensor, marked: Batch, target: Target) -> Reading:
    def saliency(levels: Sequence[str]) -> WordScores:
        return differentiate(output, marked, marked.labels, levels=levels, target=target, create_graph=True)

    return Reading(logits, labels, marked, output.levels.__getitem__, saliency)

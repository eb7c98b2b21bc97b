"""What a trained model returns for a batch: its logits, and the saliency of its words for any labels.

A model that has a closed form is read by it, any other by autograd, with equal results but for rounding.
"""

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import NamedTuple, Protocol

from torch import Tensor

from learner.data.batches import Batch
from learner.models.protocol import Model, TabulatedModel, WordModel
from learner.saliency.closed_form import differentiate_routes
from learner.saliency.closed_reading import has_closed_form, read_in_closed_form
from learner.saliency.gradients import Target, differentiate
from learner.saliency.losses import WordScores


class Explain(Protocol):
    """Differentiates the answer that was read."""

    def __call__(self, labels: Tensor, *, target: Target = "log_odds") -> WordScores:
        """Return the saliency at every level for one label per row, (rows,), by the views of `gradients.VIEWS`."""


class ReadBatch(Protocol):
    """A batch as a model read it, with a graph where `needs_graph` says so; `explain` may be called once."""

    @property
    def logits(self) -> Tensor:
        """Return the logits: (rows, classes)."""

    @property
    def explain(self) -> Explain:
        """Return what differentiates the answer."""


class _Reading(NamedTuple):
    logits: Tensor
    explain: Explain


def read(model: Model, batch: Batch) -> ReadBatch:
    """Return the logits of a batch, and a function for its saliency; put the model in eval mode first."""
    if has_closed_form(model):
        closed = read_in_closed_form(model, batch)
        return _Reading(closed.logits, closed.explain)
    output = model(batch)
    return _Reading(output.logits, partial(differentiate, output, batch, levels=model.levels))


def tabulate(model: Model, *, largest_bytes: int) -> Callable[[Batch], ReadBatch] | None:
    """Return a function that reads a batch as `read` does, with the vocabulary projected once for all batches.

    None for a model without such a table, or if the table would take more memory.
    """
    size = model.table_bytes() if isinstance(model, TabulatedModel) else None
    if not isinstance(model, TabulatedModel) or size is None or size > largest_bytes:
        return None
    table = model.tabulate()
    return _compiled(model, table) or partial(_read_from, model, table)


def _compiled(model: TabulatedModel, table: Tensor) -> Callable[[Batch], ReadBatch] | None:
    """Return a function that reads a batch by compiled code; None without it, or for a model that it does not read."""
    if find_spec("numba") is None:
        return None
    from learner.saliency.compiled_reading import CompiledReader, can_read  # it imports Numba

    return CompiledReader(model, table).read if can_read(model, table) else None


def logits_of(model: WordModel, batch: Batch) -> Tensor:
    """Return the logits of a batch, (rows, classes)."""
    return read_in_closed_form(model, batch).logits if has_closed_form(model) else model(batch).logits


def _read_from(model: TabulatedModel, table: Tensor, batch: Batch) -> ReadBatch:
    routes = model.route_from(table, batch)
    return _Reading(routes.logits, partial(differentiate_routes, routes))

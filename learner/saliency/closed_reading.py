"""Read a batch in closed form, where the model offers one: the one place that asks which form that is."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple, TypeGuard

from torch import Tensor

from learner.data.batches import Batch
from learner.models.protocol import EvidenceModel, RoutedModel
from learner.saliency.closed_form import differentiate_routes
from learner.saliency.evidence_form import differentiate_weighing
from learner.saliency.losses import WordScores
from learner.saliency.word_evidence import VIEWS_OF_EVIDENCE


class ClosedReading(NamedTuple):
    """A batch as a model read it. `explain(labels, target=…, rows=…, create_graph=…)` returns its saliency, once."""

    logits: Tensor  # (rows, classes)
    levels: Mapping[str, Tensor]
    explain: Callable[..., WordScores]


def has_closed_form(model: object, *, of_gradient: bool = False) -> TypeGuard[RoutedModel | EvidenceModel]:
    """Return whether `read_in_closed_form` can read the model; `of_gradient`: also for its gradient at the words."""
    if isinstance(model, EvidenceModel):
        return model.has_closed_gradient() or not of_gradient
    return isinstance(model, RoutedModel)


def needs_graph(model: object, *, view: str | None = None) -> bool:
    """Return whether autograd takes part in a model's saliency, or in this view of it.

    Of word evidence it need not, down to the words.
    """
    if isinstance(model, EvidenceModel):
        return not (model.has_closed_gradient() or view in VIEWS_OF_EVIDENCE)
    return True


def read_in_closed_form(model: RoutedModel | EvidenceModel, batch: Batch) -> ClosedReading:
    """Return the logits of a batch, the head level, and a function for the saliency."""
    if isinstance(model, RoutedModel):
        routes = model.route(batch)
        return ClosedReading(routes.logits, routes.levels, partial(differentiate_routes, routes))
    weighing = model.weigh(batch)
    return ClosedReading(weighing.logits, weighing.levels, partial(differentiate_weighing, weighing))

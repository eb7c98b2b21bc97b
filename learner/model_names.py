"""The models by name: what each does, its own loss, and which one fits an encoder. Torch-free."""

from typing import NamedTuple

from learner.config import STATIC
from learner.loss_names import DEFAULT_LOSS, NO_LOSS, OF_EVIDENCE, PAPERS_LOSS, RECOMMENDED, has_part, needs_evidence


class KnownModel(NamedTuple):
    """What people read about a model, and what its class declares (`learner/models/protocol.py`)."""

    described: str
    loss: str
    """The loss that it is trained with if none is asked for."""
    reads_queries: bool = False
    trains_encoder: bool = False
    has_evidence: bool = False
    """Whether its words have evidence, which a loss may teach: its class is an `EvidenceModel`."""


EVIDENCE = "evidence"
FINE_TUNED = "fine-tuned"
_OF_ANY_MODEL = {PAPERS_LOSS, NO_LOSS}

KNOWN = {
    "cnn": KnownModel("the paper's network of convolutions", DEFAULT_LOSS),
    "cloze": KnownModel("the paper's network for sentences with a query", DEFAULT_LOSS, reads_queries=True),
    EVIDENCE: KnownModel(
        "each word speaks for a label; it learns the most from few answers", "log-even", has_evidence=True
    ),
    FINE_TUNED: KnownModel(
        "the same, and the encoder is trained as well: minutes on a CPU, best on a GPU",
        "log-mass",
        trains_encoder=True,
        has_evidence=True,
    ),
}
"""In the order in which they are registered."""


def fitting_model(encoder: str, *, has_queries: bool) -> str:
    """Return the model that is trained on this encoder if none is asked for.

    A pretrained encoder reads a query together with its sentence; on the static one a model has to: it is the first
    registered one that reads queries, or without queries the first that reads none.
    """
    if encoder != STATIC:
        return model_of_evidence()
    return next(name for name, model in KNOWN.items() if model.reads_queries == has_queries)


def model_of_evidence() -> str:
    """Return the first registered model whose words have evidence and that leaves its encoder as it is."""
    return next(name for name, model in KNOWN.items() if model.has_evidence and not model.trains_encoder)


def trains_encoder(model: str) -> bool:
    """Return whether a model of ours trains the pretrained encoder; False for another package's."""
    return model in KNOWN and KNOWN[model].trains_encoder


def own_loss(model: str) -> str | None:
    """Return the loss of a model of ours; None for another package's, which only its class knows."""
    return KNOWN[model].loss if model in KNOWN else None


def losses_for(model: str) -> list[str]:
    """Return the recommended losses for a model, its own first; all of them for another package's model."""
    own = own_loss(model)
    if own is None:
        return list(RECOMMENDED)
    speaks = KNOWN[model].has_evidence
    fitting = [name for name in RECOMMENDED if name in _OF_ANY_MODEL or has_part(name, OF_EVIDENCE) == speaks]
    return list(dict.fromkeys([own, *fitting]))


def can_learn(model: str, loss: str) -> bool:
    """Return whether a loss can teach a model, as far as that is known without its class."""
    return model not in KNOWN or KNOWN[model].has_evidence or not needs_evidence(loss)

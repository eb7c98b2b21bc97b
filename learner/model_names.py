"""The models by name: what each does, its own loss, and which one fits an encoder. Torch-free."""

from typing import NamedTuple

from learner.config import STATIC
from learner.loss_names import DEFAULT_LOSS, OF_EVIDENCE, RECOMMENDED, has_part, needs_evidence


class KnownModel(NamedTuple):
    """What people read about a model, and the loss that it is trained with if none is asked for."""

    described: str
    loss: str


EVIDENCE = "evidence"
FINE_TUNED = "fine-tuned"
_OF_ANY_MODEL = {"hinge", "none"}

KNOWN = {
    EVIDENCE: KnownModel("each word speaks for a label; it learns the most from few answers", "log-even"),
    FINE_TUNED: KnownModel("the same, and the encoder is trained as well: minutes on a CPU, best on a GPU", "log-mass"),
    "cnn": KnownModel("the paper's network of convolutions", DEFAULT_LOSS),
    "cloze": KnownModel("the paper's network for sentences with a query", DEFAULT_LOSS),
}


def fitting_model(encoder: str, *, has_queries: bool) -> str:
    """Return the model that is trained on this encoder if none is asked for.

    A pretrained encoder reads a query together with its sentence; on the static one a model has to.
    """
    if encoder != STATIC:
        return EVIDENCE
    return "cloze" if has_queries else "cnn"


def own_loss(model: str) -> str | None:
    """Return the loss of a model of ours; None for another package's, which only its class knows."""
    return KNOWN[model].loss if model in KNOWN else None


def losses_for(model: str) -> list[str]:
    """Return the recommended losses for a model, its own first; all of them for another package's model."""
    own = own_loss(model)
    if own is None:
        return list(RECOMMENDED)
    is_of_evidence = has_part(own, OF_EVIDENCE)
    fitting = [name for name in RECOMMENDED if name in _OF_ANY_MODEL or has_part(name, OF_EVIDENCE) == is_of_evidence]
    return list(dict.fromkeys([own, *fitting]))


def can_learn(model: str, loss: str) -> bool:
    """Return whether a loss can teach a model, as far as that is known without its class."""
    return model in (EVIDENCE, FINE_TUNED) or model not in KNOWN or not needs_evidence(loss)

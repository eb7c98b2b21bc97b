"""What a round was taught by, in words that need no glossary of losses."""

from db.learning.round_records import Round
from learner.errors import ConfigError
from learner.loss_names import NO_LOSS, PAPERS_LOSS, RECOMMENDED, parse_loss
from learner.model_names import own_loss

LABELS_ONLY = "labels only"
LABELS_AND_MARKS = "labels + marks"
_SHORT = {NO_LOSS: LABELS_ONLY, PAPERS_LOSS: "the paper's hinge"}
_TEACHES_THE_SHARE = ("mass", "log-mass", "log-even")
"""The losses whose own measure is the share of the saliency on marked words, not the order of the words."""


def loss_in_words(shown: Round) -> str:
    """Return what the round learned from: `labels + marks`, `labels only`, `the paper's hinge`; other losses named."""
    loss = loss_of(shown)
    if shown.twin_of is not None or loss == NO_LOSS or shown.config.get("weight") == 0:
        return LABELS_ONLY
    return name_of_loss(loss, model=str(shown.config.get("model")))


def name_of_loss(loss: str | None, *, model: str) -> str:
    """Return the short name of a loss; the model's own needs no further name."""
    if loss is None or loss == own_loss(model):
        return LABELS_AND_MARKS
    return _SHORT.get(loss, f"{LABELS_AND_MARKS} ({loss})")


def meaning_of_loss(loss: str) -> str:
    """Return what a loss asks of the model, as one sentence."""
    if loss == NO_LOSS:
        return "The marks teach nothing, as in a twin."
    words = RECOMMENDED.get(loss, "a loss of another package")
    return f"{words[:1].upper()}{words[1:]}."


def loss_of(shown: Round) -> str | None:
    """Return the loss as it is written, or None for a round that does not say."""
    loss = shown.config.get("loss")
    return None if loss is None else str(loss)


def taught_figure(shown: Round) -> str:
    """Return the figure, of `learner.judging.figures.FIGURES`, that measures what the round's loss teaches."""
    try:
        parts = parse_loss(loss_of(shown) or NO_LOSS)
    except ConfigError:  # a loss of another package, in its own spelling
        return "average_precision"
    return "share_marked" if parts[0].name in _TEACHES_THE_SHARE else "average_precision"

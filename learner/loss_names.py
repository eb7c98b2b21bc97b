"""How a saliency loss is written: a name, or a sum of names. Torch-free.

    margin+quiet            each part has its own weight
    0.3*mass+head           another weight
    margin:1+quiet          another margin, for the parts that have one

λ is the weight of the first part; another λ scales them all, so that the others keep their
proportion to it.
"""

from collections.abc import Collection
from typing import NamedTuple

from learner.errors import ConfigError

NO_LOSS = "none"
"""The marks teach nothing: λ = 0."""
PAPERS_LOSS = "hinge"
"""The paper's Eq. 4."""
DEFAULT_LOSS = "margin+quiet+head+irrelevant"

RECOMMENDED = {
    "margin+quiet+head+irrelevant": "look at the marked words, least at the `-` words, and learn to predict the marks",
    "margin+quiet+head": "the same with little weight on the `-` words",
    "margin+quiet": "look at the marked words, and not elsewhere",
    "head": "learn to predict the marks",
    "mass+head": "keep the saliency on the marked words, and learn to predict the marks",
    "rank+quiet+head": "marked words before the others, quiet elsewhere, and predict the marks",
    "log-even": "give each marked word an equal and large share of the model's own gradient",
    "log-mass": "give the marked words together the largest share of the model's own gradient",
    PAPERS_LOSS: "the paper's Eq. 4",
    NO_LOSS: "labels only (untaught)",
}
"""The losses that people can choose from, with what each asks of the model."""

RECOMMENDED_SUMS = tuple(name for name in RECOMMENDED if "+" in name)
WITH_MARGIN = ("margin", "quiet", "rank")
OF_EVIDENCE = ("log-mass", "log-even", "word-ce")
"""The parts that say best what a model of word evidence should do."""
_NEED_EVIDENCE = ("word-ce",)


class Part(NamedTuple):
    """One part of a sum; None means the loss's own weight or margin."""

    name: str
    weight: float | None = None
    margin: float | None = None


def parse_loss(text: str) -> tuple[Part, ...]:
    """Return the parts of a loss as it is written, without a check that they are registered."""
    parts = tuple(_parse_part(part.strip()) for part in text.split("+"))
    names = [part.name for part in parts]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"loss {text!r}: found {name!r} twice, expected it once; give it a weight instead")
    for part in parts:
        if part.margin is not None and part.name not in WITH_MARGIN:
            raise ConfigError(
                f"loss {text!r}: {part.name!r} has no margin; those with one are {', '.join(WITH_MARGIN)}"
            )
    if NO_LOSS in names and len(names) > 1:
        raise ConfigError(f"loss {text!r}: found 'none' in a sum, expected it alone; leave it out")
    return parts


def has_part(text: str, names: Collection[str]) -> bool:
    """Return whether a loss has a part with one of these names."""
    return any(part.name in names for part in parse_loss(text))


def needs_evidence(text: str) -> bool:
    """Return whether only a model whose words have evidence can be taught this loss."""
    return has_part(text, _NEED_EVIDENCE)


def _parse_part(text: str) -> Part:
    weight, star, rest = text.rpartition("*")
    name, colon, margin = rest.partition(":")
    return Part(
        name.strip(),
        _number(weight, part=text, what="weight") if star else None,
        _number(margin, part=text, what="margin") if colon else None,
    )


def _number(text: str, *, part: str, what: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not 0 < number <= 1000:
        raise ConfigError(f"loss, {what} of {part!r}: found {text!r}, expected a number above 0 and at most 1000")
    return number

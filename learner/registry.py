"""Names for the parts that can be chosen: models, saliency losses, acquisitions and views.

A name stands for "module:attribute", so that listing what there is loads none of it. A package
of somebody else's adds its own by an entry point in the group `whylight.<kind>`.
"""

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Literal

Kind = Literal["model", "loss", "acquisition", "view"]

_BUILT_IN: dict[Kind, dict[str, str]] = {
    "model": {"cnn": "learner.models.cnn:EventCnn"},
    "loss": {
        "none": "learner.losses:NONE",
        "hinge": "learner.losses:HINGE",
        "margin+quiet": "learner.losses:MARGIN_QUIET",
    },
    "acquisition": {
        "random": "learner.acquisition:random",
        "uncertainty": "learner.acquisition:uncertainty",
    },
    "view": {
        "gradient": "learner.saliency:gradient",
        "input_x_gradient": "learner.saliency:input_x_gradient",
    },
}


class UnknownName(ValueError):
    """Raised for a name that nothing is registered under; lists the names there are."""

    def __init__(self, kind: Kind, name: str) -> None:
        super().__init__(f"no {kind} is called {name!r}: choose one of {', '.join(names(kind))}")


def names(kind: Kind) -> tuple[str, ...]:
    """Return the names of a kind, the built-in ones first; imports none of the parts."""
    return tuple(_homes(kind))


def load(kind: Kind, name: str) -> Any:
    """Import and return the part called `name`."""
    try:
        module, _, attribute = _homes(kind)[name].partition(":")
    except KeyError:
        raise UnknownName(kind, name) from None
    return getattr(import_module(module), attribute)


def _homes(kind: Kind) -> dict[str, str]:
    """Return name → "module:attribute"; an entry point cannot take a built-in name."""
    outside = {entry.name: entry.value for entry in entry_points(group=f"whylight.{kind}")}
    return _BUILT_IN[kind] | {name: home for name, home in outside.items() if name not in _BUILT_IN[kind]}

"""Names for the parts that can be chosen: models, saliency losses, acquisitions and views.

A name stands for "module:attribute", so that listing what there is loads none of it. A package
of somebody else's adds its own by an entry point in the group `whylight.<kind>`.
"""

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Literal

from learner.errors import UnknownName

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


def names(kind: Kind) -> tuple[str, ...]:
    """Return the names of a kind, the built-in ones first; imports none of the parts."""
    return tuple(_homes(kind))


def load(kind: Kind, name: str) -> Any:
    """Import and return the part called `name`."""
    check(kind, name)
    module, _, attribute = _homes(kind)[name].partition(":")
    return getattr(import_module(module), attribute)


def check(kind: Kind, name: str) -> None:
    """Refuse a name that nothing is registered under."""
    if name not in names(kind):
        raise UnknownName(f"no {kind} is called {name!r}: choose one of {', '.join(names(kind))}")


def _homes(kind: Kind) -> dict[str, str]:
    """Return name → "module:attribute"; an entry point cannot take a built-in name."""
    outside = {entry.name: entry.value for entry in entry_points(group=f"whylight.{kind}")}
    return _BUILT_IN[kind] | {name: home for name, home in outside.items() if name not in _BUILT_IN[kind]}

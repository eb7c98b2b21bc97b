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
    return tuple(_BUILT_IN[kind] | _outside(kind))


def load(kind: Kind, name: str) -> Any:
    """Import and return the part called `name`."""
    module, _, attribute = _home(kind, name).partition(":")
    return getattr(import_module(module), attribute)


def check(kind: Kind, name: str) -> None:
    """Refuse a name that nothing is registered under."""
    _home(kind, name)


def _home(kind: Kind, name: str) -> str:
    # Entry points are read from disk, milliseconds each time: only for a name that is not built in.
    home = _BUILT_IN[kind].get(name) or _outside(kind).get(name)
    if home is None:
        raise UnknownName(f"no {kind} is called {name!r}: choose one of {', '.join(names(kind))}")
    return home


def _outside(kind: Kind) -> dict[str, str]:
    """Return name → "module:attribute" of other packages' parts; they cannot take a built-in name."""
    found = {entry.name: entry.value for entry in entry_points(group=f"whylight.{kind}")}
    return {name: home for name, home in found.items() if name not in _BUILT_IN[kind]}

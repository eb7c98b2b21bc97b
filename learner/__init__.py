"""Whylight's learner: a text classifier taught where to look by people's marks.

The library's front door is two functions, which load (and torch with them) at their first use:

    from learner import word_saliency, saliency_loss

They work on any PyTorch model: docs/losses.md.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from learner.front_door import saliency_loss, word_saliency

__all__ = ["saliency_loss", "word_saliency"]


def __getattr__(name: str) -> Any:
    """Import a front-door function from its module when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("learner.front_door"), name)

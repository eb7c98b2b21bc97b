"""Is the closed form right? Compare an objective's engine with the reference on one batch."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from learner.errors import EngineError
from learner.saliency.engines import Engine, read_whole_by_reference

_TOLERANCE = 1e-9  # of float64
_SMALLEST = 1e-6  # what counts as a size: below it, differences are absolute


def check_engine(engine: Engine, slopes: Callable[[Engine], Mapping[str, Tensor]]) -> None:
    """Compare an engine with the reference: what an objective is with it, in value and every parameter gradient.

    `slopes(engine)` returns both by name, in float64 and with the same dropout: in float32 two words
    whose units are equal to rounding may win a maximum by turns. Raises EngineError where they differ.
    """
    found, expected = slopes(engine), slopes(read_whole_by_reference)
    for name in {**found, **expected}:
        one, other = (each.get(name, torch.zeros(())) for each in (found, expected))  # no gradient is one of zeros
        difference = float((one - other).abs().max() / other.abs().max().clamp(min=_SMALLEST))
        if not difference <= _TOLERANCE:
            raise EngineError(
                f"the engines differ by {difference:.1e} in {name} (at most {_TOLERANCE:.0e} is rounding): "
                "train with engine=reference"
            )

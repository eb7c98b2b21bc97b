"""Check the closed form: compare an objective's engine with the reference on one batch."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from learner.errors import EngineError
from learner.saliency.engines import Engine, read_whole_by_reference

_TOLERANCE = 1e-9  # of float64
_SMALLEST = 1e-6  # below this size, differences are absolute


def check_engine(engine: Engine, slopes: Callable[[Engine], Mapping[str, Tensor]]) -> None:
    """Raise EngineError if an engine and the reference give an objective different values or parameter gradients.

    `slopes(engine)` returns both by name, in float64 and with the same dropout: in float32, if two words'
    units are equal to rounding, either may win a maximum.
    """
    found, expected = slopes(engine), slopes(read_whole_by_reference)
    for name in {**found, **expected}:
        # A missing gradient is a gradient of zeros.
        one, other = (by_name.get(name, torch.zeros(())) for by_name in (found, expected))
        difference = float((one - other).abs().max() / other.abs().max().clamp(min=_SMALLEST))
        if not difference <= _TOLERANCE:
            raise EngineError(
                f"the engines differ by {difference:.1e} in {name} (at most {_TOLERANCE:.0e} is rounding): "
                "train with engine=reference"
            )

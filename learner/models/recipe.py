"""How a model is trained where the settings of a training leave it open."""

import math
from dataclasses import dataclass

_EPOCHS = 6
_FEWEST_STEPS, _MOST_STEPS = 800, 6000
_STEPS_WITHOUT_DEV = 300


@dataclass(frozen=True)
class Recipe:
    """The sizes and the course of a training.

    batch_size        sentences per step
    steps_per_root    how many steps per square root of the number of examples; None: six epochs, between 800
                      and 6,000 steps, and 300 without enough dev examples
    warmup_share      the share of the steps in which the learning rate grows from 0, and λ at the latest
    decays            whether the learning rate then falls to 0 in a straight line, or stays as it is
    largest_gradient  the norm to which a larger gradient is scaled down; None: any
    """

    batch_size: int = 32
    steps_per_root: float | None = None
    warmup_share: float = 0.0
    decays: bool = False
    largest_gradient: float | None = None

    def steps(self, examples: int, *, batch_size: int, has_dev: bool) -> int:
        """Return the number of steps for this many examples; dev may end the training before."""
        if self.steps_per_root is not None:
            return max(1, round(self.steps_per_root * math.sqrt(examples)))
        if not has_dev:
            return _STEPS_WITHOUT_DEV
        return min(_MOST_STEPS, max(_FEWEST_STEPS, _EPOCHS * examples // batch_size))

    def share_of_rate(self, step: int, steps_total: int) -> float:
        """Return the share of the learning rate, 0 to 1, for a step from 0: a function of its arguments alone."""
        warmup = self._warmup(steps_total)
        if step < warmup:
            return (step + 1) / warmup
        return (steps_total - step) / (steps_total - warmup) if self.decays else 1.0

    def warmup_of_loss(self, steps: int, steps_total: int) -> int:
        """Return the steps in which λ grows from 0, given how many a loss has of its own."""
        return min(steps, self._warmup(steps_total)) if self.warmup_share else steps

    def _warmup(self, steps_total: int) -> int:
        return math.ceil(self.warmup_share * steps_total)

"""How long is a step of training, and what share of the device's rates does it reach?

A step is forward, backward and Adam on a batch that is already on the device; forms take turns.
"""

import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

from gpu_checks.device import Ceiling, measure_ceiling, peak_mb, seconds_of, shares_of
from gpu_checks.models import KINDS, MARKED_SHARE, Kind
from learner.data.batches import Batch
from learner.saliency.engines import EngineName
from learner.saliency.objective import Objective

BATCHES = 8
FORMS: dict[str, tuple[float, EngineName]] = {
    "untaught": (0.0, "auto"),
    "taught_closed": (MARKED_SHARE, "closed"),
    "taught_reference": (MARKED_SHARE, "reference"),
}
"""The share of the rows with marks, and the engine."""
Step = Callable[[Batch], None]


def measure_steps(device: torch.device, *, rows: int, rounds: int) -> dict[str, Any]:
    """Return the figures of each form's step, for each model."""
    ceiling = measure_ceiling(device)
    figures: dict[str, Any] = {"ceiling_tflops": ceiling.flops / 1e12, "ceiling_gb_per_s": ceiling.bytes / 1e9}
    for name, kind in KINDS.items():
        figures |= {f"{name}_{key}": value for key, value in _of_model(kind, device, rows, rounds, ceiling).items()}
    return {name: None if value is None else round(value, 3) for name, value in figures.items()}


def _of_model(kind: Kind, device: torch.device, rows: int, rounds: int, ceiling: Ceiling) -> dict[str, float | None]:
    steps = {form: make_step(kind, device, engine) for form, (_, engine) in FORMS.items()}
    generator = np.random.default_rng(0)
    batches = {
        form: [kind.batch(generator, rows, share).to(device) for _ in range(BATCHES)]
        for form, (share, _) in FORMS.items()
    }
    times: dict[str, list[float]] = {form: [] for form in FORMS}
    for number in range(rounds + 2):
        for form, step in steps.items():
            batch = batches[form][number % BATCHES]
            seconds = seconds_of(partial(step, batch), device)
            times[form] += [seconds] if number >= 2 else []
    figures: dict[str, float | None] = {}
    for form, step in steps.items():
        work, seconds = partial(step, batches[form][0]), statistics.median(times[form])
        shares = {"ms": 1e3 * seconds, **shares_of(work, seconds, ceiling), "mb": peak_mb(work, device)}
        figures |= {f"{form}_{key}": value for key, value in shares.items()}
    for form in ("taught_closed", "taught_reference"):
        ratios = (one / other for one, other in zip(times[form], times["untaught"], strict=True))
        figures[f"{form}_vs_untaught"] = statistics.median(ratios)
    return figures


def make_step(kind: Kind, device: torch.device, engine: EngineName) -> Step:
    """Return a step of training."""
    objective = Objective(kind.model().train().to(device), loss=kind.loss, engine=engine).to(device)
    optimizer = torch.optim.Adam(objective.parameters(), lr=1e-4, fused=True)

    def step(batch: Batch) -> None:
        optimizer.zero_grad()
        objective(batch).total.backward()
        optimizer.step()

    return step

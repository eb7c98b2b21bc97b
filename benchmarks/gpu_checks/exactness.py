"""Does the device compute what the CPU does? The same weights and batch on both; logits, saliency, gradients.

An error is the norm of the difference ÷ the norm on the CPU; for gradients it is the largest of all parameters. In
float64 the two may differ by rounding alone. In float32, as in use, two units whose values are as good as equal can
change places in a maximum, and with them a gradient: its bound is wider.
"""

from copy import deepcopy

import numpy as np
import torch
from torch import Tensor

from gpu_checks.models import KINDS, Kind
from learner.data.batches import Batch
from learner.models.protocol import Model
from learner.saliency.closed_reading import needs_graph
from learner.saliency.objective import Objective
from learner.saliency.reading import read

BOUNDS = {
    torch.float64: {"logits": 1e-12, "saliency": 1e-10, "gradients": 1e-10},
    torch.float32: {"logits": 1e-5, "saliency": 1e-3, "gradients": 5e-3},
}
SHARE = 0.5  # of the rows have marks


def measure_exactness(device: torch.device, *, rows: int) -> dict[str, float]:
    """Return the errors by model, type and what was compared, and which of them are within their bounds."""
    figures: dict[str, float] = {}
    for name, kind in KINDS.items():
        for dtype, bounds in BOUNDS.items():
            errors = compare(kind, dtype, device, rows=rows)
            label = f"{name}_{str(dtype).removeprefix('torch.')}"
            figures |= {f"exact_{label}_{part}": float(f"{error:.1e}") for part, error in errors.items()}
            figures[f"exact_{label}_is_within_bounds"] = all(errors[part] <= bounds[part] for part in bounds)
    return figures


def compare(kind: Kind, dtype: torch.dtype, device: torch.device, *, rows: int) -> dict[str, float]:
    """Return the error of each part."""
    model = kind.model().to(dtype).eval()
    batch = kind.batch(np.random.default_rng(0), rows, SHARE)
    objective = Objective(model, loss=kind.loss).to(dtype).eval()  # without dropout: devices draw differently
    here = _computed(objective, batch, torch.device("cpu"))
    there = _computed(deepcopy(objective).to(device), batch, device)
    return {part: max(map(_error, there[part], here[part])) for part in here}


def _computed(objective: Objective, batch: Batch, device: torch.device) -> dict[str, list[Tensor]]:
    model, moved = objective.model, batch.to(device)
    logits, saliency = _read(model, moved)
    objective.zero_grad()
    objective(moved).total.backward()
    gradients = [parameter.grad for parameter in objective.parameters() if parameter.grad is not None]
    return {"logits": [logits], "saliency": [saliency], "gradients": gradients}


def _read(model: Model, batch: Batch) -> tuple[Tensor, Tensor]:
    with torch.set_grad_enabled(needs_graph(model)):
        reading = read(model, batch)
        saliency = reading.explain(torch.ones_like(batch.labels)).view(model.shown_view, "word")
    return reading.logits.detach(), saliency.detach()


def _error(found: Tensor, expected: Tensor) -> float:
    expected = expected.double()
    difference = float((found.cpu().double() - expected).norm())
    return difference / max(float(expected.norm()), 1e-30) if difference else 0.0

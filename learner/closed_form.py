"""Saliency in closed form: what `learner.saliency.differentiate` returns, without a second derivative.

Autograd goes only as far as the entries of [D_seq ; D_dim], whose gradient A comes through the
small feed-forward part. From there a maximum hands its gradient to the unit it took, and a
convolution to the words under its kernel. An entry e at place p, channel c and kernel r gives

    level I   A_e                                      to the word p
    level W   A_e · Σ_j K_r[c, j, t]                   to the word p + t, for each tap t, as `gradient`
              A_e · Σ_j K_r[c, j, t] x_{p+t, j}        as `input_x_gradient`: the tap itself

The way of the maxima is constant almost everywhere, so one ordinary backward of any loss of these
numbers gives what a double backward through the whole model would.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from learner.errors import ConfigError
from learner.models.protocol import Routes
from learner.models.routing import MARGIN, WIDEST
from learner.saliency import Target, answer


@dataclass(frozen=True)
class RoutedSaliency:
    """The saliency of some rows of a batch, by the views `gradient` and `input_x_gradient`."""

    slopes: Tensor  # (rows, E): A
    entries: Tensor  # (rows, E): [D_seq ; D_dim]
    scale: Tensor | None  # (rows, E): what the query multiplied each entry with
    taps: Tensor  # (rows, E, 5)
    kernels: Tensor  # (rows, E, 5): each tap's row of the kernels' weights
    has_tap: Tensor  # (rows, E, 5)
    places: Tensor  # (rows, E)
    kernel_sums: Tensor  # (8 d,): Σ_j K
    real: Tensor  # (rows, words) bool

    def view(self, name: str, level: str) -> Tensor:
        """Return one number a word, (rows, words), 0 at pads."""
        if name not in ("gradient", "input_x_gradient"):
            raise ConfigError(f"view {name!r}: the closed engine has gradient and input_x_gradient, use reference")
        is_gradient = name == "gradient"
        if level == "word":
            return self._at_words(self._sums_of_kernels() if is_gradient else self.taps)
        shares = self.slopes if is_gradient else self.slopes * self.entries
        d = shares.shape[1] - self.real.shape[1]
        if level == "decision":
            return shares[:, d:]
        return shares[:, d:].scatter_add(1, self.places[:, :d], shares[:, :d])

    def _sums_of_kernels(self) -> Tensor:
        return self.kernel_sums.index_select(0, self.kernels.flatten()).view_as(self.has_tap) * self.has_tap

    def _at_words(self, factors: Tensor) -> Tensor:
        slopes = self.slopes if self.scale is None else self.slopes * self.scale
        taps = torch.arange(WIDEST, device=factors.device)
        words = (self.places[..., None] + taps).flatten(1)  # counted from MARGIN words before the sentence
        room = slopes.new_zeros(len(slopes), self.real.shape[1] + 2 * MARGIN)
        at_words = room.scatter_add(1, words, (slopes[..., None] * factors).flatten(1))
        return at_words[:, MARGIN:-MARGIN].masked_fill(~self.real, 0.0)


def differentiate_routes(
    routes: Routes,
    labels: Tensor,
    *,
    target: Target = "log_odds",
    rows: Tensor | None = None,
    create_graph: bool = False,
) -> RoutedSaliency:
    """Return the gradient of f for the label of each row, or of those `rows` (indices) only.

    With `create_graph` the result can be differentiated by the parameters, once.
    """
    logits = routes.logits if rows is None else routes.logits[rows]
    f = answer(logits, labels if rows is None else labels[rows], target)
    ends = (routes.sequence, routes.decision)
    slopes = torch.autograd.grad(f.sum(), ends, create_graph=create_graph, allow_unused=True)
    of_sequence, of_decision = (
        torch.zeros_like(end) if slope is None else slope for end, slope in zip(ends, slopes, strict=True)
    )
    return _select(routes, torch.cat([of_sequence, of_decision.masked_fill(~routes.real, 0.0)], dim=1), rows)


def _select(routes: Routes, slopes: Tensor, rows: Tensor | None) -> RoutedSaliency:
    def picked(tensor: Tensor) -> Tensor:
        return tensor if rows is None else tensor.index_select(0, rows)

    maxima, route = routes.maxima, routes.maxima.route
    return RoutedSaliency(
        slopes=picked(slopes),
        entries=picked(torch.cat([routes.sequence, routes.decision], dim=1)),
        scale=None if routes.scale is None else picked(routes.scale),
        taps=picked(maxima.taps),
        kernels=picked(route.kernels),
        has_tap=picked(route.has_tap),
        places=picked(route.places),
        kernel_sums=maxima.kernel_sums,
        real=picked(routes.real),
    )

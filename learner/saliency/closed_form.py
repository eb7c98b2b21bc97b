"""Saliency in closed form: what `learner.saliency.gradients.differentiate` returns, without a second derivative.

Autograd computes only A, the gradient of the entries of [D_seq ; D_dim], through the small
feed-forward part. From there a maximum passes its gradient to the unit it took, and a
convolution to the words under its kernel. An entry e at place p, channel c and kernel r adds

    level I   A_e                                      to the word p
    level W   A_e · Σ_j K_r[c, j, t]                   to the word p + t, for each tap t, as `gradient`
              A_e · Σ_j K_r[c, j, t] x_{p+t, j}        as `input_x_gradient`: the tap itself

Which units the maxima took is constant almost everywhere, so one ordinary backward of any loss of
these numbers gives what a double backward through the whole model would.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from learner.errors import ConfigError
from learner.models.protocol import Routes
from learner.models.routing import MARGIN, WIDEST
from learner.saliency.gradients import Target, answer, share_of
from learner.saliency.word_evidence import VIEWS_OF_EVIDENCE, without_evidence


@dataclass(frozen=True)
class RoutedSaliency:
    """The saliency of some rows of a batch, by the views `gradient`, `input_x_gradient` and `share`."""

    slopes: Tensor  # (rows, E): A
    routes: Routes  # of the whole batch
    rows: Tensor | None  # the indices of the rows; None: all

    @property
    def has_evidence(self) -> bool:
        """Return False: its words have none."""
        return False

    def view(self, name: str, level: str) -> Tensor:
        """Return one number per word, (rows, words), 0 at pads."""
        if name == "share":
            return share_of(self.view("input_x_gradient", level))
        if name in VIEWS_OF_EVIDENCE:
            raise without_evidence(name)
        if name not in ("gradient", "input_x_gradient"):
            raise ConfigError(f"view {name!r}: the closed engine has gradient and input_x_gradient; use reference")
        is_gradient = name == "gradient"
        if level == "word":
            return self._at_words(self._sums_of_kernels() if is_gradient else self._of(self.routes.maxima.taps))
        shares = self.slopes if is_gradient else self.slopes * self._entries()
        d = self.routes.sequence.shape[1]
        if level == "decision":
            return shares[:, d:]
        places = self._of(self.routes.maxima.route.places)
        return shares[:, d:].scatter_add(1, places[:, :d], shares[:, :d])

    def _of(self, tensor: Tensor) -> Tensor:
        return tensor if self.rows is None else tensor.index_select(0, self.rows)

    def _entries(self) -> Tensor:
        return torch.cat([self._of(self.routes.sequence), self._of(self.routes.decision)], dim=1)

    def _sums_of_kernels(self) -> Tensor:
        maxima, has_tap = self.routes.maxima, self._of(self.routes.maxima.route.has_tap)
        kernels = self._of(maxima.route.kernels)
        return maxima.kernel_sums.index_select(0, kernels.flatten()).view_as(kernels) * has_tap

    def _at_words(self, factors: Tensor) -> Tensor:
        routes = self.routes
        slopes = self.slopes if routes.scale is None else self.slopes * self._of(routes.scale)
        taps = torch.arange(WIDEST, device=factors.device)
        # Word 0 is MARGIN words before the sentence.
        words = (self._of(routes.maxima.route.places)[..., None] + taps).flatten(1)
        real = self._of(routes.real)
        empty = slopes.new_zeros(len(slopes), real.shape[1] + 2 * MARGIN)
        at_words = empty.scatter_add(1, words, (slopes[..., None] * factors).flatten(1))
        return at_words[:, MARGIN:-MARGIN].masked_fill(~real, 0.0)


def differentiate_routes(
    routes: Routes,
    labels: Tensor,
    *,
    target: Target = "log_odds",
    rows: Tensor | None = None,
    create_graph: bool = False,
) -> RoutedSaliency:
    """Return the gradient of f for the label of each row, or only of the `rows` (indices).

    With `create_graph` the result can be differentiated by the parameters, once.
    """
    logits = routes.logits if rows is None else routes.logits[rows]
    f = answer(logits, labels if rows is None else labels[rows], target)
    ends = (routes.sequence, routes.decision)
    slopes = torch.autograd.grad(f.sum(), ends, create_graph=create_graph, allow_unused=True)
    of_sequence, of_decision = (
        torch.zeros_like(end) if slope is None else slope for end, slope in zip(ends, slopes, strict=True)
    )
    of_entries = torch.cat([of_sequence, of_decision.masked_fill(~routes.real, 0.0)], dim=1)
    return RoutedSaliency(of_entries if rows is None else of_entries.index_select(0, rows), routes, rows)

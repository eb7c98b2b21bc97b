"""Read batches from a table of projected words by compiled code; only where the extra `fast` is installed."""

from dataclasses import dataclass

import torch
from torch import Tensor

from learner.data.batches import Batch
from learner.errors import ConfigError
from learner.models.compiled_routing import Entries, add_at_words, entries_of_table
from learner.models.protocol import TabulatedModel
from learner.saliency.gradients import Target, answer, share_of
from learner.saliency.losses import WordScores


@dataclass(frozen=True)
class CompiledReading:
    """A batch as a model of convolutions and maxima read it; `explain` may be called once."""

    logits: Tensor  # (rows, classes)
    values: Tensor  # (rows, E): the entries, with a graph from here to the logits
    entries: Entries
    kernel_sums: Tensor  # (8 d,)

    def explain(self, labels: Tensor, *, target: Target = "log_odds") -> WordScores:
        """Return the saliency of the words for one label per row, (rows,)."""
        (slopes,) = torch.autograd.grad(answer(self.logits, labels, target).sum(), [self.values])
        return _Saliency(*add_at_words(slopes, self.entries, self.kernel_sums))


class CompiledReader:
    """Reads batches as `learner.saliency.reading.read` does, with equal results but for rounding."""

    def __init__(self, model: TabulatedModel, table: Tensor) -> None:
        kernels = model.kernels()
        self._model, self._table, self._biases = model, table, kernels.biases.detach()
        self._kernel_sums = kernels.weights.detach().sum(dim=1)

    def read(self, batch: Batch) -> CompiledReading:
        """Return the logits of a batch, and what its saliency is made of."""
        entries = entries_of_table(self._table, batch.ids, batch.real, self._biases)
        values = torch.from_numpy(entries.values).requires_grad_(torch.is_grad_enabled())
        d = self._biases.shape[1]
        logits = self._model.classify(values[:, :d], values[:, d:], batch.real)
        return CompiledReading(logits, values, entries, self._kernel_sums)


def can_read(model: TabulatedModel, table: Tensor) -> bool:
    """Return whether a `CompiledReader` reads this model: one that reads no query, in 32 bits on the CPU."""
    return not model.reads_queries and table.device.type == "cpu" and table.dtype == torch.float32


@dataclass(frozen=True)
class _Saliency:
    input_x_gradient: Tensor  # (rows, words)
    gradient: Tensor  # (rows, words)
    has_evidence: bool = False

    def view(self, name: str, level: str) -> Tensor:
        if level != "word" or name not in ("input_x_gradient", "gradient", "share"):
            raise ConfigError(f"view {name!r} of {level!r}: compiled code has the views of a gradient at the words")
        if name == "share":
            return share_of(self.input_x_gradient)
        return self.gradient if name == "gradient" else self.input_x_gradient

"""The choice of the step by marks: as right as possible, and looking where people looked."""

from dataclasses import dataclass

import torch
from torch import Tensor

from learner.data.batches import Batch, EncodedExamples, reading_order
from learner.models.protocol import Model
from learner.saliency.closed_reading import needs_graph
from learner.saliency.gradients import Target
from learner.saliency.reading import read
from learner.training.selection import OnDev

_MOST_SENTENCES = 200
_MOST_OF_DEV = 0.75  # reading them again then takes less than the answers did


@dataclass(frozen=True)
class ByMarks:
    """The worth of the answers plus the average precision, 0 to 1, of what people are shown, on marked dev sentences.

    A point of average precision weighs as much as a point of the mean of accuracy and macro-F1. The saliency is that of
    the gold label, to which the marks belong.
    """

    rows: Tensor  # (sentences,) int64: which of dev
    target: Target

    def __call__(self, on_dev: OnDev) -> float:
        """Return the sum; not a number if a saliency is not one."""
        dev = on_dev.dev
        rows = self.rows.to(dev.ids.device)
        batches = reading_order(dev.lengths[rows], batch_tokens=on_dev.model.words_at_once)
        precisions = [self._precisions(on_dev.model, dev.batch(rows[places])) for places in batches]
        return on_dev.score.worth + torch.cat(precisions).double().mean().item()

    def _precisions(self, model: Model, batch: Batch) -> Tensor:
        with torch.set_grad_enabled(needs_graph(model, view=model.shown_view)):
            saliency = read(model, batch).explain(batch.labels, target=self.target)
            scores = saliency.view(model.shown_view, "word").detach()
        return average_precisions(scores, batch.contributory, batch.real)


def marked_rows(dev: EncodedExamples) -> Tensor:
    """Return the dev sentences that the choice looks at, evenly spread over those with a `+` and another word."""
    ends = torch.cat([torch.zeros(1, dtype=torch.int64), (dev.marks.cpu() == 1).cumsum(0)])[dev.offsets.cpu()]
    marked, lengths = ends.diff(), dev.lengths.cpu()
    rows = ((marked > 0) & (marked < lengths)).nonzero().squeeze(1)
    most = min(len(rows), _MOST_SENTENCES, int(_MOST_OF_DEV * len(dev)))
    return rows[torch.arange(most) * len(rows) // max(1, most)]


def average_precisions(scores: Tensor, marked: Tensor, real: Tensor) -> Tensor:
    """Return the average precision of each row, (rows,); all arguments are (rows, words), and a row has a marked word.

    The same as scikit-learn's for one row, which would take a millisecond for each.
    """
    not_lower = (scores[:, None] >= scores[:, :, None]) & real[:, None]  # (rows, words, words that rank as high)
    precision = (not_lower & marked[:, None]).sum(dim=2) / not_lower.sum(dim=2)
    return torch.where(marked, precision, 0.0).sum(dim=1) / marked.sum(dim=1)

"""Sequences of different lengths, kept one after the other, as rows of equal length."""

import torch
from torch import Tensor


def as_rows(offsets: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Return the flat indices of sequences as rows, and which of them are not pads: both (rows, longest).

    Sequence i is from `offsets[i]` to `offsets[i + 1]`.
    """
    lengths = offsets.diff()[rows]
    places = torch.arange(int(lengths.max()), device=rows.device)
    real = places < lengths[:, None]
    return torch.where(real, offsets[rows][:, None] + places, 0), real

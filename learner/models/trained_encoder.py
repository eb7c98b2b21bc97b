"""W from an encoder that trains with the model: its last states, the mean over each word's pieces."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from learner.config import Precision
from learner.data.batches import Text
from learner.data.pieces import Pieces
from learner.encoders.bert import Bert
from learner.errors import ConfigError
from learner.models.words import Words


class TrainedEncoder(Words):
    """A pretrained network that is trained: as a whole, or only its last layers.

    What is not trained is not in `state_dict()`: it comes from the encoder's own files.
    """

    parts: ClassVar[Mapping[str, int]] = {}

    def __init__(self, network: Bert) -> None:
        super().__init__()
        self.network, self.dimension = network, network.shape.dimension
        self.precision: Precision = "float32"
        self.recomputes = False

    def train_last(self, layers: int) -> None:
        """Leave everything below the last `layers` layers as it is."""
        every = self.network.layers
        if not 1 <= layers <= len(every):
            raise ConfigError(f"trained_layers: found {layers}, expected 1 to {len(every)}, the encoder's layers")
        for part in (self.network.embeddings, *every[: len(every) - layers]):
            _fix(part)

    def vectors(self, text: Text, gate: Tensor | None = None) -> Tensor:
        """Return the vector of every word: (rows, words, d).

        `gate`, (rows, words), multiplies the vectors of each word's pieces after the embeddings' LayerNorm; a piece
        of several words is multiplied by the mean of their gates.
        """
        if text.pieces is None:
            raise ValueError("these sentences were not cut into the pieces of the model's encoder")
        pieces = text.pieces
        used = pieces.real.any(dim=2).flatten().nonzero().squeeze(1) if pieces.real.shape[1] > 1 else slice(None)
        ids, types, real = (part.flatten(0, 1)[used] for part in (pieces.ids, pieces.types, pieces.real))
        states = self.network.embeddings(ids, types)
        if gate is not None:
            states = states * _of_pieces(gate, pieces).flatten(0, 1)[used][..., None].to(states.dtype)
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=self.precision == "bfloat16"):
            read = self.network.read(states, real, recomputes=self.recomputes and self.training)
        return _mean_of_pieces(read.to(states.dtype), pieces, used, text.ids.shape[1])


def _fix(part: nn.Module) -> None:
    """Make every parameter of a part a constant of the module, which no checkpoint keeps."""
    for module in part.modules():
        for name, value in list(module.named_parameters(recurse=False)):
            delattr(module, name)
            module.register_buffer(name, value.detach(), persistent=False)


def _of_pieces(gate: Tensor, pieces: Pieces) -> Tensor:
    """Return the gate of each piece, (rows, windows, pieces): 1 for a piece of no word."""
    has_word = pieces.words >= 0
    of_words = gate.gather(1, pieces.words.clamp(min=0).flatten(1)).view_as(pieces.words)
    count = has_word.sum(dim=3)
    mean = of_words.masked_fill(~has_word, 0.0).sum(dim=3) / count.clamp(min=1)
    return torch.where(count > 0, mean, 1.0)


def _mean_of_pieces(states: Tensor, pieces: Pieces, used: Tensor | slice, words: int) -> Tensor:
    """Return the mean state of the pieces from which each word is read, (rows, words, d), given (windows, pieces, d).

    Pads, and what is read elsewhere, add to a last row that is cut off.
    """
    rows, windows, longest, most = pieces.words.shape
    row = torch.arange(rows, device=states.device)[:, None, None, None]
    places = torch.where(pieces.is_read, row * words + pieces.words, rows * words)
    into = places.view(rows * windows, longest, most)[used].flatten(0, 1)  # (pieces, most)
    sums = states.new_zeros(rows * words + 1, states.shape[2])
    counts = states.new_zeros(rows * words + 1)
    for rank in range(most):
        sums = sums.index_add(0, into[:, rank], states.flatten(0, 1))
        counts = counts.index_add(0, into[:, rank], counts.new_ones(len(into)))
    return (sums[:-1] / counts[:-1, None].clamp(min=1)).view(rows, words, -1)

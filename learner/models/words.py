"""W, the vectors of a sentence's words: from a table that trains with the model, or from a pretrained encoder.

Every model starts with one of these; the model asks only for the vectors.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from learner.data.batches import Text
from learner.data.vocabulary import PADDING

_SMALLEST_SPREAD = 1e-3  # a nearly dead dimension would otherwise become noise, or NaN


class Words(nn.Module, ABC):
    """Turns the words of a batch into W; the vectors of pads are zeros."""

    parts: ClassVar[Mapping[str, int]]
    """The entries of its `state_dict()`, and how many dimensions each has; their shapes say how it is made."""

    dimension: int
    """How many numbers a word has."""

    def forward(self, text: Text) -> Tensor:
        """Return the vectors as a level that an answer can be differentiated by, also if nothing below is trained."""
        vectors = self.vectors(text)
        return vectors if vectors.requires_grad or not torch.is_grad_enabled() else vectors.requires_grad_()

    @abstractmethod
    def vectors(self, text: Text) -> Tensor:
        """Return the vector of every word: (rows, words, d)."""

    def through(self, layer: nn.Linear, text: Text) -> Tensor:
        """Return what a layer makes of the vectors of real words: (rows, words, units)."""
        made: Tensor = layer(self.vectors(text))
        return made

    def distinct(self, text: Text, margin: int) -> tuple[Tensor, Tensor]:
        """Return vectors, (distinct, d), and which of them each word has, with pads at both ends.

        The second is (rows, margin + words + margin). No two places share a vector here; where a word has the same
        everywhere, one is enough.
        """
        padded = functional.pad(self.vectors(text), (0, 0, margin, margin)).flatten(0, 1)
        return padded, torch.arange(len(padded), device=padded.device).view(len(text.ids), -1)


class WordTable(Words):
    """One vector per word of the vocabulary, trained with the model but for the last rows.

    `vectors` is (table rows, d): the first values. The first `trained_rows` rows are trained, the others
    stay as they are.
    """

    parts: ClassVar[Mapping[str, int]] = {"embedding.weight": 2, "frozen": 2}
    frozen: Tensor

    def __init__(self, vectors: Tensor, *, trained_rows: int) -> None:
        super().__init__()
        self.dimension = vectors.shape[1]
        self.embedding = nn.Embedding.from_pretrained(  # type: ignore[no-untyped-call]
            vectors[:trained_rows].clone(), freeze=False, padding_idx=PADDING
        )
        self.register_buffer("frozen", vectors[trained_rows:].clone())

    def vectors(self, text: Text) -> Tensor:
        """Return the vector of every word: (rows, words, d)."""
        return self.look_up(text.ids)

    def distinct(self, text: Text, margin: int) -> tuple[Tensor, Tensor]:
        """Return the vectors of the distinct words, and which each place has."""
        padded = functional.pad(text.ids, (margin, margin), value=PADDING)
        if padded.is_cuda:  # the host would have to wait for the device to find the distinct words
            return self.look_up(padded.flatten()), torch.arange(padded.numel(), device=padded.device).view_as(padded)
        words, places = torch.unique(padded, return_inverse=True)
        return self.look_up(words), places

    def look_up(self, ids: Tensor) -> Tensor:
        """Return the vectors of rows of the table: ids' shape × d."""
        trained: Tensor = self.embedding(ids.clamp(max=self.embedding.num_embeddings - 1))
        if len(self.frozen) == 0 or (not ids.is_cuda and bool((ids < self.embedding.num_embeddings).all())):
            return trained  # as in every step of a training
        fixed = self.frozen[(ids - self.embedding.num_embeddings).clamp(min=0)]
        return torch.where((ids < self.embedding.num_embeddings)[..., None], trained, fixed)

    @classmethod
    def restore(cls, parts: Mapping[str, Tensor]) -> "WordTable":
        """Return the table of these parts."""
        trained, frozen = (parts[name] for name in cls.parts)
        return cls(torch.cat([trained, frozen]), trained_rows=len(trained))


class FrozenVectors(Words):
    """A pretrained encoder's vectors, standardised: (x - mean) · scale, and projected if there is a projection.

    `mean` and `scale` are (dimension of the encoder,), `projection` (dimension of the encoder, d), or (0, 0)
    for none.
    """

    parts: ClassVar[Mapping[str, int]] = {"mean": 1, "scale": 1, "projection": 2}
    mean: Tensor
    scale: Tensor
    projection: Tensor

    def __init__(self, mean: Tensor, scale: Tensor, projection: Tensor) -> None:
        super().__init__()
        self.dimension = projection.shape[1] or len(mean)
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)
        self.register_buffer("projection", projection)

    @classmethod
    def fit(cls, vectors: Tensor, *, most: int | None = None) -> "FrozenVectors":
        """Return words that give each dimension of `vectors`, (words, dimension), mean 0 and spread 1.

        If the vectors have more than `most` dimensions, their `most` principal components are taken
        instead, with one spread for all of them.
        """
        exact = vectors.double()
        mean = exact.mean(dim=0)
        centred = exact - mean
        if most is None or most >= len(mean):
            spread, projection = centred.square().mean(dim=0).sqrt(), exact.new_zeros(0, 0)
        else:
            projection = torch.linalg.eigh(centred.T @ centred).eigenvectors.flip(1)[:, :most]
            spread = (centred @ projection).square().mean().sqrt().expand(len(mean))
        return cls(mean.float(), (1 / spread.clamp(min=_SMALLEST_SPREAD)).float(), projection.float().contiguous())

    def vectors(self, text: Text) -> Tensor:
        """Return the vector of every word: (rows, words, d)."""
        words = (self._read(text) - self.mean) * self.scale
        words = words @ self.projection if len(self.projection) else words
        return words.masked_fill((text.ids == PADDING)[..., None], 0.0)

    def through(self, layer: nn.Linear, text: Text) -> Tensor:
        """Return what a layer makes of real words, with its weights standardised in place of the words: cheaper."""
        weight = layer.weight @ self.projection.T if len(self.projection) else layer.weight
        weight = weight * self.scale
        made = functional.linear(self._read(text), weight, layer.bias - weight @ self.mean)
        was_removed = text.real & (text.ids == PADDING)  # its vector is zeros
        if not was_removed.is_cuda and not bool(was_removed.any()):
            return made  # as in every step of a training; a host would have to wait for a GPU to know it
        return torch.where(was_removed[..., None], layer.bias, made)

    def _read(self, text: Text) -> Tensor:
        if text.vectors is None:
            raise ValueError("these sentences were not read by the model's encoder")
        return text.vectors.to(self.mean.dtype)

    @classmethod
    def restore(cls, parts: Mapping[str, Tensor]) -> "FrozenVectors":
        """Return the words of these parts."""
        return cls(*(parts[name].clone() for name in cls.parts))

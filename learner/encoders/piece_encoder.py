"""An encoder that is trained: sentences are cut into pieces only, and the model reads these again at every step."""

from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from learner.data.encoding import Flat, Query, offsets_of
from learner.data.pieces import FlatPieces
from learner.data.vocabulary import UNKNOWN
from learner.encoders.bert import Bert, is_of_the_family, load_bert, shape_of
from learner.encoders.choosing import find_encoder
from learner.encoders.directory import EncoderDirectory, open_directory
from learner.encoders.opened import OpenedEncoder
from learner.encoders.pieces import PieceReader
from learner.encoders.pretrained import LONGEST_WINDOW
from learner.encoders.windows import Numbers, Window
from learner.errors import EncoderError


class PieceEncoder(OpenedEncoder):
    """Cuts sentences into the pieces that a pretrained encoder reads; `load` returns the encoder's own network."""

    def __init__(self, directory: EncoderDirectory, *, name: str, layer: int) -> None:
        if not is_of_the_family(directory.config):
            kind = directory.config["model_type"]
            raise EncoderError(f"{directory.path} ({kind}) can be read, but not trained: give BERT or a relative of it")
        super().__init__(directory, name=name, layer=layer)
        self.shape = shape_of(directory)

    def load(self) -> Bert:
        """Return the network as it comes, up to the layer that is read."""
        return load_bert(self.directory, self.layer)

    @cached_property
    def pieces(self) -> PieceReader:
        """Return the encoder's tokenizer."""
        return PieceReader(self.directory.tokenizer, window=min(self.shape.window, LONGEST_WINDOW))

    def encode(
        self, sentences: Sequence[Sequence[str]], queries: Sequence[Query], *, keep: bool = True
    ) -> tuple[Flat, Flat | None]:
        """Return the pieces of the sentences, with the queries as second texts; no vectors of the queries' words."""
        readings = self.pieces.read(sentences, queries)
        windows = [_of_sentence(reading.windows, reading.words) for reading in readings]
        ids = torch.full((sum(map(len, sentences)),), UNKNOWN, dtype=torch.int64)
        return Flat(ids, offsets_of(sentences), pieces=_flat(windows)), None


def open_pieces(encoder: str, *, layer: int | None = None) -> PieceEncoder:
    """Return the encoder of that name or directory, to be trained; without a `layer`, all of it.

    Raises EncoderError if there is none, or if it cannot be trained.
    """
    directory = open_directory(find_encoder(encoder))
    return PieceEncoder(directory, name=Path(encoder).name, layer=directory.layer(layer or directory.layers))


def _of_sentence(windows: Sequence[Window], words: int) -> list[Window]:
    """Return the windows in which the sentence is read, without the places of the query's words."""
    kept = []
    for window in windows:
        mine = window.all_words < words
        if mine.any():
            places, is_read = window.all_places[mine], window.is_read[mine]
            kept.append(Window(window.ids, window.types, places, window.all_words[mine], is_read))
    return kept


def _flat(by_sentence: Sequence[Sequence[Window]]) -> FlatPieces:
    windows = list(chain.from_iterable(by_sentence))
    starts = _offsets([len(window.ids) for window in windows])
    pieces = int(starts[-1])
    places = _joined([first + window.all_places for first, window in zip(starts[:-1], windows, strict=True)])
    ranks = _ranks(places)
    words = np.full((pieces, int(ranks.max(initial=0)) + 1), -1)
    is_read = np.zeros(words.shape, np.bool_)
    words[places, ranks] = _joined([window.all_words for window in windows])
    is_read[places, ranks] = _joined([window.is_read for window in windows])
    return FlatPieces(
        ids=_tensor(_joined([window.ids for window in windows])),
        types=_tensor(_joined([window.types for window in windows])),
        words=_tensor(words),
        is_read=torch.from_numpy(is_read),
        windows=_tensor(starts),
        sentences=_tensor(_offsets([len(windows) for windows in by_sentence])),
    )


def _ranks(places: Numbers) -> Numbers:
    """Return for each entry how many earlier ones have the same place."""
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    ranks = np.empty_like(places)
    ranks[order] = np.arange(len(places)) - np.searchsorted(ordered, ordered)
    return ranks


def _offsets(sizes: Sequence[int]) -> Numbers:
    return np.cumsum([0, *sizes], dtype=np.int64)


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _tensor(numbers: Numbers) -> Tensor:
    return torch.from_numpy(numbers.astype(np.int64, copy=False))

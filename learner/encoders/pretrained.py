"""A pretrained encoder that reads sentences: one vector per word, after one of its layers, nothing trained."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from learner.data.batches import reading_order
from learner.device import choose_device
from learner.encoders.bert import is_of_the_family, load_bert
from learner.encoders.directory import EncoderDirectory, open_directory
from learner.encoders.piece_batches import PieceBatch, batch_windows, flatten, sum_pieces
from learner.encoders.pieces import PieceReader, Reading, Words
from learner.encoders.transformers_model import load_with_transformers

Precision = Literal["float32", "bfloat16"]
Progress = Callable[[int, int], None]
"""Called with how many sentences are read, and of how many."""

LONGEST_WINDOW = 512  # pieces; attention to more costs more than it tells
_CHUNK = 1024  # sentences that are cut into pieces, and sorted by length, at once
_PIECES_AT_ONCE = {"cpu": 512, "cuda": 8192}  # with padding; on a CPU, what a layer computes stays in the cache


class SentenceVectors(NamedTuple):
    """The vectors of a sentence's words and of its query's, on the CPU."""

    words: Tensor  # (words, d) float32
    query: Tensor | None  # (words of the query, d)


class PretrainedEncoder:
    """An encoder in memory.

    name       what people call it
    digest     the hash of its files, and the precision unless that is float32
    layer      after which of its `layers` layers the vectors are read
    dimension  numbers per word
    pieces     its tokenizer
    network    its embeddings and its first `layer` layers
    """

    def __init__(
        self, directory: EncoderDirectory, network: nn.Module, pieces: PieceReader, *, name: str, layer: int
    ) -> None:
        self.name, self.layer, self.layers = name, layer, directory.layers
        self.network, self.pieces = network, pieces
        some = next(network.parameters())
        self.device = some.device
        self._pieces_at_once = _PIECES_AT_ONCE.get(self.device.type, _PIECES_AT_ONCE["cpu"])
        self.digest = directory.digest() + ("-bfloat16" if some.dtype == torch.bfloat16 else "")
        pieces.require_in(directory.config.get("vocab_size"))
        one = flatten(pieces.read([["a"]], [None]))
        self.dimension = self._states(batch_windows(one.windows, one.first_words).to(self.device)).shape[2]

    def read(
        self,
        sentences: Sequence[Words],
        queries: Sequence[Words | None] | None = None,
        *,
        progress: Progress | None = None,
    ) -> Iterator[tuple[int, SentenceVectors]]:
        """Yield each sentence's place and its vectors, in an order of the encoder's own.

        About a thousand sentences at a time are read from the longest to the shortest. `progress` is called
        after every batch with the number of sentences that are read, and of all.
        """
        done = 0
        for places, readings in self._batches(sentences, queries or [None] * len(sentences)):
            vectors = self._read_batch(readings)
            yield from zip(places, _by_sentence(vectors, readings), strict=True)
            done += len(places)
            if progress is not None:
                progress(done, len(sentences))

    def _batches(
        self, sentences: Sequence[Words], queries: Sequence[Words | None]
    ) -> Iterator[tuple[list[int], list[Reading]]]:
        for begin in range(0, len(sentences), _CHUNK):
            readings = self.pieces.read(sentences[begin : begin + _CHUNK], queries[begin : begin + _CHUNK])
            shortest_first = list(self._groups([_size(reading) for reading in readings]))
            for batch in reversed(shortest_first):
                yield [begin + place for place in batch], [readings[place] for place in batch]

    def _groups(self, sizes: Sequence[int]) -> Iterator[list[int]]:
        """Yield the places of what is read together: no more pieces than are read at once, or one of many."""
        for places in reading_order(torch.tensor(sizes), batch_tokens=self._pieces_at_once):
            yield places.tolist()

    @torch.inference_mode()
    def _read_batch(self, readings: Sequence[Reading]) -> Tensor:
        """Return the vectors of all words of the sentences, one after the other, on the CPU."""
        flat = flatten(readings)
        words = len(flat.pieces_per_word)
        sums = torch.zeros(words, self.dimension, device=self.device)
        for places in self._groups([len(window.ids) for window in flat.windows]):
            windows = [flat.windows[place] for place in places]
            batch = batch_windows(windows, [flat.first_words[place] for place in places]).to(self.device)
            sums += sum_pieces(self._states(batch), batch, words)
        return sums.cpu() / flat.pieces_per_word

    @torch.inference_mode()
    def _states(self, batch: PieceBatch) -> Tensor:
        states: Tensor = self.network(batch.ids, batch.types, batch.real)
        return states.float()


def load_pretrained(
    where: Path, *, name: str, layer: int | None = None, device: str = "cpu", precision: Precision = "float32"
) -> PretrainedEncoder:
    """Return the encoder in the directory `where`, read after `layer`; the default is half of its layers."""
    directory = open_directory(where)
    layer = directory.layer(layer)
    network, window = _load_network(directory, layer)
    pieces = PieceReader(directory.tokenizer, window=min(window, LONGEST_WINDOW))
    network.to(choose_device(device), torch.bfloat16 if precision == "bfloat16" else torch.float32)
    return PretrainedEncoder(directory, network.requires_grad_(False), pieces, name=name, layer=layer)


def _load_network(directory: EncoderDirectory, layer: int) -> tuple[nn.Module, int]:
    """Return the network and the most pieces that it reads at once."""
    if is_of_the_family(directory.config):
        bert = load_bert(directory, layer)
        return bert, bert.shape.window
    positions = directory.config.get("max_position_embeddings")
    window = positions - 2 if isinstance(positions, int) and positions > 2 else LONGEST_WINDOW  # some begin with 2
    return load_with_transformers(directory, layer), window


def _size(reading: Reading) -> int:
    return sum(len(window.ids) for window in reading.windows)


def _by_sentence(vectors: Tensor, readings: Sequence[Reading]) -> Iterator[SentenceVectors]:
    at = 0
    for reading in readings:
        after = at + reading.words
        query = None if reading.query_words is None else vectors[after : after + reading.query_words]
        yield SentenceVectors(vectors[at:after], query)
        at = after + (reading.query_words or 0)

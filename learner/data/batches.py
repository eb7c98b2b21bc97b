"""Examples as tensors: encoded once, then cut into length-bucketed batches without a Python loop over words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from learner.data.encoding import Encoder, Flat
from learner.data.example import Example
from learner.data.pieces import FlatPieces, Pieces
from learner.data.ragged import as_rows
from learner.data.vocabulary import PADDING

_CODES = np.zeros(128, dtype=np.int8)  # of the letters of marks, by their place in ASCII
_CODES[[ord("+"), ord("-")]] = 1, 2
_BATCHES_PER_BUCKET = 50
_BUCKETS_PER_EPOCH = 10


class Text(NamedTuple):
    """The words of a batch's sentences, or of its queries."""

    ids: Tensor  # (rows, words) int64: rows of the embedding table, PADDING at pads
    real: Tensor  # (rows, words) bool: False at pads
    vectors: Tensor | None  # (rows, words, d): the words' vectors, if a pretrained encoder has read them
    pieces: Pieces | None = None  # what an encoder that is trained reads of the rows


@dataclass(frozen=True)
class Batch:
    """Some sentences as rows; `words` is the length of the longest, shorter ones end in pads."""

    ids: Tensor  # (rows, words) int64: rows of the embedding table, PADDING at pads
    real: Tensor  # (rows, words) bool: False at pads
    labels: Tensor  # (rows,) int64
    contributory: Tensor  # (rows, words) bool: the `+` words, the paper's Z
    irrelevant: Tensor  # (rows, words) bool: the `-` words
    query_ids: Tensor | None = None  # (rows, words of the longest query) int64
    query_real: Tensor | None = None  # (rows, words of the longest query) bool
    vectors: Tensor | None = None  # (rows, words, d): a pretrained encoder's vectors, any numbers at pads
    query_vectors: Tensor | None = None  # (rows, words of the longest query, d)
    pieces: Pieces | None = None  # what an encoder that is trained reads of the rows, with the queries
    known_marked: Tensor | None = None  # (marked rows,) int64: `marked_rows`, if already known
    may_have_irrelevant: bool = True  # False: no word is a `-`, and there is no need to look

    @property
    def text(self) -> Text:
        """Return the words of the sentences."""
        return Text(self.ids, self.real, self.vectors, self.pieces)

    @property
    def query(self) -> Text | None:
        """Return the words of the queries, if there are any."""
        if self.query_ids is None or self.query_real is None:
            return None
        return Text(self.query_ids, self.query_real, self.query_vectors)

    @property
    def is_marked(self) -> Tensor:
        """Return which rows have a `+` or a `-`: (rows,) bool."""
        return (self.contributory | self.irrelevant).any(dim=1)

    @property
    def marked_rows(self) -> Tensor:
        """Return the indices of the marked rows, (marked rows,) int64; unless known, the host waits for a GPU."""
        return self.is_marked.nonzero().squeeze(1) if self.known_marked is None else self.known_marked

    def rows(self, index: Tensor) -> "Batch":
        """Return the rows that an index or a bool tensor selects, at the same width."""
        taken: dict[str, Any] = {name: tensor[index] for name, tensor in self._tensors().items()}
        if self.pieces is not None:
            taken["pieces"] = self.pieces.rows(index)
        return replace(self, **taken, known_marked=None)

    def marks_of(self, index: Tensor) -> "Batch":
        """Return the rows as `rows` does, but without vectors, which are large and say nothing of marks."""
        return replace(self, vectors=None, query_vectors=None).rows(index)

    def to(self, device: torch.device) -> "Batch":
        """Return the same batch on another device; the host does not wait for a copy to a GPU."""
        if device.type == "cpu":
            return self
        others = {"known_marked": self.known_marked, "pieces": self.pieces}
        parts = self._tensors() | {name: part for name, part in others.items() if part is not None}
        moved = {name: part.pin_memory().to(device, non_blocking=True) for name, part in parts.items()}
        return replace(self, **moved)

    def _tensors(self) -> dict[str, Any]:
        """Return the fields that have one row per sentence."""
        tensors = {name: value for name, value in vars(self).items() if isinstance(value, Tensor)}
        tensors.pop("known_marked", None)
        return tensors


@dataclass(frozen=True)
class EncodedExamples:
    """Examples as one flat tensor per field; sentence i is `flat[offsets[i] : offsets[i + 1]]`."""

    ids: Tensor  # (tokens,) int64
    marks: Tensor  # (tokens,) int8: 0 unmarked, 1 contributory, 2 irrelevant
    offsets: Tensor  # (examples + 1,) int64
    labels: Tensor  # (examples,) int64
    truncated_words: int  # words past `max_words`, which the model does not see
    truncated_marks: int  # how many of them were marked
    vectors: Tensor | None = None  # (tokens, d): the words' vectors, if a pretrained encoder has read them
    pieces: FlatPieces | None = None  # what an encoder that is trained reads
    queries: Flat | None = None  # None where an example has no query

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> Tensor:
        """Return how many words of each sentence the model sees: (examples,) int64."""
        return self.offsets.diff()

    def batch(self, rows: Tensor) -> Batch:
        """Return the examples with these indices as one batch, in this order."""
        flat, real = as_rows(self.offsets, rows)
        marks = torch.where(real, self.marks[flat], 0)
        known: dict[str, Any] = {}
        if not marks.is_cuda:
            known = {
                "known_marked": marks.any(dim=1).nonzero().squeeze(1),
                "may_have_irrelevant": bool((marks == 2).any()),
            }
        words = _text(self.ids[flat], self.vectors, flat, real)
        if self.queries is not None:
            at, is_word = as_rows(self.queries.offsets, rows)
            query = _text(self.queries.ids[at], self.queries.vectors, at, is_word)
            known |= {"query_ids": query.ids, "query_real": query.real, "query_vectors": query.vectors}
        if self.pieces is not None:
            known["pieces"] = self.pieces.rows(rows)
        return Batch(words.ids, real, self.labels[rows], marks == 1, marks == 2, vectors=words.vectors, **known)

    def to(self, device: torch.device) -> "EncodedExamples":
        """Return the same examples on another device."""
        moved: dict[str, Any] = {
            name: value.to(device)
            for name, value in vars(self).items()
            if isinstance(value, Tensor | Flat | FlatPieces)
        }
        return replace(self, **moved)


def encode_examples(
    examples: Sequence[Example], encoder: Encoder, *, max_words: int, keep: bool = True
) -> EncodedExamples:
    """Return the examples as tensors, each sentence cut after `max_words` words; count the words cut off.

    `keep` is False for examples that will not be read again: a pretrained encoder then keeps no vectors of them.
    """
    seen = [example.tokens[:max_words] for example in examples]
    marks = [example.marks or "." * len(example.tokens) for example in examples]
    letters_seen = "".join(letters[:max_words] for letters in marks).encode()
    words, queries = encoder.encode(seen, [example.query for example in examples], keep=keep)
    return EncodedExamples(
        ids=words.ids,
        vectors=words.vectors,
        marks=torch.from_numpy(_CODES[np.frombuffer(letters_seen, dtype=np.uint8)]),
        pieces=words.pieces,
        offsets=words.offsets,
        labels=torch.tensor([example.label for example in examples], dtype=torch.int64),
        truncated_words=sum(len(letters[max_words:]) for letters in marks),
        truncated_marks=sum(len(letters[max_words:].replace(".", "")) for letters in marks),
        queries=queries,
    )


def encode_sentences(
    sentences: Sequence[Sequence[str]],
    encoder: Encoder,
    *,
    max_words: int,
    queries: Sequence[Sequence[str] | None] | None = None,
    keep: bool = True,
) -> EncodedExamples:
    """Return sentences without labels as tensors, unmarked and with label 0."""
    seen = [tokens[:max_words] for tokens in sentences]
    asked = [query or None for query in queries or [None] * len(sentences)]
    words, of_queries = encoder.encode(seen, asked, keep=keep)
    return EncodedExamples(
        ids=words.ids,
        vectors=words.vectors,
        marks=torch.zeros(len(words.ids), dtype=torch.int8),
        pieces=words.pieces,
        offsets=words.offsets,
        labels=torch.zeros(len(sentences), dtype=torch.int64),
        truncated_words=sum(map(len, sentences)) - sum(map(len, seen)),
        truncated_marks=0,
        queries=of_queries,
    )


def epoch_order(lengths: Tensor, *, batch_size: int, seed: int, epoch: int) -> list[Tensor]:
    """Return the rows of each training batch of an epoch: a pure function of its arguments.

    The examples are shuffled and split into buckets; in a bucket, examples of similar length share
    a batch, and the batches come in random order. A small set has buckets of one batch: with
    larger buckets its batches would be the same in every epoch.
    """
    generator = torch.Generator().manual_seed(mix(seed, epoch))
    shuffled = torch.randperm(len(lengths), generator=generator)
    batches_per_bucket = min(_BATCHES_PER_BUCKET, max(1, len(lengths) // (batch_size * _BUCKETS_PER_EPOCH)))
    buckets = torch.split(shuffled, batch_size * batches_per_bucket)
    sorted_buckets = [bucket[lengths[bucket].argsort(stable=True)] for bucket in buckets]
    batches = [batch for bucket in sorted_buckets for batch in torch.split(bucket, batch_size)]
    return [batches[place] for place in torch.randperm(len(batches), generator=generator).tolist()]


def reading_order(lengths: Tensor, *, batch_tokens: int) -> Iterator[Tensor]:
    """Yield the rows of each batch, shortest sentences first: `batch_tokens` words and pads, or one sentence."""
    order = lengths.argsort(stable=True)
    widths = lengths[order].tolist()
    start = 0
    for end in range(1, len(widths) + 1):
        if end == len(widths) or (end + 1 - start) * widths[end] > batch_tokens:
            yield order[start:end]
            start = end


def _text(ids: Tensor, vectors: Tensor | None, flat: Tensor, real: Tensor) -> Text:
    """Return words as rows, from their ids as rows and the flat vectors."""
    rows = None if vectors is None else vectors.index_select(0, flat.flatten()).view(*flat.shape, -1)
    return Text(torch.where(real, ids, PADDING), real, rows)


def mix(seed: int, count: int) -> int:
    """Return a separate seed for draw number `count` under `seed`."""
    return (seed * 1_000_003 + count) % 2**63

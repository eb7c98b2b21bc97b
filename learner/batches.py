"""Examples as tensors: encoded once, then cut into length-bucketed batches without a Python loop a word."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

from learner.example import Example
from learner.vocabulary import PADDING, Vocabulary

_CODE_OF_MARK = {".": 0, "+": 1, "-": 2}
_BATCHES_PER_BUCKET = 50
_BUCKETS_PER_EPOCH = 10


@dataclass(frozen=True)
class Batch:
    """Sentences side by side; `words` is the length of the longest, shorter ones end in pads."""

    ids: Tensor  # (rows, words) int64: rows of the embedding table, PADDING at pads
    real: Tensor  # (rows, words) bool: False at pads
    labels: Tensor  # (rows,) int64
    contributory: Tensor  # (rows, words) bool: the `+` words, the paper's Z
    irrelevant: Tensor  # (rows, words) bool: the `-` words

    @property
    def is_marked(self) -> Tensor:
        """(rows,) bool: the rows with a `+` or a `-`."""
        return (self.contributory | self.irrelevant).any(dim=1)

    def rows(self, index: Tensor) -> "Batch":
        """Return the rows that an index or a bool tensor picks, equally wide."""
        return Batch(*(getattr(self, field.name)[index] for field in fields(self)))


@dataclass(frozen=True)
class EncodedExamples:
    """Examples in one flat tensor a field; sentence i is `flat[offsets[i] : offsets[i + 1]]`."""

    ids: Tensor  # (tokens,) int64
    marks: Tensor  # (tokens,) int8: 0 unmarked, 1 contributory, 2 irrelevant
    offsets: Tensor  # (examples + 1,) int64
    labels: Tensor  # (examples,) int64
    truncated_words: int  # words past `max_words`, which the model does not see
    truncated_marks: int  # how many of them were marked

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> Tensor:
        """(examples,) int64: words a sentence, as many as the model sees."""
        return self.offsets.diff()

    def batch(self, rows: Tensor) -> Batch:
        """Return the examples with these indices as one batch, in this order."""
        lengths = self.lengths[rows]
        places = torch.arange(int(lengths.max()), device=rows.device)
        real = places < lengths[:, None]  # (rows, words)
        flat = torch.where(real, self.offsets[rows][:, None] + places, 0)
        marks = torch.where(real, self.marks[flat], 0)
        ids = torch.where(real, self.ids[flat], PADDING)
        return Batch(ids, real, self.labels[rows], contributory=marks == 1, irrelevant=marks == 2)

    def to(self, device: torch.device) -> "EncodedExamples":
        """Return the same examples on another device."""
        ids, marks = self.ids.to(device), self.marks.to(device)
        return replace(self, ids=ids, marks=marks, offsets=self.offsets.to(device), labels=self.labels.to(device))


def encode_examples(examples: Sequence[Example], vocabulary: Vocabulary, *, max_words: int) -> EncodedExamples:
    """Return the examples as tensors, each sentence cut after `max_words` words; the cut ones are counted."""
    seen = [example.tokens[:max_words] for example in examples]
    marks = [example.marks or "." * len(example.tokens) for example in examples]
    codes = [_CODE_OF_MARK[letter] for letters in marks for letter in letters[:max_words]]
    return EncodedExamples(
        ids=torch.tensor([row for tokens in seen for row in vocabulary.rows(tokens)], dtype=torch.int64),
        marks=torch.tensor(codes, dtype=torch.int8),
        offsets=torch.tensor(np.cumsum([0, *map(len, seen)]), dtype=torch.int64),
        labels=torch.tensor([example.label for example in examples], dtype=torch.int64),
        truncated_words=sum(len(letters[max_words:]) for letters in marks),
        truncated_marks=sum(len(letters[max_words:].replace(".", "")) for letters in marks),
    )


def encode_sentences(sentences: Sequence[Sequence[str]], vocabulary: Vocabulary, *, max_words: int) -> EncodedExamples:
    """Return sentences as tensors, unmarked and with label 0 in place of the one they lack."""
    return encode_examples([Example(tuple(tokens), label=0) for tokens in sentences], vocabulary, max_words=max_words)


def epoch_order(lengths: Tensor, *, batch_size: int, seed: int, epoch: int) -> list[Tensor]:
    """Return the rows of each training batch of an epoch: a pure function of its arguments.

    The examples are shuffled and dealt into buckets; inside a bucket those of like length share
    a batch, and the batches come in random order. A small set has buckets of one batch: with
    larger ones its batches would be the same in every epoch.
    """
    generator = torch.Generator().manual_seed(mix(seed, epoch))
    shuffled = torch.randperm(len(lengths), generator=generator)
    batches_per_bucket = min(_BATCHES_PER_BUCKET, max(1, len(lengths) // (batch_size * _BUCKETS_PER_EPOCH)))
    buckets = torch.split(shuffled, batch_size * batches_per_bucket)
    sorted_buckets = [bucket[lengths[bucket].argsort(stable=True)] for bucket in buckets]
    batches = [batch for bucket in sorted_buckets for batch in torch.split(bucket, batch_size)]
    return [batches[place] for place in torch.randperm(len(batches), generator=generator).tolist()]


def reading_order(lengths: Tensor, *, batch_tokens: int) -> Iterator[Tensor]:
    """Yield rows batch by batch, shortest sentences first, at most `batch_tokens` words with pads (or one sentence)."""
    order = lengths.argsort(stable=True)
    widths = lengths[order].tolist()
    start = 0
    for end in range(1, len(widths) + 1):
        if end == len(widths) or (end + 1 - start) * widths[end] > batch_tokens:
            yield order[start:end]
            start = end


def mix(seed: int, count: int) -> int:
    """Return a seed of its own for the count-th draw under `seed`."""
    return (seed * 1_000_003 + count) % 2**63

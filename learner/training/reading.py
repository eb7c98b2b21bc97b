"""Read the examples of a training with their encoder, and make the words that its model starts from."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from learner.config import STATIC, TrainingConfig
from learner.data.batches import EncodedExamples, encode_examples
from learner.data.embedding_table import build_table
from learner.data.encoding import Encoder
from learner.data.example import Example
from learner.data.vectors import VectorReport
from learner.encoders.frozen import FrozenEncoder, open_encoder
from learner.encoders.piece_encoder import open_pieces
from learner.errors import TrainingError
from learner.models.choosing import words_read
from learner.models.protocol import Model
from learner.models.trained_encoder import TrainedEncoder
from learner.models.words import FrozenVectors, Words, WordTable

_LONGEST = 256


class ReadExamples(NamedTuple):
    """The examples as the model reads them, and what read them."""

    encoder: Encoder
    words: Words
    report: VectorReport
    examples: EncodedExamples
    dev: EncodedExamples


def words_seen(kind: type[Model], config: TrainingConfig, examples: Sequence[Example]) -> int:
    """Return how many words of a sentence a model sees that is trained on these examples."""
    return config.max_words or kind.longest or _longest_usual(examples)


def _longest_usual(examples: Sequence[Example]) -> int:
    lengths = [len(example.tokens) for example in examples]
    return min(_LONGEST, int(np.ceil(np.percentile(lengths, 99))))


def read_examples(
    kind: type[Model],
    config: TrainingConfig,
    examples: Sequence[Example],
    dev: Sequence[Example],
    extra_words: Iterable[str],
    *,
    max_words: int,
    device: str,
    encoder: FrozenEncoder | None = None,
) -> ReadExamples:
    """Return the examples and dev, read with the encoder of the settings, and the words fitted to the examples.

    A table's first values are drawn from torch's generator. `encoder` is the pretrained one, if it is open;
    otherwise it reads on the `device`.
    """
    if kind.trains_encoder:
        return _read_pieces(kind, config, examples, dev, max_words=max_words)
    if config.encoder == STATIC:
        sentences = [words_read(kind, example) for example in examples]
        table = build_table(sentences, extra_words, source=config.vectors, dimension=config.dimension)
        read, of_dev = (encode_examples(part, table.vocabulary, max_words=max_words) for part in (examples, dev))
        words = WordTable(table.vectors, trained_rows=table.vocabulary.trained_rows)
        return ReadExamples(table.vocabulary, words, table.report, read, of_dev)
    encoder = encoder or open_encoder(config.encoder, layer=config.encoder_layer, device=device)
    read, of_dev = (encode_examples(part, encoder, max_words=max_words) for part in (examples, dev))
    assert read.vectors is not None
    fitted = FrozenVectors.fit(read.vectors, most=kind.most_dimensions)
    report = VectorReport(encoder.name, found=len(read.vectors), total=len(read.vectors))
    return ReadExamples(encoder, fitted, report, read, of_dev)


def _read_pieces(
    kind: type[Model], config: TrainingConfig, examples: Sequence[Example], dev: Sequence[Example], *, max_words: int
) -> ReadExamples:
    if config.encoder == STATIC:
        raise TrainingError(f"{kind.title} trains a pretrained encoder: give one, such as minilm, as the encoder")
    encoder = open_pieces(config.encoder, layer=config.encoder_layer)
    read, of_dev = (encode_examples(part, encoder, max_words=max_words) for part in (examples, dev))
    report = VectorReport(encoder.name, found=len(read.ids), total=len(read.ids))
    return ReadExamples(encoder, TrainedEncoder(encoder.load()), report, read, of_dev)

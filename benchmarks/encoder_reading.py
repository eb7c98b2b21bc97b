"""How fast does an encoder read, and what does half precision cost? Sentences of a file, on one thread.

The bare forward runs the same network on the same batches of pieces, and does nothing else. Blocks of sentences take
turns: read in float32, bare, read in bfloat16, bare. Each is read once before, untimed, because torch prepares kernels
for each new length of a batch. Times are CPU time; a ratio is the median over the blocks.

    reading_vs_bare           sentences per second, read, ÷ by the bare forward
    reading_vs_bare_bfloat16  … in bfloat16
    bfloat16_vs_float32       sentences per second, read in bfloat16, ÷ in float32
    cosine, cosine_least      between a word's vectors in the two precisions: the mean, and the least in a thousand
    …_per_s                   sentences per second
    load_s                    seconds to load the encoder, after torch
    reading_mb                peak memory above that before it was loaded

    python benchmarks/encoder_reading.py FILE [--encoder minilm] [--sentences 1000] [--json]
"""

import argparse
import json
import random
import resource
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from training_step import machine

from learner.data.example import read_sentences
from learner.encoders.choosing import MINILM, find_encoder
from learner.encoders.pretrained import PretrainedEncoder, SentenceVectors, load_pretrained

BLOCK = 256  # sentences
Words = tuple[str, ...]


def main() -> None:
    """Measure, and print the figures."""
    options = _parser().parse_args()
    torch.set_num_threads(1)
    drawn = [sentence.tokens for sentence in read_sentences(options.file)]
    random.Random(0).shuffle(drawn)
    figures = measure(find_encoder(options.encoder), drawn[: options.sentences]) | machine()
    if options.json:
        print(json.dumps(figures))
        return
    for name, figure in figures.items():
        print(f"{name:26} {figure}")


def measure(where: Path, sentences: Sequence[Words]) -> dict[str, float]:
    """Return the ratios, and the rates that they compare."""
    before, began = _peak_mb(), time.perf_counter()
    whole = _Timed(load_pretrained(where, name=where.name))
    load_s = time.perf_counter() - began
    whole.read(sentences[:BLOCK])
    reading_mb = _peak_mb() - before
    half = _Timed(load_pretrained(where, name=where.name, precision="bfloat16"))
    half.read(sentences[:BLOCK])
    blocks = [sentences[at : at + BLOCK] for at in range(0, len(sentences), BLOCK)]
    turns = [(whole.turn(block), half.turn(block)) for block in blocks]
    alike = torch.cat([torch.cosine_similarity(one.vectors, other.vectors, dim=1) for one, other in turns])
    return {
        "reading_vs_bare": _median([one.bare_s / one.read_s for one, _ in turns]),
        "reading_vs_bare_bfloat16": _median([other.bare_s / other.read_s for _, other in turns]),
        "bfloat16_vs_float32": _median([one.read_s / other.read_s for one, other in turns]),
        "cosine": round(float(alike.mean()), 5),
        "cosine_least": round(float(alike.quantile(0.001)), 5),
        "float32_per_s": round(len(sentences) / sum(one.read_s for one, _ in turns)),
        "bfloat16_per_s": round(len(sentences) / sum(other.read_s for _, other in turns)),
        "bare_per_s": round(len(sentences) / sum(one.bare_s for one, _ in turns)),
        "load_s": round(load_s, 2),
        "reading_mb": round(reading_mb),
        "sentences": len(sentences),
        "words": len(alike),
    }


class _Turn:
    """The seconds that a block took, and its words' vectors in the order of the sentences."""

    def __init__(self, read_s: float, bare_s: float, vectors: Tensor) -> None:
        self.read_s, self.bare_s, self.vectors = read_s, bare_s, vectors


class _Timed:
    """An encoder whose network notes what it is given."""

    def __init__(self, encoder: PretrainedEncoder) -> None:
        self._encoder, self._bare = encoder, encoder.network
        encoder.network = Noting(encoder.network)

    def read(self, sentences: Sequence[Words]) -> dict[int, SentenceVectors]:
        """Return the vectors of each sentence."""
        return dict(self._encoder.read(sentences))

    def turn(self, sentences: Sequence[Words]) -> _Turn:
        """Read the sentences, and run the bare network on what it was given for them."""
        self.read(sentences)
        noted = self._encoder.network.given = []
        began = time.process_time()
        read = self.read(sentences)
        between = time.process_time()
        with torch.inference_mode():
            for inputs in noted:
                self._bare(*inputs)
        bare_s = time.process_time() - between
        return _Turn(between - began, bare_s, torch.cat([read[place].words for place in range(len(sentences))]))


class Noting(nn.Module):
    """A network that notes in `given` what it is given."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network, self.given = network, []

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return what the network returns."""
        self.given.append(inputs)
        return self.network(*inputs)


def _median(ratios: Sequence[float]) -> float:
    return round(statistics.median(ratios), 3)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("file", type=Path, help="sentences, one per line, in the learner's form")
    parser.add_argument("--encoder", default=MINILM, help="its name or its directory")
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--json", action="store_true", help="print the figures as one object on the last line")
    return parser


if __name__ == "__main__":
    main()

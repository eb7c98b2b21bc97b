"""How near is a pretrained encoder to what the machine can do, and what does half precision change? On one thread.

For each precision in turn: a large matrix product, reading a block of the pool, the bare forward on the same batches of
pieces, and the product again. Times are CPU time; a share is the median over the blocks.

    forward_share_…    the bare forward's matrix products, padding included, ÷ its time ÷ the product's rate
    reading_share_…    … those of the real pieces alone ÷ the time of reading, with all that it takes
    padded             the share of the pieces in a batch that are padding
    rate_gflops_…      the rate of the product

An evidence model is taught on vectors in float32, and scores other sentences with the vectors of each precision:

    margin_rank_…      Spearman's correlation of the margins with those in float32; to be allowed, 0.999 or more
    saliency_rank_…    … of the saliency of all words
    same_label_…       the share of the sentences with the same label; to be allowed, 0.999 or more

And a round after the first, which finds the vectors of its pool on the disk:

    cached_vs_first    sentences per second ÷ reading, keeping and scoring them the first time
    cached_vs_head     … ÷ scoring with the vectors in memory
    cached_per_s       sentences per second
"""

import copy
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from encoder_reading import Noting
from evidence_step import Kept
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from learner.config import TrainingConfig
from learner.data.example import Example, read_examples
from learner.data.splits import of_split, sample
from learner.encoders.choosing import find_encoder
from learner.encoders.frozen import FrozenEncoder, open_encoder
from learner.encoders.pretrained import PretrainedEncoder, load_pretrained
from learner.prediction import Predictions, predict_many
from learner.training.run import train
from learner.training.trained import TrainedModel

BLOCK = 512  # sentences; the app reads 1,024 at a time, with a little less padding
PRODUCT = 1024  # rows and columns of the matrices in the large product
ANSWERS, DEV = 300, 200
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
Words = tuple[str, ...]
Inputs = tuple[Tensor, Tensor, Tensor | None]
"""What the network is given for a batch: ids, types, and which pieces are real."""


def measure_encoder(name: str, data: Path, *, sentences: int, steps: int | None = None) -> dict[str, float]:
    """Return the figures of an encoder on sentences of the file's training split; none of its test split is read."""
    examples, labels = read_examples(data)
    answers = sample(of_split(examples, "train"), None, seed=0)
    pool = [example.tokens for example in answers[ANSWERS : ANSWERS + sentences]]
    encoders = {precision: _load(name, precision) for precision in (*DTYPES, "int8")}
    figures = shares({precision: encoders[precision] for precision in DTYPES}, pool)
    trained = _teach(name, encoders["float32"], answers[:ANSWERS], of_split(examples, "dev")[:DEV], labels, steps)
    return figures | changes(trained, name, encoders, pool) | kept(trained, name, encoders["float32"], pool)


def shares(encoders: dict[str, PretrainedEncoder], pool: Sequence[Words]) -> dict[str, float]:
    """Return how near to a large product's rate each precision comes."""
    blocks = [pool[at : at + BLOCK] for at in range(0, len(pool), BLOCK)]
    turns: dict[str, list[_Turn]] = {precision: [] for precision in encoders}
    for block in blocks:
        for precision, encoder in encoders.items():
            turns[precision].append(_turn(encoder, block, DTYPES[precision]))
    figures = {}
    for precision, each in turns.items():
        figures |= {
            f"forward_share_{precision}": _median([turn.flops / turn.bare_s / turn.rate for turn in each]),
            f"reading_share_{precision}": _median([turn.flops * turn.real / turn.read_s / turn.rate for turn in each]),
            f"rate_gflops_{precision}": round(statistics.median(turn.rate for turn in each) / 1e9, 1),
            f"reading_per_s_{precision}": round(len(pool) / sum(turn.read_s for turn in each)),
        }
    return figures | {"padded": round(1 - statistics.mean(turn.real for turn in turns["float32"]), 3)}


def changes(
    trained: TrainedModel, name: str, encoders: dict[str, PretrainedEncoder], pool: Sequence[Words]
) -> dict[str, float]:
    """Return how far other precisions agree with float32 on what a trained model says of the pool."""
    scored = {precision: _scored(trained, _frozen(name, encoder), pool) for precision, encoder in encoders.items()}
    whole = scored["float32"]
    figures: dict[str, float] = {}
    for precision, other in scored.items():
        if precision == "float32":
            continue
        figures |= {
            f"margin_rank_{precision}": _rank(other.margins, whole.margins),
            f"saliency_rank_{precision}": _rank(other.saliency, whole.saliency),
            f"same_label_{precision}": round(float((other.labels == whole.labels).mean()), 5),
        }
    return figures | {"scored": len(pool), "scored_words": len(whole.saliency)}


def kept(trained: TrainedModel, name: str, encoder: PretrainedEncoder, pool: Sequence[Words]) -> dict[str, float]:
    """Return what scoring costs when the vectors are on the disk."""
    with tempfile.TemporaryDirectory() as folder:

        def score_from_disk() -> None:
            _scored(trained, _frozen(name, encoder, vectors_in=Path(folder)), pool)

        first_s, cached_s = _seconds(score_from_disk), _seconds(score_from_disk)
    in_memory = Kept(torch.randn(sum(map(len, pool)), encoder.dimension).half())
    head_s = _seconds(lambda: _scored(trained, in_memory, pool))
    return {
        "cached_vs_first": round(first_s / cached_s, 1),
        "cached_vs_head": round(head_s / cached_s, 2),
        "cached_per_s": round(len(pool) / cached_s),
    }


class _Turn(NamedTuple):
    """The CPU seconds of a block, the operations of its forward, the share of real pieces, and the product's rate."""

    read_s: float
    bare_s: float
    flops: int
    real: float
    rate: float  # operations per second


def _turn(encoder: PretrainedEncoder, block: Sequence[Words], dtype: torch.dtype) -> _Turn:
    bare = encoder.network
    encoder.network = noting = Noting(bare)
    try:
        dict(encoder.read(block))  # torch prepares kernels for new lengths
        given: list[Inputs] = noting.given
        noting.given = []
        before = _product_seconds(dtype)
        read_s = _seconds(lambda: dict(encoder.read(block)))
        bare_s = _seconds(lambda: forward(bare, given))
        product_s = (before + _product_seconds(dtype)) / 2
    finally:
        encoder.network = bare
    real = sum(ids.numel() if is_real is None else int(is_real.sum()) for ids, _, is_real in given)
    pieces = sum(ids.numel() for ids, _, _ in given)
    return _Turn(read_s, bare_s, flops_of(bare, given), real / pieces, 2 * PRODUCT**3 / product_s)


@torch.inference_mode()
def forward(network: nn.Module, given: Sequence[Inputs]) -> None:
    """Run the network on each batch."""
    for inputs in given:
        network(*inputs)


def flops_of(network: nn.Module, given: Sequence[Inputs]) -> int:
    """Return the operations of the matrix products, those of attention included; nothing is computed."""
    hollow = copy.deepcopy(network).to("meta")
    inputs = [tuple(part if part is None else part.to("meta") for part in each) for each in given]
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:  # it knows no other on a CPU
        forward(hollow, inputs)
    return counter.get_total_flops()


def _product_seconds(dtype: torch.dtype) -> float:
    """Return the CPU time of a large product, the lesser of three."""
    one = torch.randn(PRODUCT, PRODUCT).to(dtype)
    return min(_seconds(lambda: torch.mm(one, one)) for _ in range(3))


class _Scored(NamedTuple):
    """What a model says of a pool."""

    margins: NDArray[np.float64]  # (sentences,)
    labels: NDArray[np.int64]  # (sentences,)
    saliency: NDArray[np.float32]  # (words of all sentences,)


def _scored(trained: TrainedModel, encoder: FrozenEncoder | Kept, pool: Sequence[Words]) -> _Scored:
    parts: list[Predictions] = list(predict_many(replace(trained, encoder=encoder), pool))
    ordered = np.sort(np.concatenate([part.probabilities for part in parts]), axis=1)
    return _Scored(
        margins=ordered[:, -1] - ordered[:, -2],
        labels=np.concatenate([part.labels for part in parts]),
        saliency=np.concatenate([part.saliency[trained.model.shown_view] for part in parts]),
    )


def _teach(
    name: str,
    encoder: PretrainedEncoder,
    answers: Sequence[Example],
    dev: Sequence[Example],
    labels: Sequence[str],
    steps: int | None,
) -> TrainedModel:
    config = TrainingConfig(model="evidence", encoder=name, max_steps=steps)
    return train(answers, dev, labels=labels, config=config, device="cpu", encoder=_frozen(name, encoder))


def _load(name: str, precision: str) -> PretrainedEncoder:
    if precision == "int8":
        encoder = _load(name, "float32")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a package of its own takes its place, which this question does not need
            encoder.network = torch.ao.quantization.quantize_dynamic(encoder.network, {nn.Linear}, dtype=torch.qint8)
        return encoder
    return load_pretrained(
        find_encoder(name), name=name, precision="bfloat16" if precision == "bfloat16" else "float32"
    )


def _frozen(name: str, encoder: PretrainedEncoder, *, vectors_in: Path | None = None) -> FrozenEncoder:
    """Return the encoder that the app uses, with this one to read."""
    frozen = open_encoder(name, vectors_in=vectors_in)
    frozen.pretrained = encoder
    return frozen


def _rank(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    return round(float(spearmanr(one, other).statistic), 5)


def _median(ratios: Sequence[float]) -> float:
    return round(statistics.median(ratios), 3)


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began

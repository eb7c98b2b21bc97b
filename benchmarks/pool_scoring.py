"""How fast is a pool scored? Probabilities and both views of every word, into a memory-mapped file.

The sizes are the paper's: 300 dimensions, 20,000 words with Zipf frequencies, sentences of 25 words.
All sentences go through `learner.prediction.predict`, as in a round, on one thread; between
windows of sentences the two yardsticks are run on a sample. Times are CPU time; the figures are

    scoring_vs_autograd  sentences per second ÷ those of first-order autograd on the model as it is usually written
    scoring_vs_gemm      … ÷ those of the convolutions' two matrix products alone
    scoring_mb           peak memory above that of the model, the vocabulary and torch

The extra `fast`, compiled code, is used where it is installed, unless `--without-fast` says not to. Compiling is not
scoring: it is done before the clock starts.

With --encoder, the pretrained one that the app reads with is measured instead: benchmarks/encoder_scoring.py has its
figures. DATA is a file of marked sentences with the splits train and dev, in the learner's form.

    python benchmarks/pool_scoring.py [--sentences 100000] [--without-fast] [--json]
    python benchmarks/pool_scoring.py --encoder minilm --data DATA [--sentences 1536] [--steps N] [--json]
"""

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import torch
from encoder_scoring import measure_encoder
from training_step import DIMENSIONS, ROWS, TRAINED, WORDS, OrdinaryCnn, machine

from learner.config import TrainingConfig
from learner.data.batches import Batch, encode_sentences
from learner.data.vectors import VectorReport
from learner.data.vocabulary import Vocabulary
from learner.models.cnn import EventCnn
from learner.models.words import WordTable
from learner.prediction import WindowPredictor, predict
from learner.saliency.gradients import answer
from learner.training.trained import TrainedModel, TrainingResult

SCORED, ENCODED = 100_000, 1536  # sentences
SENTENCES_BETWEEN_YARDSTICKS = 10_000
DISTINCT = 5_000  # sentences, which are repeated, because drawing them is not scoring
VIEWS = ("input_x_gradient", "gradient")


def main() -> None:
    """Measure, and print the figures."""
    parser = _parser()
    options = parser.parse_args()
    if (options.encoder is None) != (options.data is None):
        parser.error("--encoder and --data go together: an encoder is measured on real sentences")
    if options.without_fast:
        sys.modules["numba"] = None  # type: ignore[assignment]  # as if it were not installed
    torch.set_num_threads(1)
    torch.manual_seed(0)
    if options.encoder:
        sentences = options.sentences or ENCODED
        figures = measure_encoder(options.encoder, options.data, sentences=sentences, steps=options.steps)
    else:
        figures = measure_cnn(options.sentences or SCORED)
    if options.json:
        print(json.dumps(figures | machine()))
        return
    for name, figure in figures.items():
        print(f"{name:24} {figure}")


def measure_cnn(sentences: int) -> dict[str, float]:
    """Return the figures of the CNN, compiled before the clock starts."""
    trained = untrained(EventCnn)
    with torch.no_grad():
        WindowPredictor(trained).predict(list(scored_sentences(1)))
    with tempfile.TemporaryDirectory() as folder:
        return measure(trained, sentences, Path(folder, "saliency.npy"))


def measure(trained: TrainedModel, sentences: int, file: Path) -> dict[str, float]:
    """Return the ratios, and the rates that they compare."""
    yardsticks = {"autograd": _autograd(trained), "gemm": _products()}
    times: dict[str, list[float]] = {name: [] for name in yardsticks}
    for yardstick in yardsticks.values():
        yardstick()
    drawn = list(scored_sentences(DISTINCT))
    before, scoring, started = _peak_mb(), 0.0, time.process_time()
    saliency = np.lib.format.open_memmap(file, mode="w+", dtype=np.float16, shape=(sentences * WORDS, len(VIEWS)))
    probabilities = np.empty((sentences, 2), dtype=np.float32)
    for number, prediction in enumerate(predict(trained, islice(cycle(drawn), sentences))):
        rows = slice(number * WORDS, (number + 1) * WORDS)
        for column, view in enumerate(VIEWS):
            saliency[rows, column] = prediction.saliency[view]
        probabilities[number] = prediction.probabilities
        if number % SENTENCES_BETWEEN_YARDSTICKS == 0:
            scoring += time.process_time() - started
            for name, yardstick in yardsticks.items():
                times[name].append(_timed(yardstick))
            started = time.process_time()
    saliency.flush()
    scoring += time.process_time() - started
    rates = {name: ROWS / statistics.median(each) for name, each in times.items()}
    rate = sentences / scoring
    return {
        "scoring_vs_autograd": round(rate / rates["autograd"], 2),
        "scoring_vs_gemm": round(rate / rates["gemm"], 2),
        "scoring_mb": round(_peak_mb() - before),
        "sentences": sentences,
        "scoring_per_s": round(rate),
        "autograd_per_s": round(rates["autograd"]),
        "gemm_per_s": round(rates["gemm"]),
    }


def untrained(kind: type[EventCnn]) -> TrainedModel:
    """Return an untrained model of the paper's sizes."""
    words = Vocabulary(tuple(f"w{number}" for number in range(TRAINED)))
    vectors = torch.randn(words.trained_rows, DIMENSIONS) * 0.4
    model = kind(WordTable(vectors, trained_rows=len(vectors)), classes=2, max_words=WORDS).eval()
    result = TrainingResult("max_steps", 0, 0, 0, 0, 0, 0)
    return TrainedModel(model, words, ("no", "yes"), TrainingConfig(), VectorReport("random", 0, 0), result)


def scored_sentences(number: int) -> Iterator[tuple[str, ...]]:
    """Yield sentences of 25 words."""
    generator = np.random.default_rng(0)
    chances = np.cumsum(1 / np.arange(1, TRAINED + 1))
    for _ in range(number):
        drawn = np.searchsorted(chances, generator.random(WORDS) * chances[-1])
        yield tuple(f"w{word}" for word in drawn)


def _autograd(trained: TrainedModel) -> Callable[[], None]:
    """Return a function that scores a batch of 32, autograd's fastest size, by one first-order call of autograd."""
    ordinary = OrdinaryCnn(trained.model.words, classes=2, max_words=WORDS).eval()
    encoded = encode_sentences(list(scored_sentences(ROWS)), trained.encoder, max_words=WORDS)
    batch: Batch = encoded.batch(torch.arange(ROWS))

    def score() -> None:
        logits, levels = ordinary.logits(batch)
        word = levels["word"]
        (slope,) = torch.autograd.grad(answer(logits, logits.argmax(dim=1)).sum(), [word])
        np.stack([(word * slope).sum(dim=2).detach().numpy(), slope.sum(dim=2).numpy()])

    return score


def _products() -> Callable[[], None]:
    """Return a function that does only the products of the two convolutions of a batch of 32 sentences."""
    pairs = [
        (torch.randn(ROWS * WORDS, width * DIMENSIONS), torch.randn(width * DIMENSIONS, DIMENSIONS)) for width in (3, 5)
    ]
    room = torch.empty(ROWS * WORDS, DIMENSIONS)

    def multiply() -> None:
        for one, other in pairs:
            torch.mm(one, other, out=room)

    return multiply


def _timed(work: Callable[[], None], *, times: int = 5) -> float:
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--sentences", type=int, help=f"by default {SCORED}; with --encoder {ENCODED}")
    parser.add_argument("--encoder", help="the name or the directory of a pretrained encoder: measure that")
    parser.add_argument("--data", type=Path, help="the sentences that the encoder reads")
    parser.add_argument("--steps", type=int, help="of the evidence model's training, for a quick try")
    parser.add_argument("--without-fast", action="store_true", help="as if the extra `fast` were not installed")
    parser.add_argument("--json", action="store_true", help="print the figures as one object on the last line")
    return parser


if __name__ == "__main__":
    main()

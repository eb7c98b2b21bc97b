"""How fast does a device train and score a pool? Times, memory, and the share of its peak rates.

The sizes are the paper's: 300 dimensions, 25 words, 20,000 trained words with Zipf frequencies, the
hidden layer, the app's loss, 17 % of the rows marked. Exact mode: float32, TensorFloat-32 off. A
step is forward, backward and Adam on a batch that is already on the device; forms take turns, and a
figure is the median over the rounds of the wall time until the device has finished.

    untaught            a step without marks
    taught_closed       … with 17 % of the rows marked, the saliency in closed form
    taught_reference    … by double backward
    …_ms                a step's time
    …_arithmetic        its matrix products' share of the rate of a large one, in per cent
    …_bandwidth         the bytes that its operations read and write, against those of a large copy, in per cent;
                        above 100 if they come from a cache
    …_mb                the most memory that the tensors took (CUDA only)
    train_1000_s        seconds to fine-tune MiniLM on 1,000 answers (--encoder); the target is at most 60
    reading_per_s       sentences that a frozen MiniLM reads per second (--encoder); the target is at least 5,000
    scoring_per_s       sentences per second through `learner.prediction.predict`, both views of every word

    python benchmarks/gpu.py [--device cuda] [--rows 32] [--rounds 40] [--sentences 20000] [--encoder] [--json]
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from fine_tuning import reading_rate, whole_training
from pool_scoring import scored_sentences, untrained
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode
from training_step import DIMENSIONS, TRAINED, WORDS, machine, zipf_batch

from learner.data.batches import Batch
from learner.device import choose_device
from learner.loss_names import DEFAULT_LOSS
from learner.models.cnn import EventCnn
from learner.models.words import WordTable
from learner.prediction import predict
from learner.saliency.objective import Objective

MARKED_SHARE = 0.17
BATCHES = 8
LARGE = 2048
COPIED = 1 << 26  # numbers in the copy by which bandwidth is measured
Step = Callable[[Batch], None]


class Ceiling(NamedTuple):
    """The highest rates that the device reaches."""

    flops: float  # per second
    bytes: float  # per second


def main() -> None:
    """Measure, and print the figures."""
    options = _parser().parse_args()
    device = choose_device(options.device)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.manual_seed(0)
    figures = measure_steps(device, rows=options.rows, rounds=options.rounds)
    figures["scoring_per_s"] = round(measure_scoring(device, options.sentences))
    if options.encoder:
        figures |= whole_training(
            answers=1000, clock=time.perf_counter, device=str(device), sentences=options.sentences
        )
        figures["reading_per_s"] = round(reading_rate(str(device), options.sentences))
    figures |= {"device": _name(device), **machine()}
    if options.json:
        print(json.dumps(figures))
        return
    for name, figure in figures.items():
        print(f"{name:32} {figure}")


def measure_steps(device: torch.device, *, rows: int, rounds: int) -> dict[str, Any]:
    """Return the figures of each form's step."""
    vectors = torch.randn(TRAINED, DIMENSIONS) * 0.4
    forms = {
        "untaught": _step(vectors, device, "auto"),
        "taught_closed": _step(vectors, device, "closed"),
        "taught_reference": _step(vectors, device, "reference"),
    }
    generator = np.random.default_rng(0)
    batches = [zipf_batch(generator, rows=rows) for _ in range(BATCHES)]
    taught, ceiling = torch.arange(rows) < round(rows * MARKED_SHARE), _ceiling(device)
    figures: dict[str, Any] = {"ceiling_tflops": ceiling.flops / 1e12, "ceiling_gb_per_s": ceiling.bytes / 1e9}
    times: dict[str, list[float]] = {name: [] for name in forms}
    for number in range(rounds + 2):
        for name, step in forms.items():
            batch = _marked(batches[number % BATCHES], taught & (name != "untaught")).to(device)
            seconds = _timed(lambda step=step, batch=batch: step(batch), device)
            times[name] += [seconds] if number >= 2 else []
    for name, step in forms.items():
        batch = _marked(batches[0], taught & (name != "untaught")).to(device)
        seconds = statistics.median(times[name])
        figures |= {f"{name}_{key}": value for key, value in _shares(step, batch, seconds, ceiling).items()}
        if device.type == "cuda":
            figures[f"{name}_mb"] = _memory_mb(step, batch, device)
    for name in ("taught_closed", "taught_reference"):
        ratios = (one / other for one, other in zip(times[name], times["untaught"], strict=True))
        figures[f"{name}_vs_untaught"] = statistics.median(ratios)
    return {name: round(value, 3) for name, value in figures.items()}


def measure_scoring(device: torch.device, sentences: int) -> float:
    """Return the sentences per second that get their probabilities and both views of every word."""
    trained = untrained(EventCnn)
    trained.model.to(device)
    for _ in predict(trained, scored_sentences(100)):
        pass
    drawn = list(scored_sentences(sentences))
    start = time.perf_counter()
    count = sum(1 for _ in predict(trained, drawn))
    return count / (time.perf_counter() - start)


def _step(vectors: Tensor, device: torch.device, engine: Any) -> Step:
    model = EventCnn(WordTable(vectors, trained_rows=TRAINED), classes=2, max_words=WORDS).train().to(device)
    objective = Objective(model, loss=DEFAULT_LOSS, engine=engine).to(device)
    optimizer = torch.optim.Adam(objective.parameters(), lr=1e-4, fused=True)

    def step(batch: Batch) -> None:
        optimizer.zero_grad()
        objective(batch).total.backward()
        optimizer.step()

    return step


def _marked(batch: Batch, rows: Tensor) -> Batch:
    """Return the batch with the marks of these rows alone, and their places known, as in training."""
    marks = batch.contributory & rows[:, None]
    known = marks.any(dim=1).nonzero().squeeze(1)
    nothing = torch.zeros_like(marks)
    return Batch(batch.ids, batch.real, batch.labels, marks, nothing, known_marked=known, may_have_irrelevant=False)


def _shares(step: Step, batch: Batch, seconds: float, ceiling: Ceiling) -> dict[str, float]:
    with FlopCounterMode(display=False) as flops:
        step(batch)
    with _BytesMoved() as moved:
        step(batch)
    return {
        "ms": 1e3 * seconds,
        "arithmetic": 100 * flops.get_total_flops() / seconds / ceiling.flops,
        "bandwidth": 100 * moved.total / seconds / ceiling.bytes,
    }


class _BytesMoved(TorchDispatchMode):
    """The sum of the sizes of the tensors that operations read and write; a view moves nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = operation(*args, **(kwargs or {}))
        if not operation.is_view:
            tensors = [leaf for leaf in tree_leaves((args, kwargs, result)) if isinstance(leaf, Tensor)]
            self.total += sum(tensor.numel() * tensor.element_size() for tensor in tensors)
        return result


def _ceiling(device: torch.device) -> Ceiling:
    """Measure the best of ten large products in float32 and of ten large copies."""
    one, room = torch.randn(LARGE, LARGE, device=device), torch.empty(LARGE, LARGE, device=device)
    source = torch.zeros(COPIED, device=device)
    target = torch.empty_like(source)
    multiply = min(_timed(lambda: torch.mm(one, one, out=room), device) for _ in range(10))
    copy = min(_timed(lambda: target.copy_(source), device) for _ in range(10))
    return Ceiling(2 * LARGE**3 / multiply, 2 * source.nbytes / copy)


def _timed(work: Callable[[], object], device: torch.device) -> float:
    """Return the seconds until the device has done the work and nothing else."""
    _finish(device)
    start = time.perf_counter()
    work()
    _finish(device)
    return time.perf_counter() - start


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _memory_mb(step: Step, batch: Batch, device: torch.device) -> float:
    torch.cuda.reset_peak_memory_stats(device)
    step(batch)
    return torch.cuda.max_memory_allocated(device) / 2**20


def _name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--device", default="auto", help="auto (CUDA, else CPU), cpu or cuda")
    parser.add_argument("--rows", type=int, default=32, help="sentences per batch")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--sentences", type=int, default=20_000, help="sentences to score")
    parser.add_argument("--encoder", action="store_true", help="also fine-tune and read with MiniLM")
    parser.add_argument("--json", action="store_true", help="print the figures as one object on the last line")
    return parser


if __name__ == "__main__":
    main()

"""What does a device do for training and scoring? All that we want to know of a GPU, in under ten minutes.

The sizes are the paper's: 300 dimensions, 25 words, 20,000 trained words with Zipf frequencies, the hidden layer, the
app's losses, 17 % of the rows marked; the evidence model has vectors of MiniLM's size. Exact mode: float32,
TensorFloat-32 off. Times are wall time until the device has finished. The model, `cnn` or `evidence`, is in the name.

    exact_…                    errors against the CPU, in float64 and float32, of the logits, the saliency and all
                               gradients, and whether they are within the bounds of gpu_checks/exactness.py
    …_untaught_…, …_taught_…   a step without marks; with marks, the saliency in closed form or by double backward
    …_ms                       a step's time, the median of all rounds
    …_arithmetic               the matrix products' share of the rate of a large one, in per cent
    …_bandwidth                the bytes that operations read and write, against those of a large copy, in per cent;
                               above 100 if they come from a cache
    …_mb                       the most memory that tensors took
    …_scoring_per_s            sentences per second with the saliency of every word, and without; …_batch_… is one batch
    reading_…                  sentences that a frozen MiniLM reads per second (the target is at least 5,000), ÷ its
                               bare forward, and the arithmetic of that
    train_1000_s               seconds to fine-tune MiniLM on 1,000 answers; the target is at most 60
    steps_without_a_wait_…     steps of training in which the host did not wait for the device; a wait fails the check
    recovery_…                 a training whose memory runs out: with how many sentences per step it began and ended
    litbank_…                  a whole round on LitBank: the figures of benchmarks/encoder_round.py

What this machine cannot tell is in `not_measured`, with the reason. A check that fails is in `failed`, the others go
on, and the exit code is 1. On a CPU all sizes are small: that shows that the program runs.

    python benchmarks/gpu.py [--device cuda] [--litbank FILE] [--json]
"""

import argparse
import json
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from gpu_checks.device import name_of
from gpu_checks.exactness import measure_exactness
from gpu_checks.memory import measure_recovery
from gpu_checks.reading import measure_fine_tuning, measure_reading
from gpu_checks.scoring import measure_scoring
from gpu_checks.steps import measure_steps
from gpu_checks.waits import measure_waits
from gpu_checks.whole_round import measure_round
from training_step import machine

from learner.device import choose_device
from learner.encoders.choosing import MINILM, is_installed

Check = Callable[[], dict[str, Any]]


class Sizes(NamedTuple):
    """How much is measured."""

    rows: int  # per batch
    rounds: int  # of steps
    scored: int  # sentences
    read: int  # sentences
    answers: int  # that MiniLM is fine-tuned on; 0 for none
    pool: int  # of the round
    steps: int | None  # of the round's training


ON_CUDA = Sizes(rows=32, rounds=40, scored=100_000, read=20_000, answers=1000, pool=4000, steps=None)
ON_CPU = Sizes(rows=8, rounds=2, scored=200, read=64, answers=0, pool=50, steps=20)


def main() -> None:
    """Measure, and print the figures."""
    options = _parser().parse_args()
    device = choose_device(options.device)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.manual_seed(0)
    sizes = ON_CUDA if device.type == "cuda" else ON_CPU
    checks = _checks(device, sizes, options.litbank)
    missing = _not_measured(device, sizes, options.litbank)
    figures = measure({name: check for name, check in checks.items() if name not in missing})
    figures |= {"not_measured": missing, "device": name_of(device), **machine()}
    if options.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:44} {figure}")
    sys.exit(1 if figures["failed"] else 0)


def measure(checks: dict[str, Check]) -> dict[str, Any]:
    """Return the figures of all checks, the seconds of each, and those that failed with the reason."""
    figures: dict[str, Any] = {}
    failed: dict[str, str] = {}
    for name, check in checks.items():
        started = time.perf_counter()
        try:
            figures |= check()
        except Exception as error:  # the machine may be lent for minutes: the other figures still count
            traceback.print_exc()
            failed[name] = f"{type(error).__name__}: {error}"
        figures[f"{name}_s"] = round(time.perf_counter() - started, 1)
    beyond = [name for name, figure in figures.items() if name.endswith("_is_within_bounds") and not figure]
    if beyond:
        failed["exactness"] = f"beyond their bounds: {', '.join(beyond)}"
    return figures | {"failed": failed}


def _checks(device: torch.device, sizes: Sizes, litbank: Path | None) -> dict[str, Check]:
    return {
        "exactness": partial(measure_exactness, device, rows=sizes.rows),
        "waits": partial(measure_waits, device),
        "recovery": partial(measure_recovery, device),
        "steps": partial(measure_steps, device, rows=sizes.rows, rounds=sizes.rounds),
        "scoring": partial(measure_scoring, device, sentences=sizes.scored),
        "reading": partial(measure_reading, device, sentences=sizes.read),
        "litbank": lambda: measure_round(device, litbank, pool=sizes.pool, steps=sizes.steps),
        "fine_tuning": partial(measure_fine_tuning, device, answers=sizes.answers, sentences=sizes.read),
    }


def _not_measured(device: torch.device, sizes: Sizes, litbank: Path | None) -> dict[str, str]:
    """Return the checks that cannot be made here, with the reason."""
    missing = {}
    if device.type != "cuda":
        missing |= {
            "exactness": "it compares CUDA with the CPU",
            "waits": "a CPU is not waited for",
            "recovery": "PyTorch limits the memory of CUDA alone",
            "memory": "on a CPU nothing counts what tensors take",
        }
    if not sizes.answers:
        missing["fine_tuning"] = "it takes minutes on a CPU; benchmarks/fine_tuning.py measures that"
    if not is_installed(MINILM):
        missing |= dict.fromkeys(("reading", "litbank", "fine_tuning"), "the extra encoder is not installed")
    if litbank is None or not litbank.is_file():
        missing["litbank"] = f"no file {litbank}" if litbank else "no file was given (--litbank)"
    return missing


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--device", default="auto", help="auto (CUDA, else CPU), cpu or cuda")
    parser.add_argument("--litbank", type=Path, help="LitBank's events in the learner's form")
    parser.add_argument("--json", action="store_true", help="print the figures as one object on the last line")
    return parser


if __name__ == "__main__":
    main()

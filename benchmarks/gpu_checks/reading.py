"""How fast does MiniLM read and train on the device, and what share of the arithmetic rate does its forward reach?"""

import time
from typing import Any

import torch
from encoder_reading import Noting
from encoder_scoring import DTYPES, flops_of, forward
from fine_tuning import made_up_examples, whole_training

from gpu_checks.device import measure_ceiling, peak_mb, seconds_of
from learner.encoders.choosing import MINILM, find_encoder
from learner.encoders.pretrained import Precision, load_pretrained

WARM = 256  # sentences read before the clock starts


def measure_reading(device: torch.device, *, sentences: int) -> dict[str, Any]:
    """Return the figures of a frozen MiniLM in each precision."""
    tokens = [example.tokens for example in made_up_examples(sentences, seed=4, marked=0.0)]
    figures: dict[str, Any] = {}
    for precision in DTYPES:
        figures |= {f"reading_{key}_{precision}": value for key, value in _of(precision, tokens, device).items()}
    return figures


def measure_fine_tuning(device: torch.device, *, answers: int, sentences: int) -> dict[str, Any]:
    """Return the seconds to train MiniLM on so many answers, the rate at which that scores, and the memory."""
    figures: dict[str, Any] = {}
    figures["fine_tuning_mb"] = peak_mb(
        lambda: figures.update(
            whole_training(answers=answers, clock=time.perf_counter, device=str(device), sentences=sentences)
        ),
        device,
    )
    return figures


def _of(precision: Precision, tokens: list[tuple[str, ...]], device: torch.device) -> dict[str, Any]:
    encoder = load_pretrained(find_encoder(MINILM), name=MINILM, device=str(device), precision=precision)
    bare, encoder.network = encoder.network, Noting(encoder.network)

    def read() -> None:
        for _ in encoder.read(tokens):
            pass

    for _ in encoder.read(tokens[:WARM]):
        pass
    encoder.network.given = given = []
    seconds = seconds_of(read, device)
    forward(bare, given)
    bare_s = seconds_of(lambda: forward(bare, given), device)
    rate = measure_ceiling(device, DTYPES[precision]).flops
    return {
        "per_s": round(len(tokens) / seconds),
        "vs_bare": round(bare_s / seconds, 3),
        "arithmetic": round(100 * flops_of(bare, given) / bare_s / rate, 1),
        "mb": peak_mb(read, device),
    }

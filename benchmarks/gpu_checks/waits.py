"""Does the host wait for the device in a step of training? It should prepare the next batch while the device works.

Every 25th step waits on purpose, to look at dev and at the loss. In the steps between, CUDA raises an error wherever
the host would wait.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from evidence_step import Kept
from pool_scoring import scored_sentences
from training_step import TRAINED, WORDS

from gpu_checks.models import KINDS, Kind
from learner.data.batches import EncodedExamples, encode_examples
from learner.data.encoding import Encoder
from learner.data.example import Example
from learner.data.vocabulary import Vocabulary
from learner.saliency.objective import Objective
from learner.training.fitting import Fitting

EXAMPLES = 400
WARM, STEPS = 3, 15  # which together end before the first look at dev


def measure_waits(device: torch.device) -> dict[str, str | int]:
    """Return for each model how many steps it took without a wait; raise RuntimeError at the first wait."""
    return {f"steps_without_a_wait_{name}": step_without_waits(kind, device) for name, kind in KINDS.items()}


def step_without_waits(kind: Kind, device: torch.device) -> int:
    """Take some steps of a training on a device that may not be waited for, and return how many."""
    steps = make_fitting(kind, device).steps()
    for _ in range(WARM):
        next(steps)
    with waiting_forbidden(device):
        return sum(1 for _, _ in zip(range(STEPS), steps, strict=False))


def make_fitting(kind: Kind, device: torch.device) -> Fitting:
    """Return a training of some hundred sentences, a quarter of them marked."""
    model = kind.model().to(device)
    encoder: Encoder = Vocabulary(tuple(f"w{number}" for number in range(TRAINED)))
    if not hasattr(model.words, "embedding"):
        encoder = Kept(torch.randn(EXAMPLES * WORDS, model.words.dimension).half())
    marks = "+" + "." * (WORDS - 1)
    examples = [
        Example(tokens, number % 2, marks if number % 4 == 1 else None)
        for number, tokens in enumerate(scored_sentences(EXAMPLES))
    ]
    encoded: EncodedExamples = encode_examples(examples, encoder, max_words=WORDS)
    return Fitting(
        Objective(model, loss=kind.loss).to(device),
        encoded,
        encode_examples(examples[:1], encoder, max_words=WORDS).to(device),  # too few to look at
        steps_total=10 * (WARM + STEPS),
        warmup_steps=0,
        batch_size=32,
        learning_rate=1e-3,
        calibration="off",
        seed=0,
    )


@contextmanager
def waiting_forbidden(device: torch.device) -> Iterator[None]:
    """Make an error of every wait for CUDA; on a CPU, nothing waits."""
    if device.type != "cuda":
        yield
        return
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")

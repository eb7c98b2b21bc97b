"""What does it cost to train an encoder with marks? MiniLM with the evidence model, 16 sentences of 25 words per step.

Forms take turns on one thread; a figure is the median over the rounds of CPU times, or of their ratio to a plain step
(cross-entropy without marks), with Adam. 44 % of the rows are marked.

    log_mass, gate           a step with log-mass (closed form), with margin+quiet at the gate (double backward)
    gate_all                 the same with every row marked
    log_mass_last_layers     a step with log-mass that trains the last 2 of 6 layers ÷ a plain step that trains all
    …_bfloat16               both of a pair in bfloat16 ÷ a plain step in float32

The gradient of a loss L of the gate's slopes g = ∂f/∂gate by the parameters is that of the slope of f along
c = ∂L/∂g, with c held constant. Three ways to compute it, all rows marked, in eval mode, and
nothing else:

    double_backward_ms       the reference
    forward_mode_ms          c·g by a forward-mode derivative, then one backward
    differences_ms           (f(gate + εc) − f(gate − εc)) / 2ε for the ε with the smallest error, then one backward
    …_error                  the norm of the difference from the reference in float64 ÷ the reference's, in float32

    train_300_s              CPU seconds to train 300 sentences by log-mass, 200 dev sentences read every 25 steps
    fine_tuned_scoring_per_s sentences per CPU second: scored, with the evidence and the gate's gradient of every word

    python benchmarks/fine_tuning.py [--rounds 9] [--train] [--json]
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.func import jvp
from torch.nn.attention import SDPBackend, sdpa_kernel
from training_step import machine

from learner.config import TrainingConfig
from learner.data.batches import Batch, encode_examples
from learner.data.example import Example
from learner.encoders.choosing import find_encoder
from learner.encoders.piece_encoder import PieceEncoder, open_pieces
from learner.models.fine_tuned import FineTuned
from learner.models.trained_encoder import TrainedEncoder
from learner.prediction import predict
from learner.saliency.gradients import answer, differentiate
from learner.saliency.losses import mean_over
from learner.saliency.objective import Objective
from learner.training.run import train

ROWS, WORDS, MARKED_WORDS = 16, 25, 3
MARKED_SHARE = 0.44
DIFFERENCES = (1e-4, 1e-3, 1e-2, 1e-1)
GATE_LOSS = "margin+quiet"
LABELS = ("quiet", "event")
Step = Callable[[], object]


def main() -> None:
    """Measure, and print the figures."""
    options = _parser().parse_args()
    torch.set_num_threads(1)
    encoder = open_pieces("minilm")
    figures: dict[str, Any] = gate_engines(encoder, rounds=options.rounds)
    figures |= step_ratios(encoder, rounds=options.rounds)
    if options.train:
        figures |= whole_training(answers=300, clock=time.process_time)
    figures |= machine()
    if options.json:
        print(json.dumps(figures))
        return
    for name, figure in figures.items():
        print(f"{name:32} {figure}")


def step_ratios(encoder: PieceEncoder, *, rounds: int) -> dict[str, float]:
    """Return the cost of each kind of step."""
    some, every = (_batch(encoder, marked=share) for share in (MARKED_SHARE, 1.0))
    steps = {
        "plain": _step(encoder, some, "none"),
        "log_mass": _step(encoder, some, "log-mass"),
        "gate": _step(encoder, some, GATE_LOSS),
        "gate_all": _step(encoder, every, GATE_LOSS),
        "log_mass_last_layers": _step(encoder, some, "log-mass", trained_layers=2),
        "plain_bfloat16": _step(encoder, some, "none", precision="bfloat16"),
        "log_mass_bfloat16": _step(encoder, some, "log-mass", precision="bfloat16"),
    }
    times = _turns(steps, rounds)
    ratios = {
        name: round(statistics.median(a / b for a, b in zip(each, times["plain"], strict=True)), 3)
        for name, each in times.items()
        if name != "plain"
    }
    return {"plain_ms": _milliseconds(times["plain"]), **ratios}


def gate_engines(encoder: PieceEncoder, *, rounds: int) -> dict[str, float]:
    """Return the cost and the error of three ways to the gradient of a loss of the gate's slopes."""
    batch = _batch(encoder, marked=1.0)
    model = _model(encoder).eval()
    exact = _flat(_double_backward(_model(encoder).double().eval(), batch))
    ways: dict[str, Callable[[], list[Tensor]]] = {
        "double_backward": lambda: _double_backward(model, batch),
        "forward_mode": lambda: _forward_mode(model, batch),
        **{f"differences_{size}": lambda size=size: _differences(model, batch, size) for size in DIFFERENCES},
    }
    errors = {name: float((_flat(way()).double() - exact).norm() / exact.norm()) for name, way in ways.items()}
    best = min((name for name in ways if name.startswith("differences")), key=lambda name: errors[name])
    chosen = {"double_backward": "double_backward", "forward_mode": "forward_mode", "differences": best}
    times = _turns({name: ways[way] for name, way in chosen.items()}, rounds)
    figures = {f"{name}_ms": _milliseconds(each) for name, each in times.items()}
    figures |= {f"{name}_error": float(f"{errors[way]:.1e}") for name, way in chosen.items()}
    return figures | {"differences_epsilon": float(best.partition("_")[2])}


def whole_training(
    *, answers: int, clock: Callable[[], float], device: str = "cpu", sentences: int = 200
) -> dict[str, float]:
    """Return the seconds of a training, and how many sentences its model scores per second."""
    examples, dev = (made_up_examples(count, seed=count, marked=MARKED_SHARE) for count in (answers, 200))
    config = TrainingConfig(model="fine-tuned", encoder="minilm")
    started = clock()
    trained = train(examples, dev, labels=LABELS, config=config, device=device)
    seconds, scored = clock() - started, made_up_examples(sentences, seed=3, marked=0.0)
    started = clock()
    count = sum(1 for _ in predict(trained, (example.tokens for example in scored)))
    return {
        f"train_{answers}_s": round(seconds, 1),
        f"train_{answers}_steps": trained.result.steps_run,
        "fine_tuned_scoring_per_s": round(count / (clock() - started)),
    }


def _double_backward(model: FineTuned, batch: Batch) -> list[Tensor]:
    with sdpa_kernel(SDPBackend.MATH):
        output = model(batch)
        saliency = differentiate(output, batch, batch.labels, levels=("word",), create_graph=True)
        return _slopes(_loss(saliency.gradients["word"], batch), model)


def _forward_mode(model: FineTuned, batch: Batch) -> list[Tensor]:
    along = _direction(model, batch)

    def f(gate: Tensor) -> Tensor:
        return answer(model(batch, words=gate).logits, batch.labels).sum()

    with sdpa_kernel(SDPBackend.MATH):
        _, slope = jvp(f, (batch.real.to(along.dtype),), (along,))
    return _slopes(slope, model)


def _differences(model: FineTuned, batch: Batch, size: float) -> list[Tensor]:
    along, gate = _direction(model, batch), batch.real.to(model.inward.weight.dtype)
    epsilon = size / along.abs().amax(dim=1).clamp(min=1e-9)  # rows do not interact: each has its own
    up, down = (
        answer(model(batch, words=gate + sign * epsilon[:, None] * along).logits, batch.labels) for sign in (1, -1)
    )
    return _slopes(((up - down) / (2 * epsilon)).sum(), model)


def _direction(model: FineTuned, batch: Batch) -> Tensor:
    """Return c = ∂L/∂g."""
    slopes = differentiate(model(batch), batch, batch.labels, levels=("word",)).gradients["word"].requires_grad_()
    return torch.autograd.grad(_loss(slopes, batch), slopes)[0]


def _loss(slopes: Tensor, batch: Batch) -> Tensor:
    """Return the loss `margin` of the gate's slopes, λ = 1."""
    scaled = slopes / mean_over(slopes.detach().abs(), batch.real)[:, None].clamp(min=1e-3)
    return mean_over((1.5 - scaled).clamp(min=0), batch.contributory).mean()


def _slopes(value: Tensor, model: FineTuned) -> list[Tensor]:
    weights = list(model.parameters())
    found = torch.autograd.grad(value, weights, allow_unused=True)
    return [torch.zeros_like(weight) if slope is None else slope for slope, weight in zip(found, weights, strict=True)]


def _flat(tensors: list[Tensor]) -> Tensor:
    return torch.cat([tensor.flatten() for tensor in tensors])


def _step(encoder: PieceEncoder, batch: Batch, loss: str, **settings: Any) -> Step:
    model = _model(encoder, **settings)
    objective = Objective(model, loss=loss).train()
    optimizer = torch.optim.Adam(model.parameter_groups(1e-3), fused=True)

    def step() -> None:
        optimizer.zero_grad()
        torch.autograd.backward(objective(batch).total)
        optimizer.step()

    return step


def _model(encoder: PieceEncoder, **settings: Any) -> FineTuned:
    torch.manual_seed(0)
    return FineTuned(TrainedEncoder(encoder.load()), classes=2, max_words=WORDS, **settings)


def _batch(encoder: PieceEncoder, *, marked: float) -> Batch:
    return encode_examples(made_up_examples(ROWS, seed=0, marked=marked), encoder, max_words=WORDS).batch(
        torch.arange(ROWS)
    )


def made_up_examples(count: int, *, seed: int, marked: float) -> list[Example]:
    """Return sentences of 25 words of one piece each; that share of them has marks, and the second label."""
    draw, known = random.Random(seed), _known_words()
    examples = []
    for number in range(count):
        is_marked = number < round(marked * count)
        places = set(draw.sample(range(WORDS), k=MARKED_WORDS)) if is_marked else set()
        tokens = tuple("murdered" if place in places else draw.choice(known) for place in range(WORDS))
        marks = "".join("+" if place in places else "." for place in range(WORDS)) if is_marked else None
        examples.append(Example(tokens, int(is_marked), marks))
    return examples


@cache
def _known_words() -> list[str]:
    """Return words that are one piece each."""
    vocabulary = json.loads((find_encoder("minilm") / "tokenizer.json").read_bytes())["model"]["vocab"]
    return sorted(piece for piece in vocabulary if piece.isascii() and piece.isalpha())


def _turns(steps: dict[str, Step], rounds: int) -> dict[str, list[float]]:
    """Return the CPU seconds of each step in every round, after one round that does not count."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds + 1):
        for name, step in steps.items():
            started = time.process_time()
            step()
            times[name].append(time.process_time() - started)
    return {name: each[1:] for name, each in times.items()}


def _milliseconds(seconds: list[float]) -> float:
    return round(1e3 * statistics.median(seconds), 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="The cost of training an encoder with marks.")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--train", action="store_true", help="also train 300 sentences")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    return parser


if __name__ == "__main__":
    main()

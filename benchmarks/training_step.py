"""What does teaching cost? A training step with saliency against a plain cross-entropy step.

The sizes are the paper's: 300 dimensions, 25 words, batches of 32, a table of 20,000 trained words
drawn with Zipf frequencies. A step is forward, backward and Adam, as in training. Every form takes
its step once per round, in a random order, on one thread; a figure is the median over the rounds of
the ratio of two forms' CPU times. Below, `linear` is the feed-forward part without a hidden layer,
and the loss is the paper's hinge at its three levels (Eq. 4) unless named.

    taught_17       taught ÷ plain, both with projected words, 17 % of the rows marked
    taught_100      the same with every row marked
    …_hidden        the same with the hidden layer
    …_default_loss  the same with the loss that the app uses
    …_no_optimizer  the same without Adam's step
    projected       taught step with projected words, 17 % ÷ plain step with one convolution per position
    naive           three calls of autograd.grad with create_graph on the whole batch ÷ that plain step
    vectors_400k    taught step with a table of 400,000 words, 20,000 of them trained ÷ with 20,000

    python benchmarks/training_step.py [--rounds 40] [--json]
"""

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from learner.data.batches import Batch
from learner.loss_names import DEFAULT_LOSS
from learner.models.cnn import LEVELS, EventCnn
from learner.saliency.gradients import answer
from learner.saliency.objective import Objective

DIMENSIONS, WORDS, ROWS, TRAINED, TABLE = 300, 25, 32, 20_000, 400_000
MARKED_WORDS = 3
BATCHES = 16
Step = Callable[[Batch], None]


class OrdinaryCnn(EventCnn):
    """The event model as it is usually written: both convolutions at every position."""

    def logits(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the logits and the levels."""
        word = self.words(batch.text)
        channels = word.transpose(1, 2)
        three, five = self.conv3(channels), self.conv5(channels)
        intermediate = torch.where(three >= five, three, five).transpose(1, 2)
        sequence, decision = intermediate.max(dim=1).values, intermediate.max(dim=2).values
        levels = {"word": word, "intermediate": intermediate, "decision": decision}
        return self.classify(sequence, decision, batch.real), levels


def main() -> None:
    """Measure, and print the ratios."""
    options = _parser().parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    vectors = torch.randn(TABLE, DIMENSIONS) * 0.4
    steps = {f"{form}{head}": step for head in ("", "_hidden") for form, step in _steps(vectors, head).items()}
    times = measure(steps, rounds=options.rounds)
    figures = {name: round(ratio, 3) for name, ratio in _ratios(times).items()}
    figures |= {f"{form}_ms": round(1e3 * statistics.median(each), 1) for form, each in times.items()}
    if options.json:
        print(json.dumps(figures | machine()))
        return
    for name, figure in figures.items():
        print(f"{name:32} {figure}")


def _steps(vectors: Tensor, head: str) -> dict[str, Step]:
    """Return a step of each form, with a linear head or the hidden layer."""
    few, default = vectors[:TRAINED], DEFAULT_LOSS

    def taught(share: float, loss: str = "hinge", table: Tensor = few, *, adam: bool = True) -> Step:
        return _objective_step(_make(EventCnn, table, head), share, loss, adam=adam)

    steps = {
        "plain": taught(0.0),
        "taught_17": taught(0.17),
        "taught_100": taught(1.0),
        "plain_no_optimizer": taught(0.0, adam=False),
        "taught_17_no_optimizer": taught(0.17, adam=False),
        "taught_100_no_optimizer": taught(1.0, adam=False),
        "taught_17_default_loss": taught(0.17, default),
        "taught_100_default_loss": taught(1.0, default),
        "ordinary": _ordinary_step(_make(OrdinaryCnn, few, head), is_taught=False),
    }
    if not head:
        steps["naive"] = _ordinary_step(_make(OrdinaryCnn, few, head), is_taught=True)
        steps["vectors_400k"] = taught(0.17, table=vectors)
    return steps


def _ratios(times: dict[str, list[float]]) -> dict[str, float]:
    def ratio(form: str, to: str) -> float:
        return statistics.median(one / other for one, other in zip(times[form], times[to], strict=True))

    figures = {}
    for head in ("", "_hidden"):
        for taught in ("taught_17", "taught_100"):
            figures[taught + head] = ratio(taught + head, "plain" + head)
            figures[f"{taught}{head}_default_loss"] = ratio(f"{taught}_default_loss{head}", "plain" + head)
            without = f"{taught}_no_optimizer{head}"
            figures[f"{taught}{head}_no_optimizer"] = ratio(without, "plain_no_optimizer" + head)
        figures["projected" + head] = ratio("taught_17" + head, "ordinary" + head)
    figures["naive"] = ratio("naive", "ordinary")
    return figures | {"vectors_400k": ratio("vectors_400k", "taught_17")}


def measure(steps: dict[str, Step], *, rounds: int) -> dict[str, list[float]]:
    """Return the CPU time of each step in each round, in seconds; the first two rounds are left out."""
    generator, order = np.random.default_rng(0), random.Random(0)
    batches = [zipf_batch(generator) for _ in range(BATCHES)]
    times: dict[str, list[float]] = {form: [] for form in steps}
    for number in range(rounds + 2):
        batch = batches[number % BATCHES]
        for form in order.sample(list(steps), k=len(steps)):
            start = time.process_time()
            steps[form](batch)
            if number >= 2:
                times[form].append(time.process_time() - start)
    return times


def _make(kind: type[EventCnn], table: Tensor, head: str) -> EventCnn:
    hidden = head == "_hidden"
    return kind(table, trained_rows=TRAINED, classes=2, max_words=WORDS, hidden_layer=hidden).train()


def zipf_batch(generator: np.random.Generator, *, rows: int = ROWS) -> Batch:
    """Return a batch whose rows all have marks; a step removes those of the rows that it leaves unmarked."""
    chances = 1 / np.arange(2, TRAINED)
    ids = 2 + generator.choice(TRAINED - 2, size=(rows, WORDS), p=chances / chances.sum())
    places = generator.permuted(np.tile(np.arange(WORDS) < MARKED_WORDS, (rows, 1)), axis=1)
    real = torch.ones(rows, WORDS, dtype=torch.bool)
    labels = torch.tensor(generator.integers(0, 2, rows))
    return Batch(torch.tensor(ids), real, labels, torch.tensor(places), torch.zeros_like(real))


def _objective_step(model: EventCnn, share: float, loss: str, *, adam: bool) -> Step:
    objective = Objective(model, loss=loss)
    is_taught = torch.arange(ROWS) < round(ROWS * share)

    def total(batch: Batch) -> Tensor:
        marks = batch.contributory & is_taught[:, None]
        terms = objective(Batch(batch.ids, batch.real, batch.labels, marks, batch.irrelevant))
        return terms.total  # type: ignore[no-any-return]

    return _step(model, total, adam=adam)


def _ordinary_step(model: OrdinaryCnn, *, is_taught: bool) -> Step:
    def total(batch: Batch) -> Tensor:
        logits, levels = model.logits(batch)
        loss = functional.cross_entropy(logits, batch.labels)
        if not is_taught:
            return loss
        f, penalty = answer(logits, batch.labels).sum(), torch.zeros(())
        for level in LEVELS:
            (slope,) = torch.autograd.grad(f, levels[level], create_graph=True)
            scores = slope.sum(dim=2) if slope.dim() == 3 else slope
            penalty = penalty + ((-scores).clamp(min=0) * batch.contributory).sum()
        return loss + 0.5 * penalty / ROWS

    return _step(model, total, adam=True)


def _step(model: nn.Module, total: Callable[[Batch], Tensor], *, adam: bool) -> Step:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, fused=True)

    def step(batch: Batch) -> None:
        optimizer.zero_grad()
        total(batch).backward()
        if adam:
            optimizer.step()

    return step


def machine() -> dict[str, str | int | float]:
    """Return the facts of the machine on which the figures depend."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cores = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    load = round(os.getloadavg()[0], 2)
    return {"machine": cores[0], "cores": len(cores), "load": load, "torch": torch.__version__}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--json", action="store_true", help="print the figures as one object on the last line")
    return parser


if __name__ == "__main__":
    main()

"""What does teaching word evidence cost? A step with saliency against a plain one, and scoring against one layer.

The sizes are a round's: vectors of 384 dimensions in half precision, as a pretrained encoder leaves them on the disk,
24 words, batches of 32. A step is forward, backward and Adam, as in training. Every form takes its step once per
round of the measurement, in a random order, on one thread; a figure is the median over the rounds of the ratio of two
forms' CPU times. The loss is log-mass unless named.

    taught_44        taught ÷ plain step, 44 % of the rows marked, as in LitBank
    taught_100       the same with every row marked
    …_word_ce        the same with log-mass and the words' cross-entropy
    …_hinge          the same with the paper's hinge at the words' vectors (Eq. 1)
    …_margin_quiet   the same with margin and quiet, of input × gradient at the words' vectors
    naive            two forwards, and autograd.grad with create_graph, every row marked ÷ plain step
    scored           scoring with the saliency of every word, vectors in memory ÷ the first layer alone
    scored_per_s     sentences per CPU second

    python benchmarks/evidence_step.py [--rounds 40] [--json]
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from training_step import machine

from learner.config import TrainingConfig
from learner.data.batches import Batch
from learner.data.encoding import Flat, Query, offsets_of
from learner.data.vectors import VectorReport
from learner.data.vocabulary import UNKNOWN
from learner.models.evidence import Evidence
from learner.models.words import FrozenVectors
from learner.prediction import predict
from learner.saliency.engines import EngineName
from learner.saliency.objective import Objective
from learner.training.trained import TrainedModel, TrainingResult

DIMENSIONS, WORDS, ROWS = 384, 24, 32
MARKED_WORDS = 2
BATCHES, SENTENCES = 16, 2048
SHARES = {"taught_44": 0.44, "taught_100": 1.0}
LOSSES = {"": "log-mass", "_word_ce": "log-mass+word-ce", "_hinge": "hinge", "_margin_quiet": "margin+quiet"}
Run = Callable[[int], None]
"""Takes the number of the round."""


class Kept:
    """An encoder whose vectors are in memory: of whatever sentences, the first ones that it has."""

    def __init__(self, vectors: Tensor) -> None:
        self.vectors = vectors

    def encode(
        self, sentences: Sequence[Sequence[str]], queries: Sequence[Query], *, keep: bool = True
    ) -> tuple[Flat, None]:
        """Return vectors for the sentences' words."""
        words = sum(map(len, sentences))
        return Flat(torch.full((words,), UNKNOWN), offsets_of(sentences), self.vectors[:words]), None


def main() -> None:
    """Measure, and print the ratios."""
    options = _parser().parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    times = measure(_steps() | _scoring(), rounds=options.rounds)
    plain, layer = times["plain"], times["layer"]
    figures = {form: _ratio(times[form], plain) for form in times if form not in ("plain", "layer", "scored")}
    figures["scored"] = _ratio(times["scored"], layer)
    figures["scored_per_s"] = round(SENTENCES / statistics.median(times["scored"]))
    figures["plain_ms"] = round(1e3 * statistics.median(plain), 2)
    if options.json:
        print(json.dumps(figures | machine()))
        return
    for name, figure in figures.items():
        print(f"{name:26} {figure}")


def measure(forms: dict[str, Run], *, rounds: int) -> dict[str, list[float]]:
    """Return the CPU time of each form in each round, in seconds; the first two rounds are left out."""
    order = random.Random(0)
    times: dict[str, list[float]] = {form: [] for form in forms}
    for number in range(rounds + 2):
        for form in order.sample(list(forms), k=len(forms)):
            start = time.process_time()
            forms[form](number)
            if number >= 2:
                times[form].append(time.process_time() - start)
    return times


def _ratio(times: Sequence[float], to: Sequence[float]) -> float:
    return round(statistics.median(one / other for one, other in zip(times, to, strict=True)), 3)


def _steps() -> dict[str, Run]:
    unmarked = _batches(0.0)
    steps = {"plain": _step("log-mass", unmarked), "naive": _step("log-mass", _batches(1.0), engine="reference")}
    for (form, share), (suffix, loss) in product(SHARES.items(), LOSSES.items()):
        steps[form + suffix] = _step(loss, _batches(share))
    return steps


def _step(loss: str, batches: Sequence[Batch], *, engine: EngineName = "auto") -> Run:
    model = _model().train()
    objective = Objective(model, loss=loss, engine=engine)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, fused=True)

    def step(number: int) -> None:
        optimizer.zero_grad()
        objective(batches[number % BATCHES]).total.backward()
        optimizer.step()

    return step


def _scoring() -> dict[str, Run]:
    """Return scoring, and the least that it could cost: the first layer of the network for every word."""
    result = TrainingResult("max_steps", 0, 0, 0, 0, 0, 0)
    config = TrainingConfig(model="evidence", loss="log-mass")
    vectors = torch.randn(SENTENCES * WORDS, DIMENSIONS).half()
    trained = TrainedModel(_model().eval(), Kept(vectors), ("no", "yes"), config, VectorReport("made up", 0, 0), result)
    sentences = [tuple(f"word{place}" for place in range(WORDS))] * SENTENCES
    first = torch.nn.Linear(DIMENSIONS, trained.model.dimension)

    def scored(_: int) -> None:
        for _prediction in predict(trained, sentences):
            pass

    @torch.no_grad()
    def layer(_: int) -> None:
        for part in vectors.split(8192):
            functional.linear(part.float(), first.weight, first.bias)

    return {"scored": scored, "layer": layer}


def _model() -> Evidence:
    words = FrozenVectors.fit(torch.randn(1000, DIMENSIONS))
    return Evidence(words, classes=2, max_words=WORDS, constant_labels=[0])


def _batches(share: float) -> list[Batch]:
    """Return batches of which that share of the rows, with the second label, has marks."""
    generator = np.random.default_rng(0)
    return [_batch(generator, share) for _ in range(BATCHES)]


def _batch(generator: np.random.Generator, share: float) -> Batch:
    is_marked = torch.arange(ROWS) < round(ROWS * share)
    places = torch.tensor(generator.permuted(np.tile(np.arange(WORDS) < MARKED_WORDS, (ROWS, 1)), axis=1))
    marks = places & is_marked[:, None]
    real = torch.ones(ROWS, WORDS, dtype=torch.bool)
    return Batch(
        torch.full((ROWS, WORDS), UNKNOWN),
        real,
        torch.where(is_marked, 1, torch.tensor(generator.integers(0, 2, ROWS))),
        marks,
        torch.zeros_like(real),
        vectors=torch.tensor(generator.standard_normal((ROWS, WORDS, DIMENSIONS), dtype=np.float32)).half(),
        known_marked=is_marked.nonzero().squeeze(1),
        may_have_irrelevant=False,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--json", action="store_true", help="print the figures as one object on the last line")
    return parser


if __name__ == "__main__":
    main()

"""The protocol of the study as code; docs/decisions/0015-the-default-encoder.md is the same in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

from learner.config import STATIC
from learner.encoders.choosing import MINILM
from learner.loss_names import DEFAULT_LOSS


@dataclass(frozen=True)
class Trial:
    """One training and the split that judges it. Equal trials have equal figures: the record is the trial's key."""

    data: str
    size: int  # answered sentences
    encoder: str
    layer: int | None  # None: the static encoder, whose model is the paper's CNN
    loss: str
    seed: int
    judged_on: Literal["dev", "test"]
    steps: int | None = None  # the most training steps; None: the learner's default

    @property
    def is_taught(self) -> bool:
        """Return whether it learns from marks."""
        return self.loss != UNTAUGHT

    @property
    def model(self) -> str:
        """Return what it trains, as the tables name it."""
        read = "CNN on GloVe" if self.layer is None else f"evidence on MiniLM, layer {self.layer}"
        return f"{read}, {'marks' if self.is_taught else 'labels only'}"


def trial_of(fields: Mapping[str, Any]) -> Trial:
    """Return the trial whose fields, as JSON, these are."""
    return Trial(**fields)


ENCODER = MINILM
UNTAUGHT = "none"
SAMPLE = "sample"
FILES = {
    "litbank": "litbank/litbank.jsonl.gz",
    "hatexplain": "hatexplain/hatexplain.jsonl.gz",
    "cbt_ne": "cbt_ne/cbt_ne.jsonl.gz",
}
SIZES = (100, 300, 1000)
CELLS = (*product(FILES, SIZES), (SAMPLE, 300))
"""Sets, each with a number of answers; the sample has 300."""

CHOOSING_SEEDS, TEST_SEEDS = (1000, 1001, 1002), (0, 1, 2, 3, 4)
LAYERS, LAYER_LOSS = (3, 4), "0.3*log-mass"
CANDIDATES = (
    "none",
    "0.3*log-mass",
    "1*log-mass",
    "0.3*log-even",
    "hinge",
    "1*word-ce",
    "head",
    "margin+quiet",
    "0.5*log-mass+0.5*word-ce",
)
"""The losses, the simpler first."""
NO_SALIENCY = ("none", "1*word-ce", "head")
"""The candidates that do not train the model's own saliency: they are reported, but are no default."""

MOST_LOST = 1.0
CLOSE_PRECISION = 3.0
CLOSE_ACCURACY = 0.5

STOPPING, JUDGING = 200, 700
"""How many dev sentences decide when a training stops while the default is chosen, and how many others judge it."""
STOPPING_OF_SAMPLE = 40


def layer_trials(*, steps: int | None = None) -> Iterator[Trial]:
    """Yield the trials by which the layer is chosen."""
    for seed, layer, (data, size) in product(CHOOSING_SEEDS, LAYERS, CELLS):
        yield Trial(data, size, ENCODER, layer, LAYER_LOSS, seed, "dev", steps)


def loss_trials(layer: int, *, steps: int | None = None) -> Iterator[Trial]:
    """Yield the trials by which the loss is chosen, at the layer that was chosen."""
    for seed, loss, (data, size) in product(CHOOSING_SEEDS, CANDIDATES, CELLS):
        yield Trial(data, size, ENCODER, layer, loss, seed, "dev", steps)


def trials_on_test(layer: int, loss: str, *, steps: int | None = None) -> Iterator[Trial]:
    """Yield the trials on test: the default and the CNN, each with marks and with labels alone."""
    ours = ((ENCODER, layer, UNTAUGHT), (ENCODER, layer, loss))
    papers = ((STATIC, None, UNTAUGHT), (STATIC, None, DEFAULT_LOSS))
    for seed, (data, size), model in product(TEST_SEEDS, CELLS, (*ours, *papers)):
        yield Trial(data, size, *model, seed, "test", steps)

"""What two models look at and predict: the paper's appendix D, counted over all marked sentences of a test set."""

from collections.abc import Sequence
from typing import NamedTuple

from learner.data.example import Example
from learner.judging import looking
from learner.reproduction.trial import Outcome

_SAMPLES = ("samples 1–7", "samples 8–11", "samples 12–14", "samples 15–18", "samples 19–21", "samples 22–23", "")
_NAMES = looking.titles(before="the untaught one", after="the taught one")
CATEGORIES = dict(zip(_NAMES, _SAMPLES, strict=True))
"""The categories, and the samples of the paper's tables 3, 6 and 7 that show them.

A model looks if at least one `+` word is among its six most salient. It is right if it predicts the gold label.
"""


class Case(NamedTuple):
    """A marked test sentence with its category, and both models' most salient words."""

    row: int
    category: str
    untaught: tuple[list[int], list[float]]
    taught: tuple[list[int], list[float]]


def sort_sentences(test: Sequence[Example], untaught: Outcome, taught: Outcome) -> list[Case]:
    """Return the marked sentences of a test set in order, each with its category."""
    cases = []
    for (row, *base), (same, *other) in zip(untaught["top"], taught["top"], strict=True):
        if row != same:
            raise ValueError(f"found the words of sentences {row} and {same}, expected both of one test set")
        example = test[row]
        looks = [any((example.marks or "")[place] == "+" for place in places) for places, _ in (base, other)]
        right = [outcome["predicted"][row] == example.label for outcome in (untaught, taught)]
        category = _NAMES[looking.category_of(looking.Case(*right, *looks))]
        cases.append(Case(row, category, tuple(base), tuple(other)))
    return cases

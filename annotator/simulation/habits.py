"""How an oracle answers: the habits of a person, and the answer that they give to a sentence whose gold is known.

All chance comes from a stream of its own for each (seed, sentence, person), and each draw is made whether or not it
is used: the same person gives the same answer to the same sentence in every arm of a simulation, and a person who
misses a word at a rate of 10 % also misses it at 20 %.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from learner.data.example import Example

ORACLE = "Oracle"
"""The name of the person who answers if no others are described."""


@dataclass(frozen=True)
class Habits:
    """A person who answers; all rates are from 0 to 1."""

    name: str = ORACLE
    share: float = 1.0
    """Of all answers, in proportion to the other people's."""
    label_error: float = 0.0
    """How often they give another label than the gold one, any of the others alike."""
    confusion: tuple[tuple[float, ...], ...] | None = None
    """Instead: for each gold label, how often they give each label."""
    missed: float = 0.0
    """How often they leave a marked word unmarked."""
    extra: float = 0.0
    """How many other words they mark for each word that is marked, on average; it may be above 1."""
    marks: float = 1.0
    """The share of answers for which they mark words at all."""
    minutes: float | None = None
    """What an answer with a label alone takes them; None takes the cost model's."""

    def in_words(self, labels: Sequence[str]) -> str:
        """Return how they answer, in a few words: "perfect", "labels wrong in 10 %, marks on 30 %"."""
        parts = [
            f"labels wrong in {_percent(self.label_error)}" if self.label_error else "",
            f"labels confused ({_rows(self.confusion, labels)})" if self.confusion else "",
            f"{_percent(self.missed)} of marks missed" if self.missed else "",
            f"{self.extra:g} other words for each marked one" if self.extra else "",
            f"marks on {_percent(self.marks)}" if self.marks != 1 else "",
        ]
        return ", ".join(part for part in parts if part) or "perfect"


class Given(NamedTuple):
    """What a person answers."""

    label: int
    marks: str | None
    """None if they mark no words, or if words are not marked under this label."""


def give_answer(habits: Habits, gold: Example, *, seed: int, classes: int, unmarked: Sequence[int] = ()) -> Given:
    """Return what a person with these habits answers; words are never marked under the `unmarked` labels.

    With a wrong label, the words are those of the gold answer all the same: the person looked at them.
    """
    draw = random.Random(f"{seed} {gold.id} {habits.name}")
    label = _label(habits, gold.label, draw.random(), draw.random(), classes)
    marks_words = draw.random() < habits.marks
    chances = [draw.random() for _ in gold.tokens]
    last = draw.random()
    if gold.marks is None or not marks_words or label in unmarked:
        return Given(label, None)
    extra = _extra(habits, gold.marks, chances, last)
    missed = {at for at, letter in enumerate(gold.marks) if letter != "." and chances[at] < habits.missed}
    letters = ["+" if at in extra else "." if at in missed else letter for at, letter in enumerate(gold.marks)]
    return Given(label, "".join(letters))


def who_answers(people: Sequence[Habits], sentence: str, *, seed: int) -> Habits:
    """Return the person who answers this sentence, by their shares; the same whenever it comes."""
    draw = random.Random(f"{seed} {sentence} who answers").random()
    bounds = list(accumulate(person.share for person in people))
    return next((person for person, bound in zip(people, bounds, strict=True) if draw * bounds[-1] < bound), people[-1])


def _label(habits: Habits, gold: int, chance: float, other: float, classes: int) -> int:
    if habits.confusion is not None:
        row = list(accumulate(habits.confusion[gold]))
        return next((label for label, bound in enumerate(row) if chance * row[-1] < bound), gold)
    if chance >= habits.label_error:
        return gold
    others = [label for label in range(classes) if label != gold]
    return others[int(other * len(others))]


def _extra(habits: Habits, marks: str, chances: Sequence[float], last: float) -> set[int]:
    """Return the places of the unmarked words that are marked too; at a higher rate, these and others."""
    wanted = habits.extra * marks.count("+")
    number = int(wanted) + (last < wanted % 1)
    others = [at for at, letter in enumerate(marks) if letter == "."]
    return set(sorted(others, key=lambda at: chances[at])[:number])


def _percent(share: float) -> str:
    return f"{100 * share:g} %"


def _rows(confusion: Sequence[Sequence[float]], labels: Sequence[str]) -> str:
    wrong: Mapping[str, float] = {
        f"{labels[gold]} → {labels[given]}": rate
        for gold, row in enumerate(confusion)
        for given, rate in enumerate(row)
        if gold != given and rate
    }
    return ", ".join(f"{pair} {_percent(rate)}" for pair, rate in wrong.items())

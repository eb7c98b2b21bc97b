"""What answers cost, in minutes: by a stated model, or by what a project's own log says.

An answer with a label alone costs one unit; one whose words were marked too, also where the person said that no word
matters, costs 1, 1.5 or 2 units. People who read at another pace have a unit of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from annotator.errors import CannotSimulate
from annotator.project.permissions import Actor, check_may_act
from annotator.simulation.habits import Habits
from db.answers import effort
from db.store import Store
from db.team import project

RATIOS = (1.5, 1.0, 2.0)
"""What an answer with marks costs by the stated models; the first one is shown first."""
UNIT_S = 10.0
"""Seconds that an answer with a label alone takes by the stated models."""


class Work(NamedTuple):
    """What a person has answered."""

    answers: int
    marked: int
    """How many of them have marks."""


@dataclass(frozen=True)
class Cost:
    """What an answer costs."""

    name: str
    """As reports call it: "×1.5"."""
    label_s: float
    """Seconds of an answer with a label alone."""
    ratio: float
    """By how much more an answer with marks takes."""

    @property
    def in_words(self) -> str:
        """Return what it says of answers."""
        return f"an answer takes {self.label_s:.3g} seconds, one with marks {self.ratio:.3g} times as long"

    def minutes(self, work: Mapping[str, Work], people: Sequence[Habits]) -> float:
        """Return what the work of these people costs, by name."""
        paces = {person.name: 60 * person.minutes if person.minutes else self.label_s for person in people}
        return sum(paces[name] * (done.answers + (self.ratio - 1) * done.marked) for name, done in work.items()) / 60


def stated(ratio: float, *, unit_s: float = UNIT_S) -> Cost:
    """Return the stated model in which an answer with marks costs `ratio` units."""
    return Cost(f"×{ratio:g}", unit_s, ratio)


def observed(store: Store, *, actor: Actor) -> Cost:
    """Return the cost by the median seconds that this project's people took for answers with and without marks.

    Raises CannotSimulate if it has no timed answer of one of the two kinds.
    """
    check_may_act(store, actor, least="researcher")
    name = project.read(store).name
    seconds = {with_marks: effort.seconds_of_answers(store, with_marks=with_marks) for with_marks in (False, True)}
    for with_marks, kind in ((False, "without"), (True, "with")):
        if not seconds[with_marks]:
            raise CannotSimulate(
                f"The project {name} has no answer {kind} marks whose time is known, so it cannot say what answers "
                "cost; give another project, or --cost."
            )
    label_s, marks_s = median(seconds[False]), median(seconds[True])
    if not label_s:
        raise CannotSimulate(f"Answers without marks took no time in the project {name}; give another one, or --cost.")
    return Cost(f"as in {name}", label_s, marks_s / label_s)

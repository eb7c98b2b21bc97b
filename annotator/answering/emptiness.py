"""Why nothing is handed out, and what a person can do next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from annotator.project.permissions import ranks_as
from db.records import Person

Reason = Literal["no sentences", "with others", "own part done", "came with answers", "all answered"]

TEXTS: dict[Reason, str] = {
    "no sentences": "This project has no sentences yet.",
    "with others": "The sentences that are left are with other people. Come back in a few minutes.",
    "own part done": "You have answered or skipped everything that is left. Thank you.",
    "came with answers": "Every sentence came with an answer, so there is nothing to annotate.",
    "all answered": "Every sentence has been answered. Thank you.",
}


@dataclass(frozen=True)
class NextStep:
    """What a person can do instead, and the page on which they do it."""

    text: str
    page: str


_MY_WORK = NextStep("See your answers on My work", "my-work")
_ROUNDS = NextStep("Start a round on Rounds", "rounds")
_IMPORT = NextStep("Import sentences on Data", "data")
_STEPS: dict[Reason, tuple[NextStep, ...]] = {
    "no sentences": (_IMPORT,),
    "with others": (_MY_WORK,),
    "own part done": (_MY_WORK,),
    "came with answers": (_ROUNDS, _IMPORT),
    "all answered": (_ROUNDS, _IMPORT, _MY_WORK),
}


def reason_for(counts: Mapping[str, int], number: int) -> Reason:
    """Return why nothing is handed out, from the counts of the slots and the number of sentences."""
    if not number:
        return "no sentences"
    if counts["leased"]:
        return "with others"
    if counts["open"]:
        return "own part done"
    return "all answered" if counts["filled"] else "came with answers"


def next_steps(reason: Reason, person: Person) -> list[NextStep]:
    """Return the steps that this person may take."""
    return [step for step in _STEPS[reason] if step is _MY_WORK or ranks_as(person, "researcher")]

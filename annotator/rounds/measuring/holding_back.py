"""Whether a new round serves by itself: not if it is worse than the round that serves, by more than chance explains."""

from dataclasses import asdict, dataclass
from typing import Any

from annotator.rounds.learning.judgement import Judgement, judged_by
from db.learning.round_records import Round
from db.records import ServingRule
from db.store import Store
from db.team import project
from learner.judging.paired import compare


@dataclass(frozen=True)
class HeldBack:
    """Why a round does not serve although it is ready: a person decides."""

    rule: ServingRule
    """`never`: the project's rounds wait for a person. `ask`: this one is worse than the round that serves."""
    against: int | None = None
    """The round that serves, which it was compared with; the other facts are about that comparison, on dev."""
    points: float | None = None
    """The difference of accuracy, in percentage points, and its 95 % interval."""
    low: float | None = None
    high: float | None = None
    sentences: int | None = None

    def facts(self) -> dict[str, Any]:
        """Return it as the round's record keeps it."""
        return asdict(self)


def held_back(shown: Round) -> HeldBack | None:
    """Return why this round was held back when it was ready, or None."""
    facts = shown.metrics.get("held_back")
    return None if facts is None else HeldBack(**facts)


def reason_to_hold_back(store: Store, judgement: Judgement) -> HeldBack | None:
    """Return why a new round with this judgement should not serve by itself, or None if it should.

    What decides is dev, and without dev nothing does: test has no part in what people are shown and asked.
    """
    owner = project.read(store)
    if owner.serving == "never":
        return HeldBack("never")
    if owner.serving == "always" or owner.serving_round is None or "dev" not in judgement.judged:
        return None
    before = judged_by(store, owner.serving_round).get("dev")
    if before is None:
        return None
    compared = compare(before, judgement.judged["dev"])
    accuracy = compared.differences["accuracy"]
    if accuracy is None or accuracy.interval is None or accuracy.points >= 0 or not compared.is_shown("accuracy"):
        return None
    return HeldBack(
        "ask", owner.serving_round, accuracy.points, accuracy.interval.low, accuracy.interval.high, accuracy.sentences
    )

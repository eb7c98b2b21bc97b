"""Is more work worth it? What the last answers changed, what they cost, and what is left to find.

It only shows: where to stop depends on what the answers are for, and no rule that was measured is right everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from annotator.errors import NoScores
from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.learning.judgement import judged_by
from annotator.rounds.measuring.random_share import RandomShare, RareLabel, rare_labels, read_random_share
from annotator.rounds.measuring.stop_set import compare_on_stop_set
from annotator.rounds.start import settle
from db.answers import effort
from db.answers.effort import Effort
from db.learning import rounds
from db.learning.round_records import Round
from db.store import Store
from learner.judging.estimates import Stability
from learner.judging.figures import estimate_figures
from learner.judging.intervals import Estimate
from learner.judging.paired import Difference, compare

_TEACH = ("loss", "weight", "steps", "encoder", "encoder_layer", "model", "vectors")
"""The settings that make another model of the same answers, apart from the seed."""


@dataclass(frozen=True)
class Cost:
    """What one round's answers cost, and what its model was then worth."""

    round: int
    answers: int
    """Sentences that it learned from."""
    new: int
    """How many more than the round before."""
    effort: Effort
    """What people did between the round before and this one."""
    dev: Estimate | None
    """Its accuracy on dev."""


@dataclass(frozen=True)
class Change:
    """What the answers between two rounds changed."""

    before: int
    after: int
    answers: int
    """Sentences that the later round learned from and the earlier one did not."""
    effort: Effort
    same_settings: bool
    """Whether both were trained with the same settings, so that only the answers differ."""
    stability: Stability | None
    why_not: str
    """Why there is no `stability`; empty if there is, or if no open sentence was scored by both."""
    dev: Difference | None
    """The difference of accuracy on dev; None if they share no dev sentence."""


@dataclass(frozen=True)
class Worth:
    """All that says whether more answers are worth their time."""

    drawn: RandomShare
    change: Change | None
    """None until two rounds are ready that learned from different answers."""
    rare: tuple[RareLabel, ...]
    costs: tuple[Cost, ...]
    """Of the ready rounds, newest first."""


def measure_worth(store: Store, *, actor: Actor) -> Worth:
    """Return what the last answers bought and cost, and what is left to find."""
    check_may_act(store, actor, least="researcher")
    settle(store)
    ready = [
        one for one in rounds.all_of(store) if one.state == "ready" and not one.is_companion and not one.deleted_ms
    ]
    drawn = read_random_share(store)
    return Worth(drawn, _change(store, ready), tuple(rare_labels(store, drawn)), tuple(_costs(store, ready)))


def _costs(store: Store, ready: Sequence[Round]) -> list[Cost]:
    costs = []
    for one, before in zip(ready, [*ready, None][1:], strict=True):
        learned, known = _learned(one), 0 if before is None else _learned(before)
        done = effort.spent(store, after=_last(before), up_to=_last(one))
        costs.append(Cost(one.id, learned, learned - known, done, _accuracy_on_dev(store, one)))
    return costs


def _accuracy_on_dev(store: Store, one: Round) -> Estimate | None:
    judged = judged_by(store, one.id)
    return estimate_figures(judged["dev"])["accuracy"] if "dev" in judged else None


def _change(store: Store, ready: Sequence[Round]) -> Change | None:
    """Return what the newest round's answers changed since the last round with the same settings, or with any."""
    earlier = [one for one in ready[1:] if _learned(one) < _learned(ready[0])]
    if not earlier:
        return None
    after, before = ready[0], next((one for one in earlier if _has_settings_of(one, ready[0])), earlier[0])
    agreed, why_not = _stability(store, before, after)
    return Change(
        before=before.id,
        after=after.id,
        answers=_learned(after) - _learned(before),
        effort=effort.spent(store, after=_last(before), up_to=_last(after)),
        same_settings=_has_settings_of(before, after),
        stability=agreed,
        why_not=why_not,
        dev=_difference_on_dev(store, before, after),
    )


def _stability(store: Store, before: Round, after: Round) -> tuple[Stability | None, str]:
    try:
        return compare_on_stop_set(store, before, after), ""
    except NoScores as missing:
        return None, str(missing)


def _difference_on_dev(store: Store, before: Round, after: Round) -> Difference | None:
    first, second = judged_by(store, before.id), judged_by(store, after.id)
    if "dev" not in first or "dev" not in second:
        return None
    return compare(first["dev"], second["dev"]).differences["accuracy"]


def _has_settings_of(one: Round, other: Round) -> bool:
    return all(one.config.get(name) == other.config.get(name) for name in _TEACH)


def _learned(one: Round) -> int:
    return int(one.training_set.get("answers", 0))


def _last(one: Round | None) -> int:
    return 0 if one is None else one.last_annotation or 0

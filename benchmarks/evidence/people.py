"""The people of a trial: what each name of the protocol means to the oracle of `whylight simulate`."""

from collections.abc import Callable, Mapping, Sequence

from annotator.simulation.gold import Gold
from annotator.simulation.habits import Habits
from evidence.protocol import (
    DASH,
    EXTRA,
    LABELS_ONLY,
    MISSED,
    ON_SHARES,
    PERFECT,
    RULE,
    TEAM,
    UNMARKED_WRONG,
    WRONG_LABELS,
)

WITHOUT_MARKS = (LABELS_ONLY, *UNMARKED_WRONG)
"""The people who mark no words."""

People = tuple[Habits, ...]


def people_of(name: str, gold: Gold) -> People:
    """Return the people of this name on this set."""
    return _KNOWN[name](gold)


def rate_of_extra(gold: Gold, *, for_each_marked: float) -> float:
    """Return how often each unmarked word of a marked sentence is marked, so that so many are for each marked one."""
    letters = [letter for example in gold.pool if "+" in (example.marks or "") for letter in example.marks or ""]
    marked, unmarked = letters.count("+"), letters.count(".")
    return min(1.0, for_each_marked * marked / unmarked)


def _team(gold: Gold) -> People:
    twice_as_much = rate_of_extra(gold, for_each_marked=1)
    return (Habits("careful"), Habits("misses half", missed=0.5), Habits("marks twice as much", extra=twice_as_much))


def _extra(for_each_marked: float) -> Callable[[Gold], People]:
    return lambda gold: (Habits(extra=rate_of_extra(gold, for_each_marked=for_each_marked)),)


def _always(*people: Habits) -> Callable[[Gold], People]:
    return lambda gold: people


def _by_rates(shares: Mapping[str, int], habits: Callable[[float], Habits]) -> dict[str, Callable[[Gold], People]]:
    return {name: _always(habits(share / 100)) for name, share in shares.items()}


_ACCURATE: Sequence[str] = (PERFECT, LABELS_ONLY, DASH, RULE)
_KNOWN: Mapping[str, Callable[[Gold], People]] = {
    **{name: _always(Habits()) for name in _ACCURATE},
    **_by_rates(ON_SHARES, lambda share: Habits(marks=share)),
    **_by_rates(MISSED, lambda share: Habits(missed=share)),
    **{name: _extra(number) for name, number in EXTRA.items()},
    **_by_rates(WRONG_LABELS | UNMARKED_WRONG, lambda share: Habits(label_error=share)),
    TEAM: _team,
}

"""The curves of a project: its rounds' figures by the answers, or the minutes of work, that they learned from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from annotator.rounds.loss_wording import loss_in_words
from annotator.rounds.measuring.measured import Measured
from annotator.rounds.overview import RoundsOverview
from annotator.wording import model_of
from db.answers import effort
from db.learning.round_records import Round
from db.store import Store
from learner.judging.curves import CurvePoint


@dataclass(frozen=True)
class RoundPoint:
    """One round on a curve."""

    name: str
    """What people call the round: `6`, or `6-twin`."""
    split: str
    measured_on: str
    is_twin: bool
    point: CurvePoint


@dataclass(frozen=True)
class Curve:
    """The rounds that were taught alike and measured on the same sentences, by answers."""

    loss: str
    is_twin: bool
    points: tuple[RoundPoint, ...]


def curves(
    now: RoundsOverview, figure: str, *, measured: Mapping[int, Measured | None], minutes: Mapping[int, float | None]
) -> list[Curve]:
    """Return the curves of a figure, those of the rounds before those of their twins.

    A new curve begins where the set that the rounds are measured on changed. Rounds without the figure are left out.
    """
    shown = [one for one in (*now.rounds, *_twins_of(now)) if one.state == "ready"]
    models = {model_of(one) for one in shown}
    points = [
        RoundPoint(one.name, of_round.split, of_round.measured_on, one.twin_of is not None, point)
        for one in shown
        if (of_round := measured.get(one.id)) is not None
        and (point := _point(one, figure, of_round, minutes.get(one.id), tells_model=len(models) > 1)) is not None
    ]
    return _joined(points)


def _twins_of(now: RoundsOverview) -> list[Round]:
    shown = {one.id for one in now.rounds}
    return [twin for of_round, twin in now.twins.items() if of_round in shown and twin.deleted_ms is None]


def _point(
    shown: Round, figure: str, measured: Measured, minutes: float | None, *, tells_model: bool
) -> CurvePoint | None:
    estimate = measured.estimates[figure]
    if estimate is None:
        return None
    loss = loss_in_words(shown) + (f", {model_of(shown)}" if tells_model else "")
    return CurvePoint(figure, loss, int(shown.training_set.get("answers", 0)), minutes, estimate)


def _joined(points: Iterable[RoundPoint]) -> list[Curve]:
    def alike(one: RoundPoint) -> tuple[bool, str, str]:
        return one.is_twin, one.point.loss, one.measured_on

    ordered = sorted(points, key=lambda one: (alike(one), one.point.answers))
    found = [Curve(key[1], key[0], tuple(members)) for key, members in groupby(ordered, key=alike)]
    return sorted(found, key=lambda curve: (curve.is_twin, curve.loss, curve.points[0].point.answers))


def measuring_sets(found: Sequence[Curve]) -> list[str]:
    """Return on what the rounds of these curves were measured, each once: `160 test sentences`."""
    points = sorted((one for curve in found for one in curve.points), key=attrgetter("point.answers"))
    sets = {one.measured_on: f"{one.point.estimate.sentences:,} {one.split} sentences" for one in points}
    return list(sets.values())


def minutes_of_work(store: Store, shown: Round) -> float | None:
    """Return how long people took for the answers and skips up to this round; None if most of them have no time."""
    done = effort.spent(store, after=0, up_to=shown.last_annotation or 0)
    timed = done.answers - done.untimed
    return done.seconds / 60 if timed and timed >= done.untimed else None

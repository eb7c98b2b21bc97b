"""The curves of a report as drawings: the arms of one data set in panels, every seed thin and the mean thick."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotator.charts.drawing import draw
from annotator.charts.parts import DASHED, Chart, Dot, Line
from annotator.charts.scales import domain_around
from annotator.simulation.curves import Curve
from annotator.simulation.pairing import values_of
from annotator.simulation.records import Arm
from annotator.simulation.report.gathering import Curves, Findings
from annotator.simulation.report.levels import Level, levels_of
from annotator.simulation.report.naming import capitalised, figure_name, names_of, varying
from annotator.wording import counted, number

WIDE, NARROW, HEIGHT = 430, 320, 270
_MOST_LINES = 5
_SPLIT_BY = ("encoder", "people", "acquisition")
"""What panels are made of, if one has too many lines."""
_STYLES = (("quiet", DASHED), ("teal", ""), ("amber", "9 3"), ("plum", "2 3"), ("rust", "9 3 2 3"))


@dataclass(frozen=True)
class Key:
    """A line of a legend."""

    name: str
    colour: str
    dash: str


@dataclass(frozen=True)
class Drawn:
    """One chart, for a wide and for a narrow page."""

    title: str
    wide: str
    narrow: str


@dataclass(frozen=True)
class Panel:
    """The curves of some arms, by answers and by minutes."""

    title: str
    keys: Sequence[Key]
    charts: Sequence[Drawn]


def panels_of(found: Findings, data: str, figure: str, *, by_minutes: bool = True) -> list[Panel]:
    """Return the panels of one data set; all have the same axes."""
    curves = {arm: seeds for arm, seeds in found.curves[figure].items() if arm.data == data}
    if not curves:
        return []
    groups = _groups(list(curves))
    told_apart = [varying(group) for group in groups]
    names = {arm: _name(arm, factors) for group, factors in zip(groups, told_apart, strict=True) for arm in group}
    styles = {name: _style(place) for place, name in enumerate(dict.fromkeys(names[arm] for arm in curves))}
    axes = _Axes(curves, figure)
    return [
        Panel(
            title=_title(group, factors, found),
            keys=[Key(names[arm], *styles[names[arm]]) for arm in group],
            charts=axes.charts(
                [(names[arm], *styles[names[arm]], curves[arm]) for arm in group], by_minutes=by_minutes
            ),
        )
        for group, factors in zip(groups, told_apart, strict=True)
    ]


def _groups(arms: Sequence[Arm]) -> list[list[Arm]]:
    """Return the arms of one data set in groups that one chart can hold."""
    groups = [list(arms)]
    for factor in _SPLIT_BY:
        if max(map(len, groups)) <= _MOST_LINES:
            break
        groups = [
            [arm for arm in group if getattr(arm, factor) == value]
            for group in groups
            for value in values_of(factor, group)
        ]
    return groups


def _name(arm: Arm, factors: Sequence[str]) -> str:
    return names_of(arm, factors or ["losses"])


def _title(group: Sequence[Arm], factors: Sequence[str], found: Findings) -> str:
    """Return what the arms of a panel share, of what varies in the report."""
    shared = [factor for factor in varying(found.arms) if factor not in (*factors, "losses")]
    return capitalised(names_of(group[0], shared)) if shared else "Learning curves"


def _style(place: int) -> tuple[str, str]:
    """Return the colour and the dashes of a line; the first 25 all differ."""
    colour, dash = place % len(_STYLES), (place + place // len(_STYLES)) % len(_STYLES)
    return _STYLES[colour][0], _STYLES[dash][1]


class _Axes:
    """The axes that the panels of one data set share."""

    def __init__(self, curves: Mapping[Arm, Curves], figure: str) -> None:
        runs = [curve for seeds in curves.values() for curve in seeds.values()]
        self.figure = figure_name(figure)
        self.y = domain_around([height for curve in runs for height in curve.heights], room=0.04, least=4.0)
        self.answers = _domain([float(size) for curve in runs for size in curve.answers])
        self.minutes = _domain([minute for curve in runs for minute in curve.minutes])

    def charts(self, lines: Sequence[tuple[str, str, str, Curves]], *, by_minutes: bool) -> list[Drawn]:
        by_answers = self._chart(lines, "answers", self.answers)
        return [by_answers, self._chart(lines, "minutes", self.minutes)] if by_minutes else [by_answers]

    def _chart(self, lines: Sequence[tuple[str, str, str, Curves]], by: str, x_domain: tuple[float, float]) -> Drawn:
        faint = [each for name, colour, _, seeds in lines for each in _of_seeds(name, colour, seeds, by)]
        means = [_of_means(name, colour, dash, levels_of(seeds), by) for name, colour, dash, seeds in lines]
        title = f"{capitalised(self.figure)}, in percent, by {by}"
        described = "; ".join(
            f"{line.name}: from {number(line.dots[0].y)} to {number(line.dots[-1].y)}" for line in means
        )
        chart = Chart(
            title,
            by,
            (*faint, *means),
            described=f"{title}. {described}.",
            x_domain=x_domain,
            x_is_logarithmic=x_domain[0] > 0,
            y_domain=self.y,
        )
        return Drawn(title, *(draw(chart, width=width, height=HEIGHT) for width in (WIDE, NARROW)))


def _domain(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of an axis of x; a little room where all values are one."""
    low, high = min(values), max(values)
    return (low, high) if low < high else (0.8 * low, 1.25 * high or 1.0)


def _of_seeds(name: str, colour: str, seeds: Curves, by: str) -> list[Line]:
    return [
        Line(
            name,
            colour,
            tuple(Dot(x, y) for x, y in zip(_places(curve, by), curve.heights, strict=True)),
            is_faint=True,
            has_points=False,
            is_named=False,
            description=f"{name}, seed {seed}: from {number(curve.heights[0])} to {number(curve.heights[-1])}",
        )
        for seed, curve in seeds.items()
        if len(curve.answers) > 1
    ]


def _places(curve: Curve, by: str) -> Sequence[float]:
    return [float(size) for size in curve.answers] if by == "answers" else curve.minutes


def _of_means(name: str, colour: str, dash: str, levels: Sequence[Level], by: str) -> Line:
    dots = tuple(
        Dot(
            float(level.answers) if by == "answers" else level.minutes,
            level.mean,
            description=f"{name}, {counted(level.answers, 'answer')}, {number(level.minutes)} minutes: "
            f"{number(level.mean)} ± {number(level.deviation)}, {counted(level.seeds, 'seed')}",
        )
        for level in levels
    )
    return Line(name, colour, dots, dash=dash, is_named=False)

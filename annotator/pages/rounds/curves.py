"""The chart of all rounds: a figure by answers or by minutes of work, one line for each loss, twins dashed."""

from collections.abc import Mapping, Sequence

import streamlit as st

from annotator.charts.parts import DASHED, Chart, Dot, Line, colours_for
from annotator.pages.chart import show_chart
from annotator.rounds.measuring.bought_figures import unit_of
from annotator.rounds.measuring.charted import Curve, RoundPoint, curves, measuring_sets
from annotator.rounds.measuring.measured import Measured
from annotator.rounds.overview import RoundsOverview
from annotator.wording import counted, from_to, number

FIGURES = ("accuracy", "macro_f1", "average_precision", "share_marked", "delta_tpr")
_BY_ANSWERS, _BY_MINUTES = "answers", "minutes of work"
_HEAD = ("round", "learned from", "answers", "minutes", "value", "low", "high", "sentences", "split")


def draw(
    now: RoundsOverview, measured: Mapping[int, Measured | None], minutes: Mapping[int, float | None], *, width: int
) -> None:
    """Draw the chart in its card, once a round was measured."""
    if not any(measured.values()):
        return
    with st.container(border=True, key="round-chart"):
        with st.container(horizontal=True, vertical_alignment="center", key="chart-choices"):
            figure = st.selectbox(
                "Figure", FIGURES, format_func=unit_of, label_visibility="collapsed", key="chart-figure"
            )
            by = st.segmented_control(
                "By", (_BY_ANSWERS, _BY_MINUTES), default=_BY_ANSWERS, label_visibility="collapsed", key="chart-by"
            )
        found = curves(now, figure, measured=measured, minutes=minutes)
        by_minutes = by == _BY_MINUTES
        shown = _with_minutes(found) if by_minutes else found
        if not shown:
            st.caption(_nothing(by_minutes))
            return
        chart = chart_of(shown, figure, by_minutes=by_minutes)
        name = f"{figure.replace('_', '-')}-by-{'minutes' if by_minutes else 'answers'}"
        show_chart(chart, head=_HEAD, rows=_rows(shown), file_name=name, width=width, key="curves")


def _nothing(by_minutes: bool) -> str:
    if by_minutes:
        return "How long the answers took is not known: most were imported. Choose *answers*."
    return "No round was measured by this figure."


def _with_minutes(found: Sequence[Curve]) -> list[Curve]:
    timed = [
        Curve(curve.loss, curve.is_twin, tuple(each for each in curve.points if each.point.minutes is not None))
        for curve in found
    ]
    return [curve for curve in timed if curve.points]


def chart_of(found: Sequence[Curve], figure: str, *, by_minutes: bool) -> Chart:
    """Return the chart of these curves; a line that was broken keeps its colour, and its last piece has the name."""
    colours = colours_for(sorted({curve.loss for curve in found if not curve.is_twin}))
    last = {(curve.loss, curve.is_twin): curve for curve in found}
    lines = tuple(
        Line(
            name=f"twin: {curve.loss}" if curve.is_twin else curve.loss,
            colour="quiet" if curve.is_twin else colours[curve.loss],
            dots=tuple(_dot(each, by_minutes=by_minutes) for each in curve.points),
            dash=DASHED if curve.is_twin else "",
            is_named=last[curve.loss, curve.is_twin] is curve,
        )
        for curve in found
    )
    by = _BY_MINUTES if by_minutes else _BY_ANSWERS
    title = f"{_capitalised(unit_of(figure))} by {by}"
    return Chart(title, by, lines, caption=_caption(found, figure, by), described=_described(found, title), y_digits=0)


def _dot(each: RoundPoint, *, by_minutes: bool) -> Dot:
    estimate, interval = each.point.estimate, each.point.estimate.interval
    x = (each.point.minutes or 0.0) if by_minutes else float(each.point.answers)
    description = f"Round {each.name}: {number(estimate.value)}"
    if interval is None:
        return Dot(x, estimate.value, description=description)
    description += f", interval {from_to(interval.low, interval.high)}"
    return Dot(x, estimate.value, interval.low, interval.high, description)


def _caption(found: Sequence[Curve], figure: str, by: str) -> str:
    sets = measuring_sets(found)
    broken = " The lines are broken where the measuring set changed." if len(sets) > 1 else ""
    twins = " Dashed: the twins, trained on the same answers without the marks." if _has_twins(found) else ""
    return (
        f"{_capitalised(unit_of(figure))} in percent, by {by}, on {' and then '.join(sets)}. "
        f"Bands and bars: 95 % bootstrap interval of each model alone, over sentences, not over seeds.{twins}{broken}"
    )


def _capitalised(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _has_twins(found: Sequence[Curve]) -> bool:
    return any(curve.is_twin for curve in found)


def _described(found: Sequence[Curve], title: str) -> str:
    lines = [
        f"{'twin, ' if curve.is_twin else ''}{curve.loss}: from {number(curve.points[0].point.estimate.value)} "
        f"to {number(curve.points[-1].point.estimate.value)} over {counted(len(curve.points), 'round')}"
        for curve in found
    ]
    return f"{title}. {'; '.join(lines)}."


def _rows(found: Sequence[Curve]) -> list[list[str]]:
    return [_row(each) for curve in found for each in curve.points]


def _row(each: RoundPoint) -> list[str]:
    estimate = each.point.estimate
    low, high = (estimate.interval.low, estimate.interval.high) if estimate.interval else (None, None)
    figures = [number(value) for value in (each.point.minutes, estimate.value, low, high)]
    return [each.name, each.point.loss, str(each.point.answers), *figures, str(estimate.sentences), each.split]

"""The card of the round at work, and the lines of those that wait."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from annotator.charts.drawing import draw as draw_chart
from annotator.charts.parts import DASHED, Chart, Dot, Line
from annotator.charts.scales import domain_up_to
from annotator.pages.frame import Here
from annotator.pages.round_sheet import live_card
from annotator.pages.rounds import actions
from annotator.rounds.live import answers_too_late, steps_of, title_of, watch
from annotator.wording import number
from db.answers.annotations import count_answers_after
from db.learning.round_records import ProgressRow, Round
from db.learning.rounds import progress as progress_of
from db.store import Store, now_ms

POLL_S = 1.0

_ABOUT_ACCURACY = "Dashed: accuracy on dev, for which the full height is 100 %."
_WIDTH, _HEIGHT = 320, 208  # of which the plot has 160


def draw(here: Here, store: Store, working: Round) -> None:
    """Draw the card of the round at work."""
    progress = progress_of(store, working.id)
    shown = watch(working, progress, now_ms=now_ms())
    late = 0 if working.is_companion else count_answers_after(store, working.last_annotation or 0)
    with st.container(border=True, key="round-working"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(shown.title, anchor=False)
            st.button("Cancel", on_click=actions.cancel, args=(here, working.id), disabled=working.cancel_requested)
        chart = losses(progress)
        drawn = {
            "headline": shown.headline,
            "done": shown.done,
            "facts": shown.facts,
            "loading": shown.loading_s,
            "late": answers_too_late(late),
            "about": "" if chart is None else chart.caption,
            "plot": None if chart is None else draw_chart(chart, width=_WIDTH, height=_HEIGHT),
        }
        live_card(drawn, key="live")


def draw_waiting(here: Here, waits: Round) -> None:
    """Draw a line about a round that waits for its turn."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"round-waits-{waits.name}"):
        st.text(f"{title_of(waits)} waits for its turn.")
        st.button("Cancel", on_click=actions.cancel, args=(here, waits.id), key=f"cancel-{waits.name}")


def losses(progress: Sequence[ProgressRow]) -> Chart | None:
    """Return the chart of both losses and of dev accuracy, by step; None while there is nothing to draw.

    The steps that there will be, and a round number above the highest loss, are the ends of the axes: they stay.
    Dev accuracy, from 0 to 100 %, is drawn over the whole height.
    """
    steps = steps_of(progress)
    values = [value for row in steps for value in (row.label_loss, row.saliency_loss) if value is not None]
    if not values:
        return None
    top = domain_up_to(max(values))[1]
    accuracy = [(row.step, row.dev_accuracy) for row in steps]
    lines = (
        _line("label loss", "teal", [(row.step, row.label_loss) for row in steps], digits=2),
        _line("saliency loss", "amber", [(row.step, row.saliency_loss or None) for row in steps], digits=2),
        replace(_line("dev accuracy", "quiet", accuracy, digits=1, unit=" %", height=top / 100), dash=DASHED),
    )
    drawn = tuple(line for line in lines if line.dots)
    return Chart(
        "Losses and dev accuracy by step",
        "step",
        drawn,
        caption=_ABOUT_ACCURACY if lines[-1].dots else "",
        described=f"Losses and dev accuracy by step: {'; '.join(line.name for line in drawn)}.",
        x_domain=(0, float(max(steps[-1].steps_total, 1))),
        y_domain=(0, top),
        y_digits=2 if top < 1 else 1,
    )


def _line(
    name: str,
    colour: str,
    values: Sequence[tuple[int, float | None]],
    *,
    digits: int,
    unit: str = "",
    height: float = 1.0,
) -> Line:
    """Return the line of these values by step, named with the last of them; each is drawn `height` times as high."""
    known = [(step, value) for step, value in values if value is not None]
    dots = tuple(Dot(float(step), value * height) for step, value in known)
    return Line(f"{name} {number(known[-1][1], digits)}{unit}" if known else name, colour, dots, has_points=False)

"""The charts of the Rounds page, made with Altair from rounds and progress rows."""

from collections.abc import Iterable, Sequence

import altair as alt
import pandas as pd

from annotator.wording import headline
from db.records import ProgressRow, Round

TEAL = "#2F8F98"
AMBER = "#B8831A"
GREY = "#8A9096"
_MOST_POINTS = 200
_SOLID = [1, 0]

_FIGURES = {
    "f1": ("F1", TEAL, _SOLID),
    "saliency_accuracy_word": ("saliency right on marked words", AMBER, _SOLID),
    "saliency_accuracy_word_unmarked": ("positive on unmarked words", GREY, [5, 4]),
}


def figures_by_round(rounds: Iterable[Round]) -> alt.Chart | None:
    """Draw F1, saliency accuracy and its complement by round; None before the first ready round."""
    rows = [
        {"round": one.id, "figure": name, "percent": headline(one)[1][key], "split": headline(one)[0]}
        for one in rounds
        for key, (name, _, _) in _FIGURES.items()
        if headline(one)[1].get(key) is not None
    ]
    if not rows:
        return None
    table = pd.DataFrame(rows)
    names, colours, dashes = zip(*_FIGURES.values(), strict=True)
    chart: alt.Chart = (
        alt.Chart(table)
        .mark_line(point=alt.OverlayMarkDef(size=55), strokeWidth=2)
        .encode(
            x=alt.X("round:O", title="round", axis=alt.Axis(labelAngle=0)),
            y=alt.Y(
                "percent:Q",
                title=None,
                scale=alt.Scale(domain=[0, 100]),
                axis=alt.Axis(format=".0f", labelExpr="datum.label + ' %'"),
            ),
            color=_colours(names, colours),
            strokeDash=alt.StrokeDash("figure:N", scale=alt.Scale(domain=names, range=dashes), legend=None),
            tooltip=["round", "figure", alt.Tooltip("percent", format=".1f"), "split"],
        )
        .properties(height=340, background="transparent")
    )
    return chart


def losses_by_step(progress: Sequence[ProgressRow]) -> alt.Chart | None:
    """Draw both parts of the loss by step; None while there is nothing to draw."""
    thinned = progress[:: max(1, len(progress) // _MOST_POINTS)]
    rows = [
        {"step": row.step, "loss": name, "value": value}
        for row in thinned
        for name, value in (("label loss", row.label_loss), ("saliency loss", row.saliency_loss))
        if value is not None
    ]
    if not rows:
        return None
    chart: alt.Chart = (
        alt.Chart(pd.DataFrame(rows))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("step:Q", title="step"),
            y=alt.Y("value:Q", title=None),
            color=alt.Color(
                "loss:N",
                scale=alt.Scale(domain=["label loss", "saliency loss"], range=[TEAL, AMBER]),
                legend=_legend(),
            ),
        )
        .properties(height=200, background="transparent")
    )
    return chart


def _colours(names: Sequence[str], colours: Sequence[str]) -> alt.Color:
    return alt.Color(
        "figure:N",
        scale=alt.Scale(domain=list(names), range=list(colours)),
        legend=_legend(),
    )


def _legend() -> alt.Legend:
    # One below the other, so that a phone shows them whole.
    return alt.Legend(orient="top", title=None, symbolType="stroke", labelLimit=300, columns=1)

"""Line charts as SVG: on the page, in words for screen readers, and to download as SVG, PNG or CSV.

It is our own components-v2 component. `annotator/charts` writes the SVG, and what comes from people is text in it; no
figure is computed here.
"""

import csv
import io
from collections.abc import Sequence

from streamlit.components.v2 import component

from annotator.charts import styles
from annotator.charts.drawing import draw
from annotator.charts.parts import Chart
from annotator.pages import browser_files

WIDE, NARROW, HEIGHT = 560, 330, 260


def script() -> str:
    """Return the module that the browser runs."""
    return browser_files.script("chart/chart.js")


_mount = component(
    "whylight_chart",
    css=styles() + "".join(browser_files.read(each) for each in ("chart/chart.css", "touch.css")),
    js=script(),
)


def show_chart(
    chart: Chart, *, head: Sequence[str], rows: Sequence[Sequence[str]], file_name: str, width: int = WIDE, key: str
) -> None:
    """Draw a chart with its caption, its numbers as a table, and its downloads."""
    data = {
        "wide": draw(chart, width=width, height=HEIGHT),
        "narrow": draw(chart, width=NARROW, height=HEIGHT),
        "print": draw(chart, width=720, height=400, for_print=True),
        "caption": chart.caption,
        "head": list(head),
        "rows": [list(row) for row in rows],
        "csv": _csv(chart.caption, head, rows),
        "name": file_name,
    }
    _mount(key=key, data=data)


def _csv(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the numbers with the caption as a comment before them, for example for pandas' `comment="#"`."""
    written = io.StringIO()
    written.write(f"# {caption}\n")
    csv.writer(written, lineterminator="\n").writerows([head, *rows])
    return written.getvalue()

"""The figure of the README: accuracy by answers, with marks and with labels only, a chart for each set."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean, stdev
from xml.etree.ElementTree import Element, SubElement, fromstring, register_namespace, tostring

from annotator.charts.drawing import PAPER, draw
from annotator.charts.parts import DASHED, Chart, Dot, Line
from evidence.found import Arm, Found
from evidence.marks_saved import sizes_of
from evidence.protocol import MARKS, NAMES, SETS
from learner.loss_names import NO_LOSS

WIDTH, HEIGHT, TITLE, APART = 430, 240, 34, 18
_SVG = "http://www.w3.org/2000/svg"
_STYLES = {"labels only": (NO_LOSS, "quiet", DASHED), "with marks": (MARKS, "teal", "")}
_DARK = Path(__file__).with_suffix(".css")


def draw_figure(found: Found) -> str:
    """Return the charts as one SVG document, two in a row; those of sets without trials are left out.

    Lines are means over seeds, bands one standard deviation to either side. It suits light and dark pages, and paper.
    """
    charts = [fromstring(drawn) for drawn in _charts(found)]
    register_namespace("", _SVG)
    rows = -(-len(charts) // 2)
    whole = Element(
        f"{{{_SVG}}}svg", {"viewBox": f"0 0 {2 * WIDTH} {rows * (HEIGHT + TITLE + APART) - APART}", "role": "img"}
    )
    whole.set("aria-label", "Accuracy by answers, with marks and with labels only")
    SubElement(whole, f"{{{_SVG}}}rect", {"width": "100%", "height": "100%", "fill": PAPER})
    SubElement(whole, f"{{{_SVG}}}style").text = _DARK.read_text(encoding="utf-8")
    for place, chart in enumerate(charts):
        row, column = divmod(place, 2)
        chart.attrib |= {"x": str(column * WIDTH), "y": str(row * (HEIGHT + TITLE + APART))}
        whole.append(chart)
    return tostring(whole, encoding="unicode") + "\n"


def _charts(found: Found) -> Iterator[str]:
    for data in SETS:
        lines = tuple(line for name in _STYLES if (line := _line(found, data, name)).dots)
        if lines:
            title = f"{NAMES[data][0].upper()}{NAMES[data][1:]}: accuracy on {found.split}, per cent"
            described = "; ".join(f"{line.name}: from {line.dots[0].y:.1f} to {line.dots[-1].y:.1f}" for line in lines)
            chart = Chart(title, "answers", lines, described=f"{title}. {described}.", x_is_logarithmic=True)
            yield draw(chart, width=WIDTH, height=HEIGHT, for_print=True)


def _line(found: Found, data: str, name: str) -> Line:
    loss, colour, dash = _STYLES[name]
    values = {size: found.values(Arm(data, loss), "accuracy", size) for size in sizes_of(data)}
    dots = tuple(_dot(size, list(of.values())) for size, of in values.items() if of)
    return Line(name, colour, dots, dash=dash)


def _dot(size: int, values: Sequence[float]) -> Dot:
    mean = fmean(values)
    if len(values) == 1:
        return Dot(float(size), mean)
    return Dot(float(size), mean, mean - stdev(values), mean + stdev(values))

"""Draw a line chart as SVG: what the page shows is what a person downloads.

Every mark has its colour for paper as an attribute; on the page `lines.css` replaces it by class, for light and dark.
Text is escaped by the XML writer, so a name from outside stays text.
"""

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from statistics import fmean
from textwrap import wrap
from xml.etree.ElementTree import Element, SubElement, tostring

from annotator.charts.parts import COLOURS, Chart, Line
from annotator.charts.scales import LogScale, Scale, domain_around, spread

INK, HAIRLINE, PAPER = "#24313a", "#e2dfd7", "#ffffff"

_FONT = "Inter, system-ui, sans-serif"
_SIZE, _LINE = 12, 15
_LETTER = 6.3  # the mean width of a letter of this size
_LABELS_APART = 14
_TICKS = 5


def draw(chart: Chart, *, width: int, height: int, for_print: bool = False) -> str:
    """Return the chart as an SVG document; `for_print` has the title, the caption and a white ground."""
    caption = wrap(chart.caption, int((width - 20) / _LETTER)) if for_print else []
    above, below = (34 if for_print else 0), len(caption) * _LINE + (10 if caption else 0)
    full = height + above + below
    svg = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width} {full}", "role": "img"})
    svg.attrib |= {"width": str(width), "height": str(full), "font-family": _FONT, "font-size": str(_SIZE)}
    svg.set("aria-label", chart.described or chart.title)
    if for_print:
        SubElement(svg, "rect", {"width": "100%", "height": "100%", "fill": PAPER})
        _text(svg, 10, 21, chart.title, colour=INK, size=14, weight="600")
    plot = SubElement(svg, "g", {"transform": f"translate(0 {above})"})
    _Drawing(chart, plot, width, height).draw()
    for row, words in enumerate(caption):
        _text(svg, 10, above + height + 18 + row * _LINE, words, colour=COLOURS["quiet"])
    return tostring(svg, encoding="unicode")


class _Drawing:
    """The plot of one chart, in a box of this size."""

    def __init__(self, chart: Chart, into: Element, width: int, height: int) -> None:
        self.chart, self.into = chart, into
        self.named = [line for line in chart.lines if line.is_named and line.dots]
        left = 12 + _LETTER * max(len(_number(tick, chart.y_digits)) for tick in self._y(height).ticks(_TICKS))
        right = min(0.42 * width, 14 + _LETTER * max((len(line.name) for line in self.named), default=0))
        scale = LogScale if chart.x_is_logarithmic else Scale
        self.x: Scale = scale(*self._x_domain(), left + 6, width - right)
        self.y = self._y(height)
        self.ends = (left, width - right)

    def _y(self, height: int) -> Scale:
        return Scale(*self._y_domain(), height - 38, 10)

    def _x_domain(self) -> tuple[float, float]:
        values = [dot.x for line in self.chart.lines for dot in line.dots]
        return self.chart.x_domain or domain_around(values, room=0.0, least=max(1.0, max(values) * 0.05))

    def _y_domain(self) -> tuple[float, float]:
        values = [
            v for line in self.chart.lines for dot in line.dots for v in (dot.y, dot.low, dot.high) if v is not None
        ]
        return self.chart.y_domain or domain_around(values, least=4.0)

    def draw(self) -> None:
        self._draw_axes()
        for line in self.chart.lines:
            _draw_band(self.into, line, self.x, self.y)
        for line in self.chart.lines:
            _draw_line(self.into, line, self.x, self.y)
        self._draw_names()

    def _draw_axes(self) -> None:
        first, last = self.ends
        for tick in self.y.ticks(_TICKS):
            at = self.y.at(tick)
            _path(self.into, f"M{first:.1f} {at:.1f}H{last:.1f}", "line", {"stroke": HAIRLINE})
            _text(self.into, first - 6, at + 4, _number(tick, self.chart.y_digits), anchor="end")
        for tick in self._x_ticks():
            _text(
                self.into,
                self.x.at(tick),
                self.y.start + 18,
                _number(tick, 0 if tick >= 1 or not tick else 1),
                anchor="middle",
            )
        _text(self.into, (first + last) / 2, self.y.start + 34, self.chart.x_name, anchor="middle")

    def _end(self, line: Line) -> float:
        return fmean(self.y.at(dot.y) for dot in line.dots if dot.x == line.dots[-1].x)

    def _x_ticks(self) -> list[float]:
        values = {dot.x for line in self.chart.lines for dot in line.dots}
        if len(values) == 1 and self.chart.x_domain is None:
            return list(values)
        apart = 45 if self.chart.x_is_logarithmic else 90
        return self.x.ticks(max(2, int((self.ends[1] - self.ends[0]) / apart)))

    def _draw_names(self) -> None:
        ends = [self._end(line) for line in self.named]
        places = spread(ends, apart=_LABELS_APART, low=self.y.end + 4, high=self.y.start - 2)
        for line, place in zip(self.named, places, strict=True):
            _text(self.into, self.ends[1] + 10, place + 4, line.name, colour=COLOURS[line.colour], of_class=line.colour)


def _draw_band(into: Element, line: Line, x: Scale, y: Scale) -> None:
    """Draw the intervals: as a band over all values of x, or as a bar for each dot if there is only one."""
    measured = [
        (x.at(dot.x), y.at(dot.low), y.at(dot.high))
        for dot in line.dots
        if dot.low is not None and dot.high is not None
    ]
    levels = [(at, [(low, high) for _, low, high in same]) for at, same in groupby(measured, key=itemgetter(0))]
    if len(levels) == 1:
        for at, low, high in measured:
            bar = f"M{at - 4:.1f} {low:.1f}h8M{at - 4:.1f} {high:.1f}h8M{at:.1f} {low:.1f}V{high:.1f}"
            _path(into, bar, line.colour, {"stroke": COLOURS[line.colour]})
    elif levels:
        # Pixels count downwards: the highest value is the smallest.
        upper = [(at, min(high for _, high in ends)) for at, ends in levels]
        lower = [(at, max(low for low, _ in ends)) for at, ends in levels]
        band = f"M{_joined([*upper, *reversed(lower)])}Z"
        attributes = {"d": band, "class": f"{line.colour} band", "fill": COLOURS[line.colour], "fill-opacity": "0.12"}
        SubElement(into, "path", attributes)


def _draw_line(into: Element, line: Line, x: Scale, y: Scale) -> None:
    """Draw the line through the dots; where several have the same x, through their mean."""
    places = [(x.at(dot.x), y.at(dot.y)) for dot in line.dots]
    means = [(at, fmean(level for _, level in same)) for at, same in groupby(places, key=itemgetter(0))]
    if len(means) > 1:
        drawn = _path(into, f"M{_joined(means)}", line.colour, _style_of(line))
        if line.description:
            SubElement(drawn, "title").text = line.description
    if line.has_points or len(means) == 1:
        for (at, level), dot in zip(places, line.dots, strict=True):
            attributes = {"cx": f"{at:.1f}", "cy": f"{level:.1f}", "r": "4", "class": f"{line.colour} dot"}
            circle = SubElement(into, "circle", attributes | {"fill": COLOURS[line.colour]})
            if dot.description:
                SubElement(circle, "title").text = dot.description


def _style_of(line: Line) -> dict[str, str]:
    width = {"stroke-width": "1", "stroke-opacity": "0.3"} if line.is_faint else {"stroke-width": "2"}
    dash = {"stroke-dasharray": line.dash} if line.dash else {}
    return {"stroke": COLOURS[line.colour], **width, "stroke-linejoin": "round", **dash}


def _joined(places: Iterable[tuple[float, float]]) -> str:
    return "L".join(f"{at:.1f} {level:.1f}" for at, level in places)


def _path(into: Element, shape: str, of_class: str, style: dict[str, str]) -> Element:
    return SubElement(into, "path", {"d": shape, "class": of_class, "fill": "none", **style})


def _text(
    into: Element,
    x: float,
    y: float,
    words: str,
    *,
    colour: str = COLOURS["quiet"],
    of_class: str = "quiet",
    anchor: str = "start",
    size: int = _SIZE,
    weight: str = "400",
) -> None:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "class": of_class}
    text = SubElement(into, "text", place | {"fill": colour, "font-size": str(size), "font-weight": weight})
    text.text = words


def _number(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}".replace("-", "−")

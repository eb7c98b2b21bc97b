"""The parts of a line chart, and the colours of its lines."""

from collections.abc import Sequence
from dataclasses import dataclass

COLOURS = {
    "teal": "#1f6f78",
    "amber": "#8a5a00",
    "plum": "#7a4b8c",
    "rust": "#97472a",
    "quiet": "#59646b",
}
"""The lines' colours on paper; `lines.css` has those of the page."""


DASHED = "5 4"


@dataclass(frozen=True)
class Dot:
    """One measured value, with its interval."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    description: str = ""
    """The text of its tooltip, which screen readers read too."""


@dataclass(frozen=True)
class Line:
    """One line of a chart."""

    name: str
    colour: str
    dots: tuple[Dot, ...]
    """In the order of x."""
    dash: str = ""
    """The pattern of its dashes, as SVG writes it; none if empty."""
    is_faint: bool = False
    """Whether it is one of many like it: thin and pale."""
    description: str = ""
    """The text of the whole line's tooltip."""
    has_points: bool = True
    is_named: bool = True
    """Whether its name is at its end; later pieces of a broken line carry it alone."""


@dataclass(frozen=True)
class Chart:
    """A chart of lines; `title` and `caption` are drawn only where it is on its own, in a file."""

    title: str
    x_name: str
    lines: tuple[Line, ...]
    caption: str = ""
    described: str = ""
    """The same in words, for people who cannot see it."""
    x_domain: tuple[float, float] | None = None
    y_domain: tuple[float, float] | None = None
    y_digits: int = 0
    x_is_logarithmic: bool = False
    """Whether each doubling of x, which is above 0, is as wide as any other."""


def colours_for(names: Sequence[str]) -> dict[str, str]:
    """Return a colour for each name; from the sixth on they come again, and the names at the lines tell them apart."""
    cycle = list(COLOURS)
    return {name: cycle[place % len(cycle)] for place, name in enumerate(names)}

"""Line charts as SVG, for the pages and for reports: their parts, their scales, their drawing and their colours.

A chart gets its numbers from its caller: no project or file is read here. `pages/chart` puts it on a page.
"""

from importlib.resources import files


def styles() -> str:
    """Return the colours of the lines for light and dark; `--teal`, `--quiet` and `--line` are the page's own."""
    return _sheet("lines.css")


def value_styles() -> str:
    """Return the form of a large value above charts; `--serif` and `--quiet` are the page's own."""
    return _sheet("values.css")


def _sheet(name: str) -> str:
    return files("annotator.charts").joinpath(name).read_text(encoding="utf-8")

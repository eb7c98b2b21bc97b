"""Line charts as SVG, for the pages and for reports: their parts, their scales, their drawing and their colours."""

from importlib.resources import files


def styles() -> str:
    """Return the colours of the lines for light and dark; `--teal`, `--quiet` and `--line` are the page's own."""
    return files("annotator.charts").joinpath("lines.css").read_text(encoding="utf-8")

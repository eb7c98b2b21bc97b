"""The contrast of every pair of colours that the pages put together, by WCAG 2.2, in both themes.

The colours are read from the style sheets and from Streamlit's settings as they are shipped.
"""

import re
from importlib.resources import files
from itertools import product

import pytest

from annotator import word_marker
from annotator.serving import LOOK

Colour = tuple[float, float, float, float]
THEMES = ("light", "dark")
TEXT, SHAPE = 4.5, 3.0
"""WCAG 1.4.3 for text, 1.4.11 for what is no text but means something."""

SHEETS = {
    "marker": word_marker.read("marks.css"),
    "frame": files("annotator.pages").joinpath("frame.css").read_text(encoding="utf-8"),
}


def colours(sheet: str, theme: str) -> dict[str, Colour]:
    """The variables of a style sheet, as that theme has them."""
    pattern = r"--([a-z-]+): light-dark\(((?:[^()]|\([^()]*\))*?), ((?:[^()]|\([^()]*\))*)\)"
    pairs = {name: (light, dark) for name, light, dark in re.findall(pattern, SHEETS[sheet])}
    return {name: parse(pair[THEMES.index(theme)]) for name, pair in pairs.items()}


def parse(written: str) -> Colour:
    if written.startswith("#"):
        red, green, blue = (int(written[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return red, green, blue, 1.0
    red, green, blue, alpha = map(float, re.findall(r"[\d.]+", written))
    return red / 255, green / 255, blue / 255, alpha


def over(front: Colour, back: Colour, share: float = 1.0) -> Colour:
    """What is seen of a colour of which only `share` is painted, in front of an opaque one."""
    alpha = front[3] * share
    red, green, blue = (alpha * f + (1 - alpha) * b for f, b in zip(front[:3], back[:3], strict=True))
    return red, green, blue, 1.0


def contrast(first: Colour, second: Colour) -> float:
    bright, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: Colour) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_contrast_is_as_the_standard_says() -> None:
    assert contrast(parse("#ffffff"), parse("#000000")) == pytest.approx(21)
    assert contrast(parse("#777777"), parse("#ffffff")) == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize(("theme", "sheet"), [*product(THEMES, SHEETS)])
@pytest.mark.parametrize("back", ["ground", "card"])
@pytest.mark.parametrize("front", ["ink", "quiet", "teal"])
def test_text_can_be_read_on_page_and_card(theme: str, sheet: str, front: str, back: str) -> None:
    now = colours(sheet, theme)
    assert contrast(now[front], now[back]) >= TEXT


@pytest.mark.parametrize("theme", THEMES)
def test_the_primary_button_can_be_read(theme: str) -> None:
    now = colours("marker", theme)
    assert contrast(now["on-teal"], now["teal"]) >= TEXT


@pytest.mark.parametrize(("theme", "amber", "step"), [*product(THEMES, ("amber", "faint-amber"), range(1, 6))])
def test_words_and_marks_can_be_told_on_every_step_of_shading(theme: str, amber: str, step: int) -> None:
    now = colours("marker", theme)
    shaded = over(now[amber], now["ground"], step / 5)
    assert contrast(now["ink"], shaded) >= TEXT
    assert contrast(now["teal"], shaded) >= SHAPE, "the ring and the bar of a mark"
    assert contrast(now["quiet"], shaded) >= SHAPE, "the line through a word that must not matter, and the focus"


@pytest.mark.parametrize("theme", THEMES)
def test_streamlit_wears_the_same_colours(theme: str) -> None:
    now = colours("frame", theme)
    worn = {"primaryColor": "teal", "backgroundColor": "ground", "textColor": "ink", "linkColor": "teal"}
    for option, name in worn.items():
        assert parse(str(LOOK[f"theme.{theme}.{option}"])) == now[name]
    second = parse(str(LOOK[f"theme.{theme}.secondaryBackgroundColor"]))
    assert contrast(now["ink"], second) >= TEXT

"""Everything that is drawn has enough contrast with its background (WCAG 2.2 AA), in the light and the dark theme."""

import re
from importlib.resources import files
from itertools import product
from xml.etree.ElementTree import fromstring

import pytest

from annotator.charts import styles
from annotator.charts.drawing import INK, PAPER, draw
from annotator.charts.parts import COLOURS, DASHED, Chart, Dot, Line
from annotator.pages import frame
from annotator.pages.web_options import LOOK
from annotator.pages.word_marker import style
from annotator.project.labels import COLOURS as LABEL_COLOURS

MARKS, LINES = "word_marker/marks.css", styles()
SHEET = {
    name: files("annotator.pages").joinpath(name).read_text(encoding="utf-8")
    for name in (
        *(MARKS, "reader/reader.css", "review_sheet/review.css", "pair_sheet/pairs.css"),
        *("pair_sheet/underlined.css", "try_it/try_it.css"),
        *("word_table/word_table.css", "word_sentences/word_sentences.css", "chart/chart.css"),
        *("round_sheet/rounds.css", "buttons.css"),
    )
}
REPORT = files("annotator.simulation.report").joinpath("page.css").read_text(encoding="utf-8")
MARKER = style()
FRAME = frame.style()
SHEETS = MARKER + FRAME + LINES + "".join(SHEET.values())
THEMES = ("light", "dark")
TEXT, SHAPE = 4.5, 3.0

Colour = tuple[float, float, float, float]
both_themes = pytest.mark.parametrize("theme", THEMES)


def declared(css: str, selector: str, name: str) -> str:
    """Return the value of a property in the first rule for that selector that sets it."""
    rules = re.findall(r"^\s*" + re.escape(selector) + r"\s*{([^}]*)}", css, re.MULTILINE)
    return next(value for rule in rules for value in re.findall(rf"(?:^|[;\s]){name}:\s*([^;]+)", rule))


def variables(css: str, selector: str, theme: str) -> dict[str, Colour]:
    (rule,) = re.findall(r"^" + re.escape(selector) + r" {([^}]*)}", css, re.MULTILINE)
    found = re.findall(r"--([\w-]+): (light-dark\(.+\));", rule)
    return {name: colour(value, theme) for name, value in found}


def colour(css: str, theme: str, known: dict[str, Colour] | None = None) -> Colour:
    """Return a CSS colour as red, green, blue (0 to 255) and alpha (0 to 1)."""
    css = css.strip().lower()
    if pair := re.fullmatch(r"light-dark\((rgb\(.+?\)|#\w+), (.+)\)", css):
        return colour(pair[1 + THEMES.index(theme)], theme)
    if name := re.fullmatch(r"var\(--([\w-]+)\)", css):
        return (known or {})[name[1]]
    if mix := re.fullmatch(r"color-mix\(in srgb, (.+) (\d+)%, transparent\)", css):
        red, green, blue, alpha = colour(mix[1], theme, known)
        return red, green, blue, alpha * int(mix[2]) / 100
    if parts := re.fullmatch(r"rgb\((\d+) (\d+) (\d+) / ([\d.]+)\)", css):
        return int(parts[1]), int(parts[2]), int(parts[3]), float(parts[4])
    assert re.fullmatch(r"#[0-9a-f]{6}", css), css
    return int(css[1:3], 16), int(css[3:5], 16), int(css[5:7], 16), 1.0


def over(front: Colour, back: Colour) -> Colour:
    alpha = front[3]
    red, green, blue = (f * alpha + b * (1 - alpha) for f, b in zip(front[:3], back[:3], strict=True))
    return red, green, blue, 1.0


def luminance(of: Colour) -> float:
    parts = [part / 255 for part in of[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def too_low(pairs: dict[str, tuple[Colour, Colour]], least: float) -> dict[str, float]:
    """Return the pairs with too little contrast, by name, with their contrast."""
    assert pairs
    return {name: round(contrast(*pair), 2) for name, pair in pairs.items() if contrast(*pair) < least}


def look(name: str, theme: str) -> Colour:
    return colour(str(LOOK[f"theme.{theme}.{name}"]), theme)


def surfaces(theme: str) -> dict[str, Colour]:
    """Return the backgrounds of text: our two, and Streamlit's two."""
    known = variables(SHEET[MARKS], ":host", theme)
    names = ("backgroundColor", "secondaryBackgroundColor")
    return {"ground": known["ground"], "card": known["card"]} | {name: look(name, theme) for name in names}


def shades(theme: str) -> dict[str, Colour]:
    """Return the background of words, unshaded and with each step of the shading, full and faint."""
    known = variables(SHEET[MARKS], ":host", theme)
    ground = known["ground"]
    steps = re.findall(r'\[data-shade="(\d)"\] { background-color: (.+); }', SHEET[MARKS])
    assert len(steps) == 5
    shaded = {"unshaded": ground}
    for name, amber in (("amber", known["amber"]), ("faint", known["faint-amber"])):
        shaded |= {f"{name} {step}": over(colour(css, theme, {"amber": amber}), ground) for step, css in steps}
    return shaded


def test_contrast_has_the_figures_of_the_standard() -> None:
    black, white, grey = colour("#000000", "light"), colour("#ffffff", "light"), colour("#767676", "light")
    assert contrast(black, white) == pytest.approx(21)
    assert contrast(grey, white) == pytest.approx(4.54, abs=0.005)
    assert over((0, 0, 0, 0.5), white)[:3] == (127.5, 127.5, 127.5)


@both_themes
def test_all_sheets_mean_the_same_by_a_colour(theme: str) -> None:
    ours = variables(SHEET[MARKS], ":host", theme)
    framed = variables(FRAME, ".stApp", theme)
    shared = {name: value for name, value in framed.items() if not name.startswith("label-")}
    assert shared == {name: ours[name] for name in shared}
    assert variables(REPORT, ":root", theme).items() <= ours.items()
    assert [look(name, theme) for name in ("backgroundColor", "textColor", "primaryColor")] == [
        ours[name] for name in ("ground", "ink", "teal")
    ]


@both_themes
def test_text_can_be_read_on_every_surface(theme: str) -> None:
    known = variables(SHEET[MARKS], ":host", theme)
    names = set(re.findall(r"[^-]color: var\(--([\w-]+)\)", SHEETS)) - {"on-teal"}
    assert {"ink", "quiet", "teal"} <= names
    texts = {name: known[name] for name in names} | {"link": look("linkColor", theme)}
    pairs = {f"{a} on {b}": (texts[a], back) for a, (b, back) in product(texts, surfaces(theme).items())}
    assert not too_low(pairs, TEXT)


@both_themes
def test_words_can_be_read_on_every_step_of_the_shading(theme: str) -> None:
    ink = variables(SHEET[MARKS], ":host", theme)["ink"]
    assert not too_low({f"ink on {name}": (ink, back) for name, back in shades(theme).items()}, TEXT)


@both_themes
def test_filled_buttons_can_be_read(theme: str) -> None:
    known = variables(SHEET[MARKS], ":host", theme)
    submit = [colour(declared(MARKER, ".bar .submit", name), theme, known) for name in ("color", "background")]
    buttons = ", ".join(f'[data-testid="stBaseButton-primary{kind}"]' for kind in ("", "FormSubmit"))
    streamlits = declared(FRAME, f":is({buttons}):not(:disabled) p", "color")
    pairs = {
        "submit": (submit[0], submit[1]),
        "primary": (colour(streamlits, theme), look("primaryColor", theme)),
    }
    assert not too_low(pairs, TEXT)


@both_themes
def test_marks_can_be_told_from_every_step_of_the_shading(theme: str) -> None:
    known = variables(SHEET[MARKS], ":host", theme)
    pairs = {}
    for mark in "+-":
        drawn = set(re.findall(r"var\(--(\w+)\)", declared(SHEET[MARKS], f'[data-mark="{mark}"]', "--ring")))
        pairs |= {f"{mark} on {name}": (known[each], back) for each in drawn for name, back in shades(theme).items()}
    assert not too_low(pairs, SHAPE)


@both_themes
def test_the_focus_and_what_asks_for_attention_can_be_seen(theme: str) -> None:
    known = variables(SHEET[MARKS], ":host", theme)
    outlines = re.findall(r"outline: \d+px \w+ ([^;]+);", SHEETS)
    assert len(outlines) >= 4
    fronts = {css: colour(css, theme, known) for css in outlines}
    backs = surfaces(theme) | shades(theme)
    assert not too_low({f"{a} on {b}": (fronts[a], backs[b]) for a, b in product(fronts, backs)}, SHAPE)


@both_themes
def test_the_chosen_label_and_the_saved_sign_can_be_seen(theme: str) -> None:
    known = variables(SHEET[MARKS], ":host", theme)
    chosen = colour(declared(MARKER, '.label[aria-checked="true"]', "border-color"), theme, known)
    saved = colour(declared(MARKER, ".saved::before", "background"), theme, known)
    pressed = colour(declared(MARKER, '.bar .mode[aria-pressed="true"]', "border-color"), theme, known)
    signs = {"chosen label": chosen, "saved": saved, "pressed": pressed}
    backs = surfaces(theme)
    assert not too_low({f"{a} on {b}": (signs[a], backs[b]) for a, b in product(signs, backs)}, SHAPE)


@both_themes
def test_the_lines_of_charts_and_their_names_can_be_read(theme: str) -> None:
    lines = {name: colour(f"var(--{name})", theme, of_charts(theme)) for name in COLOURS}
    backs = {name: surfaces(theme)[name] for name in ("ground", "card")}
    assert not too_low({f"{a} on {b}": (lines[a], backs[b]) for a, b in product(lines, backs)}, TEXT)


@both_themes
def test_every_line_and_text_of_a_drawn_chart_has_enough_contrast(theme: str) -> None:
    dots = (Dot(1, 50, 40, 60), Dot(2, 55, 45, 65))
    lines = [Line(name, name, dots, dash=dash) for name, dash in product(COLOURS, ("", DASHED))]
    one_value = [Line(name, name, dots[:1]) for name in COLOURS]  # its interval is a bar
    on_page, backs = of_charts(theme), [surfaces(theme)[name] for name in ("ground", "card")]
    pairs: dict[float, dict[str, tuple[Colour, Colour]]] = {TEXT: {}, SHAPE: {}}
    for drawn in (Chart("Accuracy", "answers", tuple(lines)), Chart("Accuracy", "answers", tuple(one_value))):
        for at, part in enumerate(fromstring(draw(drawn, width=560, height=260)).iter()):
            name, kind = part.get("class", ""), part.tag.rpartition("}")[2]
            if kind not in ("text", "path") or name == "line" or "band" in name:
                continue  # hair lines and bands only support what the lines and the texts say
            assert part.get("stroke-opacity", "1") == part.get("fill-opacity", "1") == "1"
            front = on_page[name]
            least = TEXT if kind == "text" else SHAPE
            pairs[least] |= {f"{kind} {at} {name} on {number}": (front, back) for number, back in enumerate(backs)}
    assert not too_low(pairs[TEXT], TEXT)
    assert not too_low(pairs[SHAPE], SHAPE)


def of_charts(theme: str) -> dict[str, Colour]:
    return variables(FRAME, ".stApp", theme) | variables(LINES, "svg", theme)


def test_the_colours_of_a_chart_in_a_file_can_be_read_on_paper() -> None:
    paper = colour(PAPER, "light")
    lines = {name: colour(value, "light") for name, value in (COLOURS | {"ink": INK}).items()}
    assert not too_low({name: (value, paper) for name, value in lines.items()}, TEXT)


@both_themes
def test_colours_of_labels_are_readable_and_stand_next_to_names(theme: str) -> None:
    known = variables(FRAME, ".stApp", theme)
    coloured = {name: value for name, value in known.items() if name.startswith("label-")}
    assert [name.removeprefix("label-") for name in coloured] == list(LABEL_COLOURS)
    assert too_low({name: (value, known["card"]) for name, value in coloured.items()}, TEXT) == {}

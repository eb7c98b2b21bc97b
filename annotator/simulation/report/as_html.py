"""The report as one page: no script, and nothing that comes from elsewhere."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files

from annotator.charts import styles, value_styles
from annotator.charts.parts import COLOURS
from annotator.simulation.pairing import values_of
from annotator.simulation.report.charts import Drawn, Key, Panel, panels_of
from annotator.simulation.report.gathering import Findings
from annotator.simulation.report.naming import figure_name
from annotator.simulation.report.notes import notes_of
from annotator.simulation.report.sections import FOUND, HOW, LEFT_OUT, beginning, how_it_was_computed
from annotator.simulation.report.tables import Table, tables_of
from annotator.simulation.report.wording import Finding, findings_of, summary_of


def as_html(found: Findings) -> str:
    """Return the report as a page."""
    return "\n".join(_parts(found)) + "\n"


def _parts(found: Findings) -> Iterator[str]:
    sheet = files("annotator.simulation.report").joinpath("page.css").read_text(encoding="utf-8")
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(found.title)}</title>\n<style>\n{styles()}\n{value_styles()}\n{sheet}</style>"
    yield "</head>\n<body>\n<main>"
    yield f'<h1>{escape(found.title)}</h1>\n<p class="about">{escape(beginning(found))}</p>'
    yield f"<h2>{FOUND}</h2>"
    yield _inside("div", "findings", map(_finding, findings_of(found)))
    yield f'<p class="sum">{_kept_together(summary_of(found))}</p>'
    for data in values_of("data", found.arms):
        yield f"<h2>{escape(data)}</h2>"
        yield from (_panel(panel) for panel in panels_of(found, data, found.main))
        yield from (_table(table) for table in tables_of(found, data))
        yield from (_more_curves(found, data, figure) for figure in found.figures[1:])
    yield from _list(LEFT_OUT, notes_of(found))
    yield from _list(HOW, how_it_was_computed(found))
    yield "</main>\n</body>\n</html>"


def _finding(finding: Finding) -> str:
    value = f'<p class="value"><strong>{escape(finding.value)}</strong> <span>{escape(finding.unit)}</span></p>'
    about, sentence = f"<h3>{escape(finding.about)}</h3>", f"<p>{_kept_together(finding.sentence)}</p>"
    return _inside("section", "card" if finding.is_shown else "card unsure", [about, value, sentence])


def _kept_together(sentence: str) -> str:
    """Return a sentence whose lines do not break before a percent sign or within a p-value."""
    return escape(re.sub(r" (?=%|[=<] 0)|(?<=[=<]) (?=0)", "\u00a0", sentence))


def _panel(panel: Panel) -> str:
    keys = _inside("ul", "keys", map(_key, panel.keys))
    charts = _inside("div", "charts", map(_chart, panel.charts))
    return _inside("section", "card", [f"<h3>{escape(panel.title)}</h3>", keys, charts])


def _key(key: Key) -> str:
    dash = f' stroke-dasharray="{key.dash}"' if key.dash else ""
    line = f'<path class="{key.colour}" d="M0 5H32" fill="none" stroke="{COLOURS[key.colour]}" stroke-width="2"{dash}/>'
    return f'<li><svg viewBox="0 0 32 10" aria-hidden="true">{line}</svg>{escape(key.name)}</li>'


def _chart(drawn: Drawn) -> str:
    both = f'<div class="wide">{drawn.wide}</div>\n<div class="narrow">{drawn.narrow}</div>'
    return f"<figure>\n<figcaption>{escape(drawn.title)}</figcaption>\n{both}\n</figure>"


def _more_curves(found: Findings, data: str, figure: str) -> str:
    panels = "\n".join(_panel(panel) for panel in panels_of(found, data, figure, by_minutes=False))
    return f'<details class="card"><summary>Curves of {escape(figure_name(figure))}</summary>\n{panels}\n</details>'


def _table(table: Table) -> str:
    head = _row(table.head, table.names, "th", ' scope="col"')
    rows = "\n".join(_row(row, table.names, "td", "") for row in table.rows)
    shown = f"<table>\n<thead>{head}</thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    scroll = f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(table.title)}">{shown}</div>'
    return _inside(
        "section", "card", [f"<h3>{escape(table.title)}</h3>", f'<p class="note">{escape(table.note)}</p>', scroll]
    )


def _row(cells: Sequence[str], names: int, tag: str, more: str) -> str:
    return (
        "<tr>"
        + "".join(
            f"<{tag}{more}{' class=name' if place < names else ''}>{escape(text)}</{tag}>"
            for place, text in enumerate(cells)
        )
        + "</tr>"
    )


def _list(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"<h2>{title}</h2>"
        yield _inside("ul", "", (f"<li>{escape(line)}</li>" for line in lines))


def _inside(tag: str, of_class: str, parts: Iterable[str]) -> str:
    opened = f'<{tag} class="{of_class}">' if of_class else f"<{tag}>"
    return "\n".join([opened, *parts, f"</{tag}>"])

"""Tables and sentences on one page that loads nothing from a server."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from learner.reproduction.tables import Table, about, tables_of
from learner.shading import INK, background

_HEAD = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>The paper's tables, repeated</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif }}
body {{ max-width: 72rem; margin: 3rem auto; padding: 0 1rem }}
h1, h2 {{ font-weight: 600; line-height: 1.3 }}
h2 {{ margin-top: 3rem }}
.wide {{ overflow-x: auto }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid #8884 }}
td {{ white-space: nowrap }}
tr.paper {{ opacity: .7 }}
.note {{ max-width: 46rem; opacity: .8 }}
figure {{ margin: 1.5rem 0; font: 18px/1.9 Georgia, serif }}
figcaption, .who {{ font: 14px/1.6 system-ui, sans-serif; opacity: .7 }}
figure p {{ margin: 0 }}
mark {{ color: {INK}; border-radius: 3px; padding: .1em .15em }}
u {{ text-underline-offset: .25em; text-decoration-thickness: 2px }}
</style>
"""


def page(summary: Mapping[str, Any], shown: Sequence[Mapping[str, Any]]) -> str:
    """Return the page: the tables, then sentences with each model's six most salient words shaded."""
    parts = [_HEAD, "<h1>The paper's tables, repeated</h1>"]
    parts += [f'<p class="note">{escape(line)}</p>' for line in about(summary)]
    parts += [_table(table) for table in tables_of(summary)]
    parts.append("<h2>Sentences</h2>")
    legend = "Shaded: each model's six most salient words, amber for the label. Underlined: marked by people."
    return "\n".join([*parts, f'<p class="note">{legend}</p>', *map(_figure, shown), "</html>", ""])


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    rows = "\n".join(_row(row) for row in table.rows)
    shown = f'<div class="wide"><table>\n<tr>{head}</tr>\n{rows}\n</table></div>'
    return f'<h2>{escape(table.title)}</h2>\n<p class="note">{escape(table.note)}</p>\n{shown}'


def _row(row: Sequence[str]) -> str:
    of_paper = ' class="paper"' if row[0].endswith("(paper)") else ""
    return f"<tr{of_paper}>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>"


def _figure(shown: Mapping[str, Any]) -> str:
    caption = f"{shown['data']}, {shown['why']}: {shown['category']} · gold label: {shown['label']}"
    models = "\n".join(
        f'<p dir="auto"><span class="who">{escape(name)} predicts {escape(shown[model]["says"])}</span> '
        f"{' '.join(_words(shown, model))}</p>"
        for model, name in (("untaught", "untaught"), ("taught", shown["loss"]))
    )
    return f"<figure>\n{models}\n<figcaption>{escape(caption)}</figcaption>\n</figure>"


def _words(shown: Mapping[str, Any], model: str) -> Iterator[str]:
    scores = dict(zip(shown[model]["places"], shown[model]["scores"], strict=True))
    largest = max(map(abs, scores.values()), default=0.0) or 1.0
    for place, token in enumerate(shown["tokens"]):
        word = f"<u>{escape(token)}</u>" if shown["marks"][place] == "+" else escape(token)
        if scores.get(place):
            word = f'<mark style="background:{background(scores[place] / largest)}">{word}</mark>'
        yield word

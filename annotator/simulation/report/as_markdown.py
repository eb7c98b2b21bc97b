"""The report as Markdown."""

import re
from collections.abc import Iterable, Iterator, Sequence

from annotator.simulation.pairing import values_of
from annotator.simulation.report.gathering import Findings
from annotator.simulation.report.notes import notes_of
from annotator.simulation.report.sections import FOUND, HOW, LEFT_OUT, beginning, how_it_was_computed
from annotator.simulation.report.tables import Table, tables_of
from annotator.simulation.report.wording import findings_of, summary_of

_SPECIAL = re.compile(r"([\\`*_\[\]<>&|#~])")


def as_markdown(found: Findings) -> str:
    """Return the report as Markdown; its curves are on the page."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Findings) -> Iterator[str]:
    yield from (f"# {_text(found.title)}", "", _text(beginning(found)))
    findings = [_text(finding.sentence) for finding in findings_of(found)]
    yield from _section(FOUND, [*_listed(findings), *([""] if findings else []), _text(summary_of(found))])
    for data in values_of("data", found.arms):
        yield from ("", f"## {_text(data)}")
        for table in tables_of(found, data):
            yield from _table(table)
    notes = notes_of(found)
    if notes:
        yield from _section(LEFT_OUT, _listed(map(_text, notes)))
    curves = "The curves of all seeds are on the page `report.html`, all numbers in `report.json`."
    yield from _section(HOW, [*_listed(map(_text, how_it_was_computed(found))), f"- {curves}"])


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    yield from lines


def _listed(texts: Iterable[str]) -> list[str]:
    return [f"- {text}" for text in texts]


def _table(table: Table) -> Iterator[str]:
    yield from ("", f"### {_text(table.title)}", "", _text(table.note), "")
    yield _row(table.head)
    yield f"|{'---|' * table.names}{'---:|' * (len(table.head) - table.names)}"
    yield from map(_row, table.rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_text, cells))} |"


def _text(words: str) -> str:
    """Return words as text in which nothing is markup, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(words.split()))

"""The study's one table in other pages: its place there is between two comments."""

import re
from pathlib import Path

from report_parts.sources import ReportError, Sources, Untraced

BEGIN, END = "<!-- The table that python benchmarks/report.py --table-in writes. -->", "<!-- The table's end. -->"
_PLACE = re.compile(f"{re.escape(BEGIN)}\n(.*?){re.escape(END)}", re.DOTALL)


class NoPlace(ReportError):
    """A page that does not say where the table belongs."""


def place_table(path: Path, sources: Sources) -> None:
    """Write the table into its place in a page; raise NoPlace if it has none, Untraced if there is no table."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if len(_PLACE.findall(text)) != 1:
        raise NoPlace(f"{path} has no place for the table: write the lines {BEGIN!r} and {END!r} where it belongs")
    path.write_text(with_table(text, sources), encoding="utf-8")


def with_table(text: str, sources: Sources) -> str:
    """Return a page's text with the table in its place, or as it is if it has none."""
    if not _PLACE.search(text):
        return text
    if not sources.tables.is_file():
        raise Untraced(f"{sources.tables} is missing: write it with `python benchmarks/evidence_study.py tables`")
    table = "\n".join(sources.open(sources.tables.name).find(["tables", "headline"]))
    return _PLACE.sub(lambda _: f"{BEGIN}\n\n{table}\n\n{END}", text)

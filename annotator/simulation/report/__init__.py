"""The report of a simulation: what its runs show, in plain words first, then as tables and as curves.

It gets finished runs and is the same for them in any order: no trial is run here, and no project opened.
"""

from collections.abc import Sequence
from pathlib import Path

from annotator.simulation.records import Run
from annotator.simulation.report.as_html import as_html
from annotator.simulation.report.as_json import as_json
from annotator.simulation.report.as_markdown import as_markdown
from annotator.simulation.report.gathering import gather
from db.aside import aside, put_in_place


def write_report(runs: Sequence[Run], out: Path, *, title: str) -> None:
    """Write `report.md`, `report.json` and `report.html` into a folder; the order of the runs changes nothing.

    Each arm and seed occurs once, and all runs have at least one figure in common.
    """
    found = gather(runs, title=title)
    out.mkdir(parents=True, exist_ok=True)
    texts = {"report.md": as_markdown(found), "report.json": as_json(found), "report.html": as_html(found)}
    for name, text in texts.items():
        with aside(out / name) as half:
            half.write_text(text, encoding="utf-8")
            put_in_place(half, out / name)

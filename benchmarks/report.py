"""Write the report that researchers can cite, docs/report.md, from its text and the committed files of results.

    python benchmarks/report.py
    python benchmarks/report.py --pdf build/report.pdf
    python benchmarks/report.py --table-in README.md docs/results.md

The text is in benchmarks/report_parts/text. Every number in it names the file and the field that it comes from, and a
number that names none is refused. Nothing of the evidence study is reported before `evidence_study.py tables` has
written its tables. `--table-in` puts the study's one table into other pages, between the two comments that mark its
place. The PDF is printed by Chromium, found on the path or named in $CHROMIUM.
"""

import argparse
from pathlib import Path

from report_parts.page import page
from report_parts.placing import place_table
from report_parts.sources import ROOT, ReportError, Sources

REPORT = ROOT / "docs/report.md"


def main() -> None:
    """Write the report, then its PDF and the table of other pages where they are asked for."""
    options = _parser().parse_args()
    try:
        _write(options)
    except ReportError as error:
        raise SystemExit(str(error)) from error


def _write(options: argparse.Namespace) -> None:
    sources = Sources()
    REPORT.write_text(page(sources), encoding="utf-8")
    print(f"wrote {REPORT.relative_to(ROOT)}")
    for path in options.table_in:
        place_table(path, sources)
        print(f"placed the table in {path}")
    if options.pdf is not None:
        from report_parts.pdf import write_pdf  # what drives the browser is needed for nothing else

        pages = write_pdf(REPORT, options.pdf)
        print(f"wrote {options.pdf}, {pages} pages")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--pdf", type=Path, help="the PDF to write as well")
    parser.add_argument("--table-in", type=Path, nargs="+", default=[], help="pages with a place for the study's table")
    return parser


if __name__ == "__main__":
    main()

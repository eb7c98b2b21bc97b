"""The report as a PDF: its Markdown becomes HTML, and Chromium prints that on A4 with the style of `print.css`."""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from live_pages import chromium
from markdown_it import MarkdownIt

from report_parts.sources import ROOT

_STYLE = Path(__file__).with_name("print.css")
_FONTS = ROOT / "annotator/pages/fonts"
_MARKDOWN = MarkdownIt("commonmark", {"html": True, "typographer": True}).enable(["table", "smartquotes"])
_DRAWING = re.compile(r'<img src="([^"]+\.svg)"[^>]*>')
_LOCAL_LINK = re.compile(r'<a href="(?!https?:)[^"]*">(.*?)</a>', re.DOTALL)
_PAGE = re.compile(rb"/Type\s*/Page\b")


def write_pdf(report: Path, into: Path) -> int:
    """Print a page of Markdown as a PDF, and return how many pages it has; nothing is fetched."""
    into.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        html = Path(folder) / "report.html"
        html.write_text(as_html(report.read_text(encoding="utf-8"), folder=report.parent), encoding="utf-8")
        with chromium("--allow-file-access-from-files", "--host-resolver-rules=MAP * ~NOTFOUND") as browser:
            page = browser.new_page()
            page.goto(html.as_uri())
            page.pdf(path=into, prefer_css_page_size=True, tagged=True, outline=True)
    return len(_PAGE.findall(into.read_bytes()))


def as_html(markdown: str, *, folder: Path) -> str:
    """Return a page of Markdown as HTML for print, a section for each heading.

    Drawings, found from `folder`, are part of it, so that they have its fonts. Links to other files become plain text.
    """
    (title,) = re.findall(r"^# (.+)$", markdown, re.MULTILINE)
    style = _STYLE.read_text(encoding="utf-8").replace("FONTS", _FONTS.as_uri())
    body = _LOCAL_LINK.sub(r"\1", "\n".join(_sections(markdown)))
    body = _DRAWING.sub(lambda image: (folder / image[1]).read_text(encoding="utf-8"), body)
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{style}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{body}\n</body></html>\n'


def _sections(markdown: str) -> Iterator[str]:
    for section in re.split(r"^(?=## )", markdown, flags=re.MULTILINE):
        heading = re.match(r"## (?:[\d.]+ )?(.+)", section)
        name = re.sub(r"\W+", "-", heading[1].lower()) if heading else "title"
        yield f'<section class="{name}">\n{_MARKDOWN.render(section)}</section>'

"""Every file that a docstring, a comment or a page names exists."""

import re
from collections.abc import Iterator
from pathlib import Path

from documents import ROOT, pages, sources, written_in

_NAMED = re.compile(r"(?<![\w./*{<-])((?:[\w.-]+/)*[\w-]+\.(?:py|js|css|sql))(?![\w(])")
NOT_OURS = {"numpy.py", "create_roles.py"}
"""A file in someone's folder that must not be imported, and one of another tool."""


def test_every_file_that_is_named_exists() -> None:
    ours = [f"/{path.relative_to(ROOT)}" for path in sources()]
    missing = [
        f"{path.relative_to(ROOT)} names {name}"
        for path, text in _texts()
        for name in _NAMED.findall(text)
        if name not in NOT_OURS and not any(one.endswith(f"/{name}") for one in ours)
    ]
    assert missing == []


def test_a_name_is_found_in_a_sentence_and_no_pattern_is_one() -> None:
    text = "See `tables/csv.py`, svg.js (and db/01_initial.sql); not *.py, {name}.css or numpy.pyx."
    assert _NAMED.findall(text) == ["tables/csv.py", "svg.js", "db/01_initial.sql"]


def _texts() -> Iterator[tuple[Path, str]]:
    yield from ((source, text) for source in sources() for text in written_in(source))
    yield from ((page, page.read_text("utf-8")) for page in pages() if page.name != "CHANGELOG.md")

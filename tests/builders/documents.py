"""The fenced blocks of the documents, and why those that no test runs are not run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<why>[^\n]+?) -->\n)?"
    r"^```(?P<language>\w*)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: Path
    line: int
    language: str
    """Empty for commands."""
    title: str | None
    """The name of the file that it shows."""
    text: str
    not_run: str | None
    """Why no test runs it, as the page says in a comment; None if one does."""

    @property
    def commands(self) -> list[str]:
        """Return the lines of a block of commands, without what follows a `#`."""
        lines = [re.sub(r"\s+#.*", "", line).strip() for line in self.text.splitlines()]
        return [line for line in lines if line]


def pages() -> list[Path]:
    """Return every page of the documents."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def blocks_of(page: Path) -> Iterator[Block]:
    """Yield the page's blocks in their order."""
    text = page.read_text("utf-8")
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start("language")) + 1
        yield Block(page, line, found["language"], found["title"], found["text"], found["why"])

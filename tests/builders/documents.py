"""The fenced blocks of the documents, why those that no test runs are not run, and what is written in the sources."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from tokenize import COMMENT, generate_tokens

ROOT = Path(__file__).resolve().parents[2]
SOURCE = (".py", ".js", ".css", ".sql")
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


def sources() -> list[Path]:
    """Return every file of Python, JavaScript, CSS and SQL of the project."""
    folders = ("annotator", "benchmarks", "db", "docs_site", "learner", "tests", "whylight")
    found = [path for folder in folders for path in ROOT.glob(f"{folder}/**/*") if path.suffix in SOURCE]
    return sorted([*ROOT.glob("*.py"), *found])


def written_in(source: Path) -> Iterator[str]:
    """Yield the comments of a source, and the docstrings of a Python one."""
    text = source.read_text("utf-8")
    if source.suffix != ".py":
        yield from re.findall(r"//[^\n]*|/\*.*?\*/", text, re.DOTALL)
        return
    yield from (token.string for token in generate_tokens(StringIO(text).readline) if token.type == COMMENT)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value


def blocks_of(page: Path) -> Iterator[Block]:
    """Yield the page's blocks in their order."""
    text = page.read_text("utf-8")
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start("language")) + 1
        yield Block(page, line, found["language"], found["title"], found["text"], found["why"])

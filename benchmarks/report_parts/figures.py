"""The figures in the report's text: each is looked up where it says, and written in its format."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from report_parts.sources import Source, Sources, Untraced

_FIGURE = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

# What has a digit and is no figure: equations, links and code, years, references to parts of this text, names such as
# F1 or MiniLM-L6, the level of an interval and the rank of a percentile.
_NO_FIGURE = re.compile(
    r"""<div\ class="equation".*?</div>|</?[a-z][^>]*>|`[^`]*`|\]\([^)]*\)|https?://\S+"""
    r"""|^\#+\ [\d.]+|^\d+\.\ """
    r"""|\b(?:19|20)\d\d(?=[).;,])"""
    r"""|\b(?:Section|Table|Figure|Equation)s?\s+\d+(?:(?:,|\s+and)\s+\d+)*"""
    r"""|[A-Za-z][\w-]*\d\w*"""
    r"""|\b95\ %\ interval|\b\d\dth\ percentile""",
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Figure:
    """A figure that was written into the text."""

    source: Source
    steps: tuple[str, ...]
    written: str

    @property
    def label(self) -> str:
        """Return what the list of sources calls it: the number itself, a table or sentences."""
        if self.written.startswith("|"):
            return "a table"
        return "sentences" if self.written.startswith("- ") else self.written


def fill(text: str, sources: Sources) -> tuple[str, list[Figure]]:
    """Return the text with its figures written, and these in their order; raise Untraced for a number without one."""
    check_traced(text)
    figures = [_figure(found[1], sources) for found in _FIGURE.finditer(text)]
    written = iter(figures)
    return _FIGURE.sub(lambda _: next(written).written, text), figures


def check_traced(text: str) -> None:
    """Raise Untraced if a number of the text is written by hand."""
    left = _NO_FIGURE.sub(" ", _FIGURE.sub(" ", text))
    for line in left.splitlines():
        if re.search(r"\d", line):
            raise Untraced(
                f"a number without a source: {line.strip()!r}; write {{{{FILE > FIELD | FORMAT}}}} in its place"
            )


def _figure(asked: str, sources: Sources) -> Figure:
    path, _, form = " ".join(asked.split()).partition(" | ")
    name, *steps = path.split(" > ")
    source = sources.open(name)
    value = source.find(steps)
    return Figure(source, tuple(steps), _written(value, form, asked))


def _written(value: Any, form: str, asked: str) -> str:
    """Return a value in its format: Python's of numbers, `words`, or `lines` and `list` for lines of Markdown."""
    if form == "list":
        return "\n".join(f"- {sentence}" for sentence in value) or "No answer yet: trials are missing."
    if form == "lines":
        return "\n".join(value)
    try:
        if form == "words":
            return _SMALL[value]
        if isinstance(value, Mapping):
            return _listed(list(value.values()), form)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return _listed(value, form)
        return value if isinstance(value, str) else _number(value, form)
    except (IndexError, TypeError, ValueError):
        raise Untraced(f"{{{{{asked}}}}} is {value!r}: give a format that suits it") from None


def _listed(values: Sequence[Any], form: str) -> str:
    *first, last = (_number(value, form or ",") for value in values)
    return f"{', '.join(first)} and {last}" if first else last


def _number(value: Any, form: str) -> str:
    return format(value, form).replace("-", "−").replace("%", " %")

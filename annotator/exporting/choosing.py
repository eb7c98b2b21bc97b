"""What an export writes, and in which format, by what was asked for and by the name of its target."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal, get_args

from annotator.errors import CannotExport
from annotator.exporting.registry import FORMATS, SUFFIXES, FileFormat, FolderFormat, Format
from annotator.exporting.tables.separated import write_csv, write_spans
from annotator.exporting.target import STANDARD_OUTPUT
from annotator.formats.files.layout import Layout
from annotator.wording import listed
from learner.data.suffixes import other_meaning

Kind = Literal["answers", "examples"]
"""Every sentence with all answers to it, as an import reads them back, or one example per answered sentence."""
KINDS: tuple[Kind, ...] = get_args(Kind)
JSON_LINES = "jsonl"
"""The format of answers, and one of examples."""
_WITH_SEPARATOR = {"csv": write_csv, "spans-csv": write_spans}


@dataclass(frozen=True)
class Choice:
    """What is exported, and the name of its format."""

    kind: Kind
    format: str


def choose(target: Path, *, kind: Kind | None = None, format: str | None = None) -> Choice:
    """Return what to write to this target: answers, unless examples or a format of theirs are asked for.

    The target's name asks for a format by its suffix. Raises CannotExport for a format that does not exist, and
    where the name or `kind` contradicts it.
    """
    named = _format_of(target)
    if format is not None and format not in FORMATS:
        raise CannotExport(f"There is no format {format!r}; choose one of {', '.join(FORMATS)}.")
    chosen = format or named
    if kind != "examples" and chosen in (None, JSON_LINES):
        _check_name(target, FORMATS[JSON_LINES])
        return Choice("answers", JSON_LINES)
    if kind == "answers":
        title = FORMATS[chosen or JSON_LINES].title
        raise CannotExport(
            f"Answers are exported as JSON lines alone, not as {title}; leave out --answers for examples."
        )
    if chosen is None:
        raise CannotExport(_no_format(target))
    _check_name(target, FORMATS[chosen])
    return Choice("examples", chosen)


def takes_separator(format: str) -> bool:
    """Return whether the caller may say what separates the cells of this format."""
    return format in _WITH_SEPARATOR


def format_with(format: str, separator: str | None) -> Format:
    """Return this format, with the separator in its tables; raises CannotExport where there is none."""
    found = FORMATS[format]
    if separator is None:
        return found
    if format not in _WITH_SEPARATOR or not isinstance(found, FileFormat):
        title = f"{found.title[:1].upper()}{found.title[1:]}"
        raise CannotExport(f"{title} has no separator; --separator is for {listed(list(_WITH_SEPARATOR))}.")
    return replace(found, write=partial(_WITH_SEPARATOR[format], separator=Layout(separator).separator or separator))


def suffix_of(format: str) -> str:
    """Return the suffix that a file of this format usually has; a folder has none."""
    found = FORMATS[format]
    return found.suffixes[0] if isinstance(found, FileFormat) and found.suffixes else ""


def _format_of(target: Path) -> str | None:
    if str(target) == STANDARD_OUTPUT:
        return JSON_LINES
    name = target.name.lower()
    bare = name.removesuffix(".gz")
    return SUFFIXES.get(Path(bare).suffix, JSON_LINES if bare != name and not Path(bare).suffix else None)


def _no_format(target: Path) -> str:
    return (
        f"The name {target} does not say in which format to write the examples; let it end in "
        f"{listed(list(SUFFIXES))}, or give --format with one of {', '.join(FORMATS)}."
    )


def _check_name(target: Path, chosen: Format) -> None:
    if isinstance(chosen, FolderFormat) and str(target) == STANDARD_OUTPUT:
        raise CannotExport(f"Standard output cannot be {chosen.title}; give the name of a folder.")
    may_be_packed = isinstance(chosen, FileFormat) and chosen.may_be_packed
    if refusal := other_meaning(target, chosen.title, chosen.suffixes, may_be_packed=may_be_packed):
        raise CannotExport(refusal)

"""Compare a file's content with its name: it is read as its author meant it, or refused in a sentence."""

import re
from collections.abc import Sequence
from typing import BinaryIO

from annotator.formats.faults import Fault, show
from annotator.formats.files.lines import is_other_content
from annotator.formats.files.packed import DAMAGED, UnpacksTooFar, is_packed, unpack
from annotator.formats.tools.tagged_lines import FEWEST_LINES, columns, has_docstart, is_conll, is_tagged
from learner.data.suffixes import unpacked_suffix

SNIFFED_BYTES = 2**16

_JSON = re.compile(r'\s*(\[\s*[\[{]|\{\s*("(?:[^"\\]|\\.)*"\s*:|\}))')
_MARKUP = re.compile(r"\s*(<\?xml|<!doctype|<html|<!--|\{\\rtf)", re.IGNORECASE)
_HEADINGS = {"text", "id", "label", "split", "sentence", "tweet", "comment", "review", "marks", "query"}
_SEPARATORS = {"\t": "tabs", ",": "commas", ";": "semicolons"}
_ENDS = {"native": ".jsonl", "text": ".txt", "csv": ".csv", "tsv": ".tsv"}


def find_contradiction(
    name: str, file: BinaryIO, text: BinaryIO, format: str, *, text_field: str, chosen: bool
) -> Fault | None:
    """Return the fault of a file whose first lines contradict its name, or are one token per line; None without one.

    `text` is the file in UTF-8. With `chosen`, a person has named the format, and the file's name does not count.
    """
    head = head_of(text)
    if head is None or is_other_content(head):
        return None  # the reader reports what it is
    found = None if chosen else _other_packing(name, file) or _other_format(name, head, format)
    if (
        found is None
        and format in ("text", "csv", "tsv")
        and _is_one_token_a_line(_lines(head), format, text_field, chosen=chosen)
    ):
        return _one_token_a_line()
    return found


def is_unicode_text(text: BinaryIO, encoding: str) -> bool:
    """Return whether a file is what Excel calls Unicode text: a table with tabs, in UTF-16, under `.txt`."""
    head = head_of(text) if encoding.startswith("utf-16") else None
    return head is not None and _separator_of(_lines(head)) == "\t"


def head_of(file: BinaryIO) -> bytes | None:
    """Return the first bytes, unpacked; None if they are damaged."""
    file.seek(0)
    try:
        head = file.read(SNIFFED_BYTES)
    except (*DAMAGED, UnpacksTooFar, UnicodeError):
        return None
    if not is_packed(head):
        return head
    file.seek(0)
    try:
        return unpack(file).read(SNIFFED_BYTES)
    except DAMAGED:
        return None


def _other_packing(name: str, file: BinaryIO) -> Fault | None:
    file.seek(0)
    start = file.read(2)
    is_named_so, is_so = name.lower().endswith(".gz"), is_packed(start)
    if is_named_so == is_so or not start:
        return None
    if is_so:
        return Fault(None, "suffix", f"gzip data under the name {show(name)}", "a name that ends in .gz, or --format")
    expected = "gzip data, or a name without .gz, or --format to read the file as it is"
    return Fault(None, "suffix", f"no gzip data under the name {show(name)}", expected)


def _other_format(name: str, head: bytes, format: str) -> Fault | None:
    if format not in ("text", "csv", "tsv"):
        return None  # other readers refuse what is not theirs
    text, end = head.decode("utf-8-sig", "replace"), _ending(name)
    if _JSON.match(text):
        return Fault(None, "suffix", f"JSON under a name that ends in {end}", "a name that ends in .jsonl")
    if _MARKUP.match(text):
        return Fault(None, "suffix", f"markup (XML, HTML or RTF) under a name that ends in {end}", _text_of(format))
    separator = _separator_of(_lines(head)) if format == "text" else None
    if separator is not None and not is_conll(_lines(head)):
        found = f"a table with {_SEPARATORS[separator]} under a name that ends in {end}"
        return Fault(None, "suffix", found, _way_out(separator))
    return None


def _ending(name: str) -> str:
    return unpacked_suffix(name) or ".gz"


def _text_of(format: str) -> str:
    what = "one sentence per line" if format == "text" else "a table"
    return f"{what}; save the text alone"


def _way_out(separator: str) -> str:
    if separator == ";":
        return "a table with commas or tabs saved as .csv or .tsv; with --format text each line is a sentence"
    format = "tsv" if separator == "\t" else "csv"
    return f"a name that ends in {_ENDS[format]}, or --format {format}; with --format text each line is a sentence"


def _lines(head: bytes) -> list[str]:
    """Return the whole lines, blank ones too."""
    lines = head.decode("utf-8-sig", "replace").splitlines()
    return lines[:-1] if len(head) >= SNIFFED_BYTES and len(lines) > 1 else lines


def _separator_of(lines: Sequence[str]) -> str | None:
    """Return what separates the columns of a table: tabs in equal number, or a header with names that we know."""
    filled = [line for line in lines if line.strip()]
    if len(filled) < FEWEST_LINES:
        return None
    if filled[0].count("\t") and len({line.count("\t") for line in filled}) == 1:
        return "\t"
    for separator in _SEPARATORS:
        names = [cell.strip('"').casefold() for cell in filled[0].split(separator)]
        if len(names) > 1 and " " not in filled[0] and not _HEADINGS.isdisjoint(names) and separator in filled[1]:
            return separator
    return None


def _one_token_a_line() -> Fault:
    expected = (
        "whole sentences; read it with --format conll if blank lines are between its sentences, or write one JSON "
        "object for each sentence, with its words as `tokens` and the indices of the marked ones as `rationale`"
    )
    return Fault(None, "content", "one token on each line, with columns, as in CoNLL files", expected)


def _is_one_token_a_line(lines: Sequence[str], format: str, text_field: str, *, chosen: bool) -> bool:
    if format == "text":
        return is_conll(lines) or (not chosen and is_tagged(lines))
    separator = "," if format == "csv" else "\t"
    return has_docstart(lines) or (is_conll(lines[1:], separator) and _are_words(lines, separator, text_field))


def _are_words(lines: Sequence[str], separator: str, text_field: str) -> bool:
    """Return whether the text's column holds one word per row; a table without that column cannot be read anyway."""
    header = [name.strip(' "') for name in lines[0].split(separator)]
    if text_field not in header:
        return True
    place = header.index(text_field)
    rows = columns(lines[1:], separator) or []
    return not any(re.search(r"\s", row[place].strip()) for row in rows if place < len(row))

"""Which tool a file comes from, by its content, where that is certain."""

import csv
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from annotator.formats.faults import Unfit
from annotator.formats.files.content import SNIFFED_BYTES, is_unicode_text
from annotator.formats.files.layout import SEPARATORS
from annotator.formats.files.packed import DAMAGED, UnpacksTooFar, is_packed, unpack
from annotator.formats.tools.esnli import COLUMNS
from annotator.formats.tools.prodigy import ANSWERS
from annotator.formats.tools.spans_csv import COLUMNS as OF_SPANS
from annotator.formats.tools.tagged_lines import has_docstart, is_conll, is_tagged

_MOST_LINES = 50
_STEP = re.compile(r'"(?P<text>[^"\\]*+(?:\\.[^"\\]*+)*+)"(?P<is_key>\s*+:)?|[\[\]{}]', re.DOTALL)
_OBJECT_OF_OBJECTS = re.compile(r'\s*\{\s*"[^"\\]*+(?:\\.[^"\\]*+)*+"\s*:\s*\{', re.DOTALL)


def by_content(file: BinaryIO, format: str, encoding: str) -> str:
    """Return the format that a file's content says it is, where that is certain, and otherwise `format`.

    `file` is in UTF-8, whatever encoding it is written in. Raises Unfit for one that is only a part of something else.
    """
    if format == "text" and is_unicode_text(file, encoding):
        return "tsv"
    try:
        return recognise(file, format) or format
    except (*DAMAGED, UnpacksTooFar, UnicodeError):
        return format  # the reader names the line


def recognise(file: BinaryIO, format: str) -> str | None:
    """Return the format of another tool that a file is in, though its suffix says `format`; None if it is not sure.

    Raises Unfit for a file that is only a part of something else.
    """
    text = _head(file)
    if format == "native":
        return _of_json(text)
    if format == "csv" and _is_esnli(text):
        return "esnli"
    if format in ("csv", "tsv") and _has_spans(text):
        return "spans-csv"
    if format in ("text", "tsv", "csv") and _is_conll(text, format):
        return "conll"
    return None


def _head(file: BinaryIO) -> str:
    file.seek(0)
    head = file.read(SNIFFED_BYTES)
    if is_packed(head):
        file.seek(0)
        try:
            head = unpack(file).read(SNIFFED_BYTES)
        except (*DAMAGED, UnpacksTooFar):
            return ""  # the reader says so
    return head.decode("utf-8-sig", "replace")


def _of_json(text: str) -> str | None:
    opening, keys = _first_keys(text)
    if opening == "[":
        if "data" in keys and keys & {"annotations", "predictions", "completions"}:
            return "label-studio"
        return "label-studio-min" if {"annotation_id", "annotator"} <= keys or "lead_time" in keys else None
    if opening == "{":
        return "hatexplain" if {"post_tokens", "annotators"} <= keys else None
    objects = _objects(text)
    if any(_is_prodigy(given, objects) for given in objects):
        return "prodigy"
    if any("evidences" in given and "annotation_id" in given for given in objects):
        expected = "the folder that also holds the documents, docs or docs.jsonl"
        raise Unfit(None, "annotations of ERASER without their documents", expected)
    return "doccano" if any(map(_is_doccano, objects)) else None


def _first_keys(head: str) -> tuple[str, set[str]]:
    """Return the bracket that a document begins with, and the keys of its first object as far as `head` has them.

    Of an object of objects, these are the keys of its first value; the bracket of any other object is "line".
    """
    opening = head.lstrip()[:1]
    if opening == "{" and not _OBJECT_OF_OBJECTS.match(head):
        opening = "line"
    depth, wanted, keys = 0, 1 if opening == "line" else 2, set[str]()
    for step in _STEP.finditer(head):
        if step["text"] is None:
            depth += (step[0] in "[{") - (step[0] in "]}")
            if depth < wanted and keys:
                break
        elif depth == wanted and step["is_key"]:
            keys.add(step["text"])
    return opening, keys


def _objects(text: str) -> list[dict[str, Any]]:
    """Return the objects of the first lines, apart from those that cannot be read."""
    lines = text.splitlines()
    if len(text) >= SNIFFED_BYTES // 2 and len(lines) > 1:
        lines = lines[:-1]
    objects = []
    for line in lines[:_MOST_LINES]:
        try:
            given = json.loads(line)  # not strictly: it only says what the file is, and who reads it says what is wrong
        except (ValueError, RecursionError):
            continue
        if isinstance(given, dict):
            objects.append(given)
    return objects


def _is_prodigy(given: Mapping[str, Any], objects: Sequence[Mapping[str, Any]]) -> bool:
    if "_input_hash" in given or "_task_hash" in given:
        return True
    if any(each.get("answer") not in ANSWERS for each in objects):
        return False
    return "_view_id" in given or any(_has_objects(given.get(name)) for name in ("spans", "tokens", "options"))


def _has_objects(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(part, dict) for part in value)


def _is_doccano(given: Mapping[str, Any]) -> bool:
    if any(_are_triples(given.get(name)) for name in ("label", "labels", "entities")):
        return True
    if _has_objects(given.get("entities")) and "start_offset" in given["entities"][0]:
        return True
    if {"text", "cats", "entities"} <= given.keys():
        return True
    old = given.get("annotations")
    return (
        isinstance(old, list)
        and _has_objects(old)
        and "label" in old[0]
        and bool({"user", "start_offset"} & set(old[0]))
    )


def _are_triples(value: object) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(
        isinstance(part, list) and len(part) == 3 and [type(each) for each in part] == [int, int, str] for part in value
    )


def _is_esnli(text: str) -> bool:
    header = next(csv.reader(text.splitlines()[:1]), [])
    return set(COLUMNS) <= set(header) and any("Highlighted" in name for name in header)


def _has_spans(text: str) -> bool:
    """Return whether a table has a row for each span, whatever separates its cells."""
    header = next(iter(text.splitlines()), "")
    return any(tuple(header.split(separator)) == OF_SPANS for separator in SEPARATORS)


def _is_conll(text: str, format: str) -> bool:
    lines = text.splitlines()
    if len(text) >= SNIFFED_BYTES // 2 and len(lines) > 1:
        lines = lines[:-1]
    if format == "text":
        return is_conll(lines) or is_tagged(lines)
    separator = "\t" if format == "tsv" else None
    has_sentences = any(not line.strip() for line in lines[:-1])
    return has_docstart(lines) or (format == "tsv" and has_sentences and is_conll(lines, separator))

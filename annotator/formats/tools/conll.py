"""CoNLL and BIO files: a token and its tags on each line, a blank line after each sentence."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from annotator.formats.answers.spans import Span
from annotator.formats.faults import Faults, Unfit, show
from annotator.formats.fields import Fields
from annotator.formats.files.lines import number_lines
from annotator.formats.rows import MOST_TOKENS, SentenceRow
from annotator.formats.tools.foreign import ForeignAnswer, Task, check_choices, kept, marks_of, to_row
from annotator.formats.words import read_words
from annotator.wording import counted

OURS = ("text", "sent_id", "annotator", "query", "id", "split", "label")
"""The names in comments with a meaning of their own."""
OTHER_TAGS = "Sentences whose last column has no tags such as O and B-NAME, read without marks"

_TAG = re.compile(r"O|(?P<way>[BIESLU])-(?P<name>\S+)")
_PAIR = re.compile(r"\s*([\w.-]+)\s*=\s*(.*?)\s*")
_OF_A_UNIVERSAL = 10
"""Columns of CoNLL-U, where the second is the word and none has such tags."""


def read(file: BinaryIO, faults: Faults, *, fields: Fields) -> Iterator[SentenceRow]:
    """Yield the sentences with their tokens; the tags of the last column are their spans."""
    if not check_choices(fields, ("id", "split", "label"), faults, "conll"):
        return
    empty = True
    for line, block in _blocks(file, faults):
        empty = False
        try:
            row = _sentence(line, block, fields)
        except Unfit as unfit:
            faults.add(unfit.at(line))
            continue
        yield row
    if empty and not faults:
        faults.add(Unfit(None, "no sentences", "a token and its tags on each line").at(None))


def _blocks(file: BinaryIO, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the first line, and the lines, of each sentence; without the marks of documents."""
    first, tokens = 1, 0
    block: list[str] = []
    for number, text in number_lines(file, faults):
        if text is None:
            return
        line = text.rstrip("\r\n")
        if line.startswith("-DOCSTART-"):
            continue
        if line.strip():
            first = first if block else number
            tokens += not _is_comment(line)
            if tokens > MOST_TOKENS:
                found = f"a sentence of more than {MOST_TOKENS:,} tokens"
                faults.add(Unfit(None, found, "a blank line after each sentence").at(first))
                return
            block.append(line)
        elif block:
            if tokens:
                yield first, block
            block, tokens = [], 0
    if tokens:
        yield first, block


def _is_comment(line: str) -> bool:
    """Return whether a line says something about its sentence; a token may be a # as well."""
    return line.startswith("# ") and ("=" in line or "\t" not in line)


def _sentence(line: int, block: Sequence[str], fields: Fields) -> SentenceRow:
    notes: Counter[str] = Counter()
    comments = _read_comments([text for text in block if _is_comment(text)])
    rows = _rows([text for text in block if not _is_comment(text)])
    place = 1 if len(rows[0]) == _OF_A_UNIVERSAL else 0
    words = read_words(comments.get("text"), [row[place] for row in rows])
    if words is None:
        raise Unfit(None, "no tokens", "a token on each line")
    task = Task(
        line, words, comments.get(fields.id, comments.get("sent_id")), comments.get(fields.split), comments.get("query")
    )
    task.size = sum(map(len, block))
    task.metadata = kept(
        comments, "comment", ("text", "sent_id", "annotator", "query", fields.id, fields.split, fields.label)
    )
    answer = ForeignAnswer(comments.get("annotator"), comments.get(fields.label))
    spans = _spans([row[-1] for row in rows], words.starts, words.tokens) if len(rows[0]) > 1 else None
    if spans is None:
        notes[OTHER_TAGS] += 1
    else:
        marked = marks_of(spans, words, fields, notes, "tags")
        answer.marks, answer.names = marked["marks"], marked["names"]
        task.spans = [list(span[:3]) for span in spans]
    return to_row(task, [answer], fields, notes)


def _rows(lines: Sequence[str]) -> list[list[str]]:
    separator = "\t" if all("\t" in line for line in lines) else None
    rows = [[cell.strip() for cell in line.split(separator)] for line in lines]
    for row, text in zip(rows, lines, strict=True):
        if len(row) != len(rows[0]):
            raise Unfit(
                None,
                f"{counted(len(row), 'column')} in {show(text)}",
                f"{len(rows[0])}, as in the sentence's first line",
            )
    if len(rows[0]) == _OF_A_UNIVERSAL:
        rows = [row for row in rows if row[0].isdecimal()]  # not the parts and the gaps of words
        if not rows:
            raise Unfit(None, f"no words, only {show(lines[0])}", "a line for each word, which begins with its number")
    return rows


def _read_comments(comments: Sequence[str]) -> dict[str, str]:
    """Return what comments such as `# id = s7	label = event` say."""
    pairs = [_PAIR.fullmatch(part) for comment in comments for part in comment[1:].split("\t")]
    return {pair[1]: pair[2] for pair in pairs if pair is not None}


def _spans(tags: Sequence[str], starts: Sequence[int], tokens: Sequence[str]) -> list[Span] | None:
    """Return the spans of BIO tags and their relatives; None if these are other tags."""
    spans: list[Span] = []
    last: str | None = None
    for tag, start, token in zip(tags, starts, tokens, strict=True):
        found = _TAG.fullmatch(tag)
        if found is None:
            return None
        name, end = found["name"], start + len(token)
        if name is not None and name == last and found["way"] in "IEL":
            spans[-1] = spans[-1]._replace(end=end)
        elif name is not None:
            spans.append(Span(start, end, name))
        last = name
    return spans

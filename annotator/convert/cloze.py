"""The Children's Book Test as it is published: each context sentence with the query becomes a row.

1 first sentence
…
20 last sentence
21 query with XXXXX<tab>answer<tab><tab>candidate|candidate|…
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from annotator.errors import CannotConvert
from learner.data.split_names import split_of

_CONTEXT = 20
_BLANK = "XXXXX"
_LINES_BETWEEN_REPORTS = 2000
_LONGEST = 100_000
"""Bytes of a line; a sentence of the published files has about a hundred."""


def files(path: Path) -> list[Path]:
    """Return the question files at `path`: itself, or those of a folder."""
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("cbtest_*.txt"))
    if not found:
        raise CannotConvert(f"{path} has no file whose name is like cbtest_NE_train.txt.")
    return found


def split_named_by(path: Path) -> str | None:
    """Return the split that a file's published name stands for."""
    return next(filter(None, map(split_of, path.stem.split("_"))), None)


def rows(
    path: Path, left_out: Counter[str], *, all_sentences: bool, progress: Callable[[int], None]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file, question by question; `progress` is called with the bytes read so far."""
    split, question, context = split_named_by(path), 0, list[list[str]]()
    for number, text, position in _lines(path):
        if number % _LINES_BETWEEN_REPORTS == 0:
            progress(position)
        place, (count, _, rest) = f"{path.name} line {number}", text.partition(" ")
        expected = len(context) + 1
        if count != str(expected) or not rest.split():
            raise CannotConvert(f"{place}: found {text[:60]!r}, expected the sentence with the number {expected}.")
        if expected <= _CONTEXT:
            context.append(rest.split())
            continue
        question += 1
        made = _question(place, context, rest, all_sentences=all_sentences)
        left_out["sentences without a candidate"] += _CONTEXT - len(made)
        for row in made:
            row["id"] = f"{path.stem}-{question:06d}-{row['id']}"
            yield row if split is None else {**row, "split": split}
        context = []
    if context:
        raise CannotConvert(f"{path.name}: ends after sentence {len(context)} of a question, expected 21.")
    progress(path.stat().st_size)


def _question(place: str, context: list[list[str]], line: str, *, all_sentences: bool) -> list[dict[str, Any]]:
    cells = line.split("\t")
    if len(cells) < 3 or not cells[1].strip() or not cells[-1].strip():
        raise CannotConvert(f"{place}: found {line[:60]!r}, expected query, answer and candidates separated by tabs.")
    query, answer = cells[0].split(), cells[1].strip()
    if not any(_BLANK in word for word in query):
        raise CannotConvert(f"{place}: the query has no {_BLANK}, expected one in the answer's place.")
    candidates = {candidate.strip() for candidate in cells[-1].split("|")} | {answer}
    return [
        _row(number, tokens, query, answer)
        for number, tokens in enumerate(context, start=1)
        if all_sentences or not candidates.isdisjoint(tokens)
    ]


def _row(number: int, tokens: list[str], query: list[str], answer: str) -> dict[str, Any]:
    marks = "".join("+" if token == answer else "." for token in tokens)
    label = int("+" in marks)
    return {
        "id": f"{number:02d}", "tokens": tokens, "query_tokens": query, "label": label, "marks": marks, "answer": answer
    }  # fmt: skip


def _lines(path: Path) -> Iterator[tuple[int, str, int]]:
    """Yield the number, the text and the end in bytes of each line that is not blank."""
    position = 0
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST + 1), b""), start=1):
            if len(line) > _LONGEST:
                raise CannotConvert(
                    f"{path.name} line {number}: found more than {_LONGEST:,} bytes, expected a sentence."
                )
            position += len(line)
            try:
                text = line.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                found = f"found byte 0x{line[error.start]:02x}, expected UTF-8 text"
                raise CannotConvert(f"{path.name} line {number}: {found}.") from error
            if text.strip():
                yield number, text, position

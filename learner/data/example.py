"""An example, and the files that hold examples.

In JSON lines there is one example per line, gzip when the name ends in `.gz`:

    {"tokens": ["She", "ran", "."], "label": "event", "marks": ".+.", "split": "train", "id": "a1"}

`label` is a name or an integer. The rationale is `marks` (one letter per token: `+` contributory,
`-` must not matter, `.` unmarked), or `z` (a list of 0 and 1), or `rationale` (the indices of
the contributory tokens). `query_tokens`, `id` and `split` may be left out; other keys are ignored.

Tables (`.csv`, `.tsv`), Parquet and the folders of Hugging Face's `datasets` have the same fields as columns. Sentences
that are not cut into words, and files in other formats, are read if another package knows them
(`learner/data/other_formats.py`).
"""

import logging
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

from learner.data.jsonlines import Line, write_lines
from learner.data.other_formats import Remark
from learner.data.reading import read_rows
from learner.data.split_names import split_of
from learner.errors import ExampleError
from learner.wording import counted

__all__ = [
    "Example",
    "ExampleError",
    "Examples",
    "Line",
    "Sentence",
    "each_sentence",
    "examples_of",
    "read_any_lines",
    "read_examples",
    "read_sentences",
    "write_examples",
]

TRAINING_SPLITS = ("train", "pool")
SPLITS = (*TRAINING_SPLITS, "dev", "test")
MARKS = "+-."
_MOST_CLASSES = 1000
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Example:
    """One answered sentence: the paper's (X, y, Z).

    `label` is the index of its class. `marks` has one letter per token; None means that no
    rationale was asked for, which differs from "none of the words" (`....`). The paper's Z is
    `marks == "+"`.
    """

    tokens: tuple[str, ...]
    label: int
    marks: str | None = None
    query: tuple[str, ...] | None = None
    id: str | None = None
    split: str | None = None

    def __post_init__(self) -> None:
        """Raise ExampleError unless there is one mark per token: shifted marks would teach the wrong words."""
        if self.marks is not None and len(self.marks) != len(self.tokens):
            raise ExampleError(f"marks: found {len(self.marks)} letters, expected {len(self.tokens)}, one per token")


class Sentence(NamedTuple):
    """A line of which only the words are read; it need not have a label."""

    id: str | None
    tokens: tuple[str, ...]
    query: tuple[str, ...] | None = None


class Examples(NamedTuple):
    """A file's examples, and the names of the classes that their labels are indices of."""

    examples: list[Example]
    labels: tuple[str, ...]


def read_examples(
    path: str | os.PathLike[str], *, labels: Sequence[str] | None = None, remark: Remark = _logger.warning
) -> Examples:
    """Return the examples of a file and the names of their labels.

    Without `labels`, the names that the file uses become the classes in alphabetical order;
    integer labels make the classes "0", "1", … up to the largest (at least two). `remark` is called with a sentence
    for each kind of sentences that were left out, and for what was guessed.
    """
    lines = read_any_lines(path, remark=remark)
    return examples_of(_labelled(Path(path).name, lines, remark), labels=labels)


def examples_of(lines: Sequence[Line], *, labels: Sequence[str] | None = None) -> Examples:
    """Return the examples of these lines of a file, all with a label, and their labels, as `read_examples` does."""
    names = tuple(labels) if labels is not None else _label_names(lines)
    return Examples([_example(line, names) for line in lines], names)


def read_sentences(path: str | os.PathLike[str], *, remark: Remark = _logger.warning) -> list[Sentence]:
    """Return the sentences of a file whose lines need no label."""
    return [_sentence(line) for line in read_any_lines(path, remark=remark)]


def each_sentence(path: str | os.PathLike[str], *, remark: Remark = _logger.warning) -> Iterator[Sentence]:
    """Yield the same, a line of ours at a time; a file of another tool may be read whole before the first."""
    return map(_sentence, read_rows(Path(path), remark))


def write_examples(path: str | os.PathLike[str], examples: Iterable[Example], labels: Sequence[str]) -> None:
    """Write the examples with their labels by name; `read_examples(path, labels=labels)` returns them."""
    write_lines(Path(path), (_record(example, labels) for example in examples))


def read_any_lines(path: str | os.PathLike[str], *, remark: Remark = _logger.warning) -> list[Line]:
    """Return the lines of a file of any of these formats, before their fields are read."""
    lines = list(read_rows(Path(path), remark))
    if not lines:
        raise ExampleError(f"{Path(path).name}: found an empty file, expected one example per line or row")
    return lines


def _labelled(name: str, lines: Sequence[Line], remark: Remark) -> list[Line]:
    """Return the lines with a label; say how many have none, and why, where that is not a fault."""
    without = Counter(line.why_unlabelled for line in lines if line.why_unlabelled is not None)
    for why, count in without.items():
        remark(f"Left out {counted(count, 'sentence')} {why}.")
    labelled = [line for line in lines if line.why_unlabelled is None]
    if not labelled:
        found = counted(len(lines), "sentence")
        raise ExampleError(f"{name}: found {found} and no label, expected some with a label")
    return labelled


def _label_names(lines: Sequence[Line]) -> tuple[str, ...]:
    """Return names for the classes of a file without label names."""
    labels = {_given_label(line) for line in lines}
    names = sorted(label for label in labels if isinstance(label, str))
    if not names:
        return tuple(str(index) for index in range(max(2, *(int(label) + 1 for label in labels))))
    for line in lines:
        if not isinstance(line.record["label"], str):
            raise line.error("label", found=line.record["label"], expected="a name, as on other lines")
    return tuple(names)


def _given_label(line: Line) -> str | int:
    label = line.record.get("label")
    if isinstance(label, str) or (_is_integer(label) and 0 <= label < _MOST_CLASSES):
        return label
    raise line.error("label", found=label, expected=f"a name or an integer from 0 to {_MOST_CLASSES - 1}")


def _sentence(line: Line) -> Sentence:
    return Sentence(_text(line, "id"), _tokens(line, "tokens"), _query(line))


def _example(line: Line, names: Sequence[str]) -> Example:
    tokens = _tokens(line, "tokens")
    return Example(
        tokens=tokens,
        label=_label(line, names),
        marks=_marks(line, len(tokens)),
        query=_query(line),
        id=_text(line, "id"),
        split=_split(line),
    )


def _tokens(line: Line, field: str) -> tuple[str, ...]:
    tokens = line.record.get(field)
    if not isinstance(tokens, list) or not tokens:
        raise line.error(field, found=tokens, expected="a list of at least one token")
    for token in tokens:
        if not isinstance(token, str) or not token:
            raise line.error(field, found=token, expected="text for each token")
    return tuple(tokens)


def _query(line: Line) -> tuple[str, ...] | None:
    return None if line.record.get("query_tokens") is None else _tokens(line, "query_tokens")


def _label(line: Line, names: Sequence[str]) -> int:
    label = _given_label(line)
    if isinstance(label, int) and label < len(names):
        return label
    if label in names:
        return names.index(str(label))
    raise line.error("label", found=label, expected=f"one of {', '.join(names)}, or their index")


def _marks(line: Line, length: int) -> str | None:
    if line.record.get("marks") is not None:
        return _marks_of_letters(line, length)
    if line.record.get("z") is not None:
        return _marks_of_z(line, length)
    if line.record.get("rationale") is not None:
        return _marks_of_indices(line, length)
    return None


def _marks_of_letters(line: Line, length: int) -> str:
    marks = line.record["marks"]
    if not isinstance(marks, str) or set(marks) - set(MARKS):
        raise line.error("marks", found=marks, expected="a string of the letters + - .")
    if len(marks) != length:
        raise line.error("marks", found=f"{len(marks)} letters", expected=f"{length}, one per token")
    return marks


def _marks_of_z(line: Line, length: int) -> str:
    z = line.record["z"]
    if not isinstance(z, list) or not all(_is_integer(value) and value in (0, 1) for value in z):
        raise line.error("z", found=z, expected="a list of 0 and 1")
    if len(z) != length:
        raise line.error("z", found=f"{len(z)} values", expected=f"{length}, one per token")
    return "".join("+" if value else "." for value in z)


def _marks_of_indices(line: Line, length: int) -> str:
    indices = line.record["rationale"]
    if not isinstance(indices, list) or not all(_is_integer(i) and 0 <= i < length for i in indices):
        raise line.error("rationale", found=indices, expected=f"a list of token indices from 0 to {length - 1}")
    return "".join("+" if position in indices else "." for position in range(length))


def _text(line: Line, field: str) -> str | None:
    value = line.record.get(field)
    if value is not None and not isinstance(value, str):
        raise line.error(field, found=value, expected="text")
    return value


def _split(line: Line) -> str | None:
    split = _text(line, "split")
    if split is None or split in SPLITS:
        return split
    if (meant := split_of(split)) is None:
        raise line.error("split", found=split, expected=f"one of {', '.join(SPLITS)}")
    return meant


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _record(example: Example, labels: Sequence[str]) -> dict[str, Any]:
    record: dict[str, Any] = {"id": example.id, "tokens": example.tokens, "label": labels[example.label]}
    record |= {"marks": example.marks, "query_tokens": example.query, "split": example.split}
    return {field: value for field, value in record.items() if value is not None}

"""CoNLL: a token and its tag on each line, with comments before each sentence and a blank line after it."""

import re
from collections.abc import Iterable, Mapping

from annotator.exporting.example import ExampleRow
from annotator.exporting.target import Output
from annotator.exporting.tools.losses import (
    EVERYWHERE,
    METADATA,
    ONE_ANSWER,
    PREDICTION,
    SECONDS,
    WHITE_SPACE,
    WHO,
    count_lost,
    count_unasked,
    metadata_of,
)
from annotator.exporting.tools.marked import runs
from annotator.exporting.tools.names import one_word
from annotator.exporting.writing import About, NotCarried
from annotator.formats.tools.conll import OURS
from db.team.people import GOLD
from learner.data.token_places import join

COMMENT = "an id, a query or a name with tabs, line breaks or spaces around it"
TEXT = "a text with tabs, line breaks or spaces around it, only its tokens"

_LOST = (*EVERYWHERE, ONE_ANSWER, SECONDS, PREDICTION)
_VALUE = re.compile(r"(?!\s)[^\t\n]+(?<!\s)")
_NAME = re.compile(r"[\w.-]+")
_OF_DOCUMENTS = "-DOCSTART-"


def write(rows: Iterable[ExampleRow], file: Output, *, about: About, lost: NotCarried) -> None:
    """Write the sentences; the tags B-NAME and I-NAME have the label's name."""
    for row in rows:
        count_lost(row, lost, (*_LOST, *(() if _one_person(row) else (WHO,))))
        count_unasked(row, lost, about)
        tokens = [_written(token) for token in row.tokens]
        lines = [*_comments(row, tokens == list(row.tokens), lost)]
        lines += [f"{token}\t{tag}" for token, tag in zip(tokens, _tags(row), strict=True)]
        file.write("\n".join([*lines, "", ""]).encode())


def _comments(row: ExampleRow, has_own_tokens: bool, lost: NotCarried) -> list[str]:
    first = {"id": row.id, "split": row.split, "label": row.label, "query": row.query, "annotator": _one_person(row)}
    written = {name: value for name, value in first.items() if value is not None and _is_sayable(value)}
    if len(written) < sum(value is not None for value in first.values()):
        lost[COMMENT] += 1
    if not has_own_tokens:
        lost[WHITE_SPACE] += 1
    elif row.text != join(row.tokens)[0] and not _is_sayable(row.text):
        lost[TEXT] += 1
    # A text that is its tokens with spaces between them needs no line.
    has_text = has_own_tokens and row.text != join(row.tokens)[0] and _is_sayable(row.text)
    text = [f"# text = {row.text}"] if has_text else []
    return [*_as_comments(written), *text, *_as_comments(_metadata(row, lost))]


def _as_comments(values: Mapping[str, str]) -> list[str]:
    return [f"# {name} = {value}" for name, value in values.items()]


def _metadata(row: ExampleRow, lost: NotCarried) -> dict[str, str]:
    before = lost[METADATA]
    given = metadata_of(row, lost, OURS)
    kept = {name: value for name, value in given.items() if _NAME.fullmatch(name) and _is_sayable(value)}
    if len(kept) < len(given) and lost[METADATA] == before:
        lost[METADATA] += 1
    return kept


def _is_sayable(value: object) -> bool:
    return isinstance(value, str) and _VALUE.fullmatch(value) is not None


def _one_person(row: ExampleRow) -> str | None:
    """Return who gave the row's label and marks, if one person alone did."""
    names = [answer.person for answer in row.answers]
    return names[0] if len(names) == 1 and names[0] != GOLD else None


def _written(token: str) -> str:
    token = one_word(token)
    return f"_{token}" if token.startswith(_OF_DOCUMENTS) else token


def _tags(row: ExampleRow) -> list[str]:
    tags, name = ["O"] * len(row.tokens), one_word(row.label)
    for run in runs(row.marks):
        tags[run.first : run.end] = [f"B-{name}"] + [f"I-{name}"] * (run.end - run.first - 1)
    return tags

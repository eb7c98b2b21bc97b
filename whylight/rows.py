"""Rows of Python values on their way into a project: written as native lines, and imported as any file is.

So the one reader checks them, the import can resume, and all of them are added or none.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from annotator.formats.faults import BadInput, Fault, show
from annotator.importing.report import ImportReport
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.permissions import Actor
from db.corpus import sentences
from db.store import Store

Row = Mapping[str, Any]
_ANSWER = ("id", "label", "marks", "person")


def bring(store: Store, rows: Iterable[Row], settings: ImportSettings, *, actor: Actor, called: str) -> ImportReport:
    """Import these rows; raises BadInput, in which line 3 is the third row of what the message names as `called`."""
    with TemporaryDirectory(prefix="whylight-") as folder:
        path = Path(folder) / "from-python.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(f"{_line(row, number, called)}\n" for number, row in enumerate(rows, 1))
        try:
            return import_file(store, path, settings, actor=actor)
        except BadInput as refused:
            raise BadInput(called, refused.faults, refused.table) from None


def sentence_rows(given: Iterable[Row | str]) -> Iterator[Row]:
    """Yield a row for each sentence; a text alone is the field `text`, and one text instead of a list is refused."""
    if isinstance(given, str | Mapping):
        found, expected = type(given).__name__, "a list of texts or mappings; put the one sentence into a list"
        raise BadInput("The list of sentences", [Fault(None, None, f"a value of type {found}", expected)])
    return ({"text": one} if isinstance(one, str) else one for one in given)


def answer_rows(store: Store, answers: Iterable[Row], *, person: str | None, called: str) -> Iterator[Row]:
    """Yield each answer as a row with the sentence that it is about; by `person` if it does not name another."""
    for number, answer in enumerate(answers, 1):
        _check_mapping(answer, number, called)
        if unknown := [name for name in answer if name not in _ANSWER]:
            expected = f"only {', '.join(_ANSWER)}"
            raise BadInput(called, [Fault(number, unknown[0], "an unknown field", expected)])
        about = str(answer.get("id"))
        found = sentences.find(store, [about]).get(about)
        if found is None:
            raise BadInput(called, [Fault(number, "id", show(about), "the id of a sentence of the project")])
        by = answer.get("person", person)
        if by is None:
            expected = "the name of who gave the answer, or a project that is open for a person"
            raise BadInput(called, [Fault(number, "person", "no name", expected)])
        yield {
            "id": about,
            "text": found.text,
            "tokens": found.tokens,
            "query": found.query,
            "query_tokens": found.query_tokens,
            "split": found.split,
            "label": answer.get("label"),
            "marks": answer.get("marks"),
            "person": by,
        }


def _line(row: Row, number: int, called: str) -> str:
    _check_mapping(row, number, called)
    try:
        return json.dumps(dict(row), default=_plain)
    except RecursionError:
        fault = Fault(number, None, "lists or mappings nested too deeply", "at most 100 levels")
        raise BadInput(called, [fault]) from None
    except (TypeError, ValueError) as error:
        expected = "only texts, numbers, truth values, None, and lists and mappings of these"
        raise BadInput(called, [Fault(number, None, str(error), expected)]) from None


def _check_mapping(row: object, number: int, called: str) -> None:
    if not isinstance(row, Mapping):
        found = f"a value of type {type(row).__name__}"
        raise BadInput(called, [Fault(number, None, found, "a mapping of the fields' names to their values")])


def _plain(value: Any) -> Any:
    """Return the Python values of a number or an array of numpy, as pandas has them."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a value of type {type(value).__name__}")

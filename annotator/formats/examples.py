"""Examples that an export wrote, read back: of their fields, the sentence, its answers and its metadata count.

What an export says next to these (votes, soft labels, words, …) follows from the answers, and is made again. How a
sentence was chosen becomes metadata, because only the project that it came from can know it.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from annotator.formats.faults import Unfit, show
from annotator.formats.files.strict_json import parse_object, parse_part

FIELDS = (
    *("id", "text", "tokens", "split", "query", "query_tokens", "label", "marks", "words", "spans"),
    *("votes", "soft_label", "soft_marks", "decided", "chosen", "seconds"),
    *("annotations", "sentence_tags", "metadata", "prediction"),
)
"""What an example has, in this order; every field is in every row, empty or not."""
NESTED = frozenset(
    (
        *("tokens", "query_tokens", "words", "spans", "votes", "soft_label", "soft_marks", "annotations"),
        *("sentence_tags", "metadata", "prediction"),
    )
)
"""The fields that hold lists and objects; in a table they are JSON."""
_KEPT = ("id", "text", "tokens", "split", "query", "query_tokens", "annotations", "sentence_tags")
_ONLY_OURS = frozenset(("annotations", "votes", "soft_label", "soft_marks", "decided", "chosen", "metadata"))
CHOSEN = "whylight_chosen"
"""The metadata that says how a sentence was chosen in the project that its example came from."""
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
PREDICTIONS = "Predictions of another project's round, left out"


def is_example(names: Iterable[str]) -> bool:
    """Return whether these are the fields, or columns, of an export of examples."""
    return _ONLY_OURS.issubset(names)


def as_native(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a native line with the sentence and the answers of an example."""
    native = {name: given[name] for name in _KEPT if given.get(name) is not None}
    chosen = {} if given.get("chosen") is None else {CHOSEN: given["chosen"]}
    return {**_metadata(given.get("metadata")), **chosen, **native}


def of_cells(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a native line for a row of a table of examples, whose empty cells are left out."""
    return as_native({name: _in_cell(name, cell) if isinstance(cell, str) else cell for name, cell in cells.items()})


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: with an apostrophe in front of what would begin one."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def harmful(cell: str) -> str:
    """Return the cell that `harmless` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _metadata(value: object) -> Mapping[str, Any]:
    if value is None:
        return {}
    metadata = parse_object(value) if isinstance(value, str) else value
    if not isinstance(metadata, Mapping):
        raise Unfit("metadata", show(value), "an object, as an export of examples writes it")
    return metadata


def _in_cell(name: str, cell: str) -> Any:
    if name not in NESTED:
        return harmful(cell)
    try:
        return parse_part(cell)
    except Unfit as unfit:
        raise Unfit(name, unfit.found, "JSON, as an export of examples writes it") from None

"""Lists in the cells of a table: tokens and marks that a program wrote there as JSON."""

from collections.abc import Mapping

from annotator.formats.fields import OTHER_MARKS, Fields
from annotator.formats.files.strict_json import is_like_part, parse_part


def unfold(cells: Mapping[str, object], fields: Fields) -> dict[str, object]:
    """Return a row's cells, those that hold tokens or marks as JSON as the lists that they stand for."""
    may_be_lists = (fields.tokens, "query_tokens", fields.marks, *OTHER_MARKS)
    return {name: _list_in(name, cell) if name in may_be_lists else cell for name, cell in cells.items()}


def _list_in(name: str, cell: object) -> object:
    return parse_part(cell, name) if isinstance(cell, str) and is_like_part(cell) else cell

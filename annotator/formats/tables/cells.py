"""Lists in the cells of a table: tokens and marks that a program wrote there as JSON."""

from annotator.formats.fields import OTHER_MARKS, Fields
from annotator.formats.files.strict_json import parse_object


def unfold(cells: dict[str, str], fields: Fields) -> dict[str, object]:
    """Return a row's cells, those that hold tokens or marks as JSON as the lists that they stand for."""
    may_be_lists = (fields.tokens, "query_tokens", fields.marks, *OTHER_MARKS)
    unfolded = {name: _list_in(cells[name]) for name in may_be_lists if cells.get(name, "")[:1] in ("[", "{")}
    return {**cells, **unfolded}


def _list_in(cell: str) -> object:
    return parse_object(f'{{"": {cell}}}')[""]

"""Formulas of an Excel workbook that no program has computed: a reader of values sees empty cells there."""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from annotator.formats.tables.workbook import DAMAGED, has_formulas, open_sheets


class Formulas:
    """Which cells of the first sheet are formulas without a result: read up to a row that is asked about, if any is."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._rows: Iterator[tuple[Sequence[Any], Sequence[Any]]] | None = None
        self._line = 0
        self._cells: tuple[Sequence[Any], Sequence[Any]] = (), ()

    def without_result(self, line: int, values: Sequence[Any]) -> list[int]:
        """Return the places of a row's formulas that no program computed; ask about rows in their order."""
        if None not in values:
            return []
        try:
            self._read_to(line)
        except DAMAGED:
            return []  # what could be read says so
        return [place for place, cells in enumerate(zip(*self._cells, strict=False)) if _lacks_result(*cells)]

    def _read_to(self, line: int) -> None:
        if self._rows is None:
            both = (_cells_of(self._file, data_only=which) for which in (False, True))
            self._rows = zip(*both, strict=False) if has_formulas(self._file) else iter(())
        while self._line < line:
            self._line, self._cells = self._line + 1, next(self._rows, ((), ()))


def _lacks_result(formula: Any, result: Any) -> bool:
    """Return whether a cell is a formula that no program computed; the result of `=""` is a string."""
    return formula.data_type == "f" and result.value is None and result.data_type != "str"


def _cells_of(file: BinaryIO, *, data_only: bool) -> Iterator[Sequence[Any]]:
    sheet = open_sheets(file, data_only=data_only)[0]
    sheet.reset_dimensions()
    return sheet.iter_rows()  # type: ignore[no-any-return]

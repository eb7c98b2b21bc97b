"""One array, or one object, of JSON, written an item at a time."""

from types import TracebackType

from annotator.exporting.target import Output


class JsonItems:
    """The items between two brackets, each on a line; used as a context, it writes both brackets."""

    def __init__(self, file: Output, opening: str, closing: str) -> None:
        self._file, self._opening, self._closing = file, opening, closing
        self._before = "\n"

    def __enter__(self) -> "JsonItems":
        self._file.write(self._opening.encode())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None:
            self._file.write(f"\n{self._closing}\n".encode())

    def add(self, item: str) -> None:
        """Write the next item, which is JSON, or a name, a colon and JSON."""
        self._file.write(f"{self._before}{item}".encode())
        self._before = ",\n"

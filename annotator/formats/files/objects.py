"""The lines of a JSON-lines file of another tool, as objects with their numbers."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from annotator.formats.faults import Faults, Unfit
from annotator.formats.files.lines import read_lines
from annotator.formats.files.strict_json import parse_object


def read_objects(file: BinaryIO, faults: Faults) -> Iterator[tuple[int, dict[str, Any], int]]:
    """Yield the number, the object and the length of each line, and note what is wrong with the others."""
    for line, text in read_lines(file, faults):
        try:
            given = parse_object(text)
        except Unfit as unfit:
            faults.add(unfit.at(line))
            continue
        yield line, given, len(text)

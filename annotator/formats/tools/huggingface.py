"""A data set that Hugging Face's `datasets` saved to disk: Arrow files, by split or not."""

import math
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from annotator.formats.faults import Fault, Faults, Unfit
from annotator.formats.fields import Fields
from annotator.formats.files.lines import NO_SENTENCES
from annotator.formats.rows import SentenceRow
from annotator.formats.sentence import read_sentence
from annotator.formats.tools.documents import files_in
from learner.data.class_names import read_class_names
from learner.data.split_names import split_of

MOST_BATCH_BYTES = 2**28
"""In one batch of rows, unpacked: the writers' batches have a thousand rows."""

DESCRIPTIONS = ("dataset_dict.json", "dataset_info.json", "state.json")
"""The files with which `datasets` describes what is in the others."""
_ROWS = 100


def read(folder: Path, faults: Faults, *, fields: Fields) -> Iterator[SentenceRow]:
    """Yield the rows as native lines have them; numbers that stand for class names become the names."""
    empty = True
    for path, split in _files(folder):
        name = path.relative_to(folder).as_posix()
        for line, given in _rows(path, name, faults):
            empty = False
            if split is not None and given.get(fields.split) is None:
                given = {**given, fields.split: split}
            try:
                row = read_sentence(line, given, fields, size=len(str(given)))
            except Unfit as unfit:
                faults.add(unfit.at(line, name))
                continue
            yield replace(row, file=name)
    if empty and not faults:
        faults.add(NO_SENTENCES)


def _files(folder: Path) -> Iterator[tuple[Path, str | None]]:
    """Yield the Arrow files with the split of their folder, in their order."""
    for path in files_in(folder):
        if _has_rows(path.name):
            yield path, None if path.parent == folder else split_of(path.parent.name)


def is_part(name: str) -> bool:
    """Return whether a file of this name belongs to the format."""
    own = name.rpartition("/")[2]
    return own in DESCRIPTIONS or _has_rows(own)


def _has_rows(name: str) -> bool:
    """Return whether a file of this name has rows of the data set, and not what `datasets` computed from them."""
    return name.endswith(".arrow") and not name.startswith("cache-")


def _rows(path: Path, name: str, faults: Faults) -> Iterator[tuple[int, dict[str, Any]]]:
    import pyarrow as pa

    line = 0
    try:
        with pa.memory_map(os.fsencode(path)) as source, _opened(source) as reader:
            names = read_class_names(reader.schema.metadata)
            for batch in reader:
                batch.validate(full=True)
                if batch.nbytes > MOST_BATCH_BYTES:
                    found = f"a batch of {batch.nbytes:,} bytes"
                    faults.stop()
                    faults.add(Fault(line + 1, None, found, f"at most {MOST_BATCH_BYTES:,}", name))
                    return
                for start in range(0, batch.num_rows, _ROWS):
                    for given in batch.slice(start, _ROWS).to_pylist():
                        line += 1
                        try:
                            yield line, {key: _value(key, given[key], names.get(key)) for key in given}
                        except Unfit as unfit:
                            faults.add(unfit.at(line, name))
    except (pa.ArrowException, OSError, ValueError) as error:
        faults.stop()
        faults.add(Fault(None, None, f"no Arrow data ({error})", "a data set as save_to_disk writes it", name))


def _opened(source: Any) -> Any:
    """Return a reader of batches; `datasets` writes streams, other tools files with a footer."""
    import pyarrow as pa

    head = source.read(6)
    source.seek(0)
    if head != b"ARROW1":
        return pa.ipc.open_stream(source)
    table = pa.ipc.open_file(source)
    return pa.RecordBatchReader.from_batches(
        table.schema, (table.get_batch(number) for number in range(table.num_record_batches))
    )


def _value(field: str, value: Any, names: list[str] | None) -> Any:
    """Return a value as JSON has it, with class names for their numbers; -1 means no class."""
    if isinstance(value, list):
        return [_value(field, part, names) for part in value]
    if isinstance(value, dict):
        return {key: _value(field, part, None) for key, part in value.items()}
    if names and type(value) is int:
        return names[value] if 0 <= value < len(names) else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float):
        return value
    raise Unfit(
        field, f"a value of type {type(value).__name__}", "text, numbers, lists or objects; leave the column out"
    )

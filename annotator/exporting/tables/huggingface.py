"""Examples as a data set that `datasets.load_from_disk` reads: a folder per split, as `save_to_disk` writes it."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from annotator.exporting.example import ExampleRow
from annotator.exporting.tables.arrow import Batcher, features_of, schema_of
from annotator.exporting.writing import About, NotCarried

FOLDERS = {"train": "train", "dev": "validation", "test": "test"}
"""What `datasets` calls the splits, in this order."""
_DATA = "data-00000-of-00001.arrow"


def write(rows: Iterable[ExampleRow], folder: Path, *, about: About, lost: NotCarried) -> None:
    """Write a folder for each split that has a row; such a data set holds everything."""
    labels = about.label_names
    with ExitStack() as stack:
        splits = _Splits(folder, labels, stack)
        for row in rows:
            splits.write(row)
        splits.finish()
    written = [name for name in FOLDERS.values() if (folder / name).is_dir()]
    for name in written:
        _describe(folder / name, name, labels)
    _write_json(folder / "dataset_dict.json", {"splits": written})


class _Splits:
    """The Arrow file of each split, made when its first row comes, and the rows that wait to be written to it."""

    def __init__(self, folder: Path, labels: Sequence[str], stack: ExitStack) -> None:
        self._folder, self._labels, self._stack = folder, labels, stack
        self._schema = schema_of(labels)
        self._open: dict[str, tuple[Batcher, Any]] = {}

    def write(self, row: ExampleRow) -> None:
        """Take a row, and write those of its split once they are many."""
        batcher, file = self._open.get(row.split) or self._begin(row.split)
        for batch in batcher.add(row):
            file.write_batch(batch)

    def finish(self) -> None:
        """Write the rows that still wait."""
        for batcher, file in self._open.values():
            for batch in batcher.rest():
                file.write_batch(batch)

    def _begin(self, split: str) -> tuple[Batcher, Any]:
        import pyarrow as pa

        home = self._folder / FOLDERS[split]
        home.mkdir()
        sink = self._stack.enter_context(pa.OSFile(str(home / _DATA), "wb"))
        file = self._stack.enter_context(pa.ipc.new_stream(sink, self._schema))
        self._open[split] = Batcher(self._schema, self._labels), file
        return self._open[split]


def _describe(home: Path, split: str, labels: Sequence[str]) -> None:
    """Write the two files that say what the split's data is; its fingerprint is the hash of the data."""
    with (home / _DATA).open("rb") as data:
        fingerprint = hashlib.file_digest(data, "sha256").hexdigest()[:16]
    shown: dict[str, object] = {
        "_format_columns": None,
        "_format_kwargs": {},
        "_format_type": None,
        "_output_all_columns": False,
    }
    state = {"_data_files": [{"filename": _DATA}], "_fingerprint": fingerprint, **shown, "_split": split}
    _write_json(home / "state.json", state)
    about = {"citation": "", "description": "", "features": features_of(labels), "homepage": "", "license": ""}
    _write_json(home / "dataset_info.json", about)


def _write_json(file: Path, content: object) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

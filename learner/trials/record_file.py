"""Records that are saved as they come, one JSON object per line, so that an interrupted program can resume."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


class RecordFile:
    """Appends records; a line that was cut off while it was written does not count."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[dict[str, Any]]:
        """Return the records, oldest first; none if there is no file."""
        return list(self._records()) if self.path.exists() else []

    def append(self, record: Mapping[str, Any]) -> None:
        """Append a record: it is on the disk when this returns."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        start = "" if self._ends_whole() else "\n"
        with self.path.open("a", encoding="utf-8") as file:
            file.write(start + json.dumps(record) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _records(self) -> Iterator[dict[str, Any]]:
        for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(record, dict):
                yield record

    def _ends_whole(self) -> bool:
        return not self.path.exists() or self.path.read_bytes()[-1:] in (b"", b"\n")

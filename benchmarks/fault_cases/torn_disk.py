"""Simulate what is on a disk after a power failure, given all operations until then.

What was synced is on the disk. Of what was written and not synced, a coin toss decides every sector of
512 bytes, every change of a size, and every new, moved or removed name in a folder that was not
synced. Real disks are kinder: they mostly keep an order.
"""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from fault_cases.disk_log import Event

SECTOR = 512

Change = Callable[[bytearray], None]


@dataclass
class _File:
    """A file's bytes: as synced, as written, and the single changes in between."""

    synced: bytearray = field(default_factory=bytearray)
    written: bytearray = field(default_factory=bytearray)
    pending: list[Change] = field(default_factory=list)

    def change(self, parts: list[Change]) -> None:
        for part in parts:
            part(self.written)
        self.pending += parts

    def sync(self) -> None:
        self.synced, self.pending = bytearray(self.written), []

    def torn(self, rng: random.Random) -> bytearray:
        left = bytearray(self.synced)
        for part in self.pending:
            if rng.random() < 0.5:
                part(left)
        return left


@dataclass
class _Folder:
    """A folder's names: as synced, as they are, and the changes in between; one change may be a rename."""

    synced: dict[str, "_File | _Folder"] = field(default_factory=dict)
    names: dict[str, "_File | _Folder"] = field(default_factory=dict)
    pending: list[dict[str, "_File | _Folder | None"]] = field(default_factory=list)

    def change(self, names: dict[str, "_File | _Folder | None"]) -> None:
        _rename(self.names, names)
        self.pending.append(names)

    def sync(self) -> None:
        self.synced, self.pending = dict(self.names), []

    def torn(self, rng: random.Random) -> dict[str, "_File | _Folder"]:
        left = dict(self.synced)
        for names in self.pending:
            if rng.random() < 0.5:
                _rename(left, names)
        return left


class Disk:
    """A disk with one folder, to which the events of a log are applied one after the other."""

    def __init__(self) -> None:
        self._root = _Folder()

    def do(self, event: Event) -> None:
        """Apply one event of the log."""
        verb, *rest = event
        if verb != "note":
            getattr(self, f"_{verb}")(*rest)

    def fail(self, folder: Path, rng: random.Random) -> None:
        """Write what the power failure leaves into an empty folder."""
        _write_out(self._root, folder, rng)

    def _write(self, name: str, offset: int, data: bytes) -> None:
        borders = [offset, *range((offset // SECTOR + 1) * SECTOR, offset + len(data), SECTOR), offset + len(data)]
        parts = [_put(start, data[start - offset : end - offset]) for start, end in itertools.pairwise(borders)]
        self._file(name).change(parts)

    def _truncate(self, name: str, size: int) -> None:
        self._file(name).change([_cut(size)])

    def _content(self, name: str, data: bytes) -> None:
        file = self._file(name)
        if bytes(file.written) != data:
            self._truncate(name, len(data))
            self._write(name, 0, data)

    def _sync(self, name: str) -> None:
        (self._find(name) or self._file(name)).sync()

    def _link(self, old: str, new: str) -> None:
        folder, last = self._place(new)
        folder.change({last: self._find(old)})

    def _rename(self, old: str, new: str) -> None:
        moved, (folder, last), (target, new_last) = self._find(old), self._place(old), self._place(new)
        if folder is not target:
            raise NotImplementedError("a rename from folder to folder")
        folder.change({last: None, new_last: moved})

    def _unlink(self, name: str) -> None:
        folder, last = self._place(name)
        folder.change({last: None})

    def _find(self, name: str) -> "_File | _Folder | None":
        if not name:
            return self._root
        folder, last = self._place(name)
        return folder.names.get(last)

    def _file(self, name: str) -> _File:
        folder, last = self._place(name)
        if last not in folder.names:
            folder.change({last: _File()})
        file = folder.names[last]
        assert isinstance(file, _File)
        return file

    def _place(self, name: str) -> tuple[_Folder, str]:
        *parents, last = PurePosixPath(name).parts
        folder = self._root
        for parent in parents:
            if parent not in folder.names:
                folder.change({parent: _Folder()})
            inner = folder.names[parent]
            assert isinstance(inner, _Folder)
            folder = inner
        return folder, last


def _rename(names: dict[str, "_File | _Folder"], change: dict[str, "_File | _Folder | None"]) -> None:
    for name, item in change.items():
        if item is None:
            names.pop(name, None)
        else:
            names[name] = item


def _write_out(folder: _Folder, path: Path, rng: random.Random) -> None:
    for name, item in folder.torn(rng).items():
        if isinstance(item, _File):
            (path / name).write_bytes(item.torn(rng))
        else:
            (path / name).mkdir()
            _write_out(item, path / name, rng)


def _put(offset: int, data: bytes) -> Change:
    def put(content: bytearray) -> None:
        content.extend(bytes(max(0, offset + len(data) - len(content))))
        content[offset : offset + len(data)] = data

    return put


def _cut(size: int) -> Change:
    def cut(content: bytearray) -> None:
        del content[size:]
        content.extend(bytes(size - len(content)))

    return cut

"""Record everything that a process does to a folder's files, in the order in which it asked for it.

SQLite is watched from inside: its own file system layer is copied, and the functions that open,
write, truncate, sync and delete are replaced by ones that record the call and then call the
originals. So it is Python's own SQLite, driven by the store's real code. What Python itself does to
files (`fsync`, renames, links) is watched by replacing those functions of `os`.
"""

import _sqlite3
import ctypes
import os
import pickle
import sqlite3  # noqa: F401 - loads the library that is watched
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fault_cases.catalogue import NotHere

Event = tuple[Any, ...]
"""("write", name, offset, bytes), ("truncate", name, size), ("content", name, bytes), ("sync", name),
("link", old, new), ("rename", old, new), ("unlink", name) or ("note", anything); names are relative to the folder."""

_OK = 0
_NEW_JOURNALS = 0x80000 | 0x800  # SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL
_P = ctypes.c_void_p


class _Vfs(ctypes.Structure):
    """`struct sqlite3_vfs`, version 3."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("file_size", ctypes.c_int),
        ("longest_path", ctypes.c_int),
        ("next", _P),
        ("name", ctypes.c_char_p),
        ("data", _P),
        ("open", _P),
        ("delete", _P),
        ("others", _P * 14),
    )


class _Methods(ctypes.Structure):
    """`struct sqlite3_io_methods`, version 3."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("close", _P),
        ("read", _P),
        ("write", _P),
        ("truncate", _P),
        ("sync", _P),
        ("others", _P * 13),
    )


class _File(ctypes.Structure):
    """`struct sqlite3_file`."""

    _fields_ = (("methods", ctypes.POINTER(_Methods)),)


# Names are pointers: SQLite keeps the same string that it opens a file by.
_OPEN = ctypes.CFUNCTYPE(ctypes.c_int, _P, _P, _P, ctypes.c_int, _P)
_DELETE = ctypes.CFUNCTYPE(ctypes.c_int, _P, _P, ctypes.c_int)
_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, _P, _P, ctypes.c_int, ctypes.c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, _P, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, _P, ctypes.c_int)


class DiskLog:
    """The record of everything that this process does to the files of one folder from now on; one log per process."""

    def __init__(self, folder: Path) -> None:
        self.events: list[Event] = []
        self._folder = folder.resolve()
        self._names: dict[int, str] = {}
        self._new: set[int] = set()
        self._methods: dict[int, _Methods] = {}
        self._kept: list[object] = []  # keeps alive what only C refers to
        for path in sorted(self._folder.rglob("*")):
            if path.is_file():
                self._note_content(str(path))
                self.events.append(("sync", self._name(str(path))))
        for path in [self._folder, *sorted(self._folder.rglob("*"))]:
            if path.is_dir():
                self.events.append(("sync", self._name(str(path))))
        self.note("start")
        self._watch_sqlite()
        self._watch_python()

    def note(self, fact: object) -> None:
        """Record that something is true from here on, such as an acknowledgement."""
        self.events.append(("note", fact))

    def save(self, file: str) -> None:
        """Keep the log for the process that will replay it."""
        Path(file).write_bytes(pickle.dumps(self.events))

    def _watch_sqlite(self) -> None:
        library = ctypes.CDLL(_sqlite3.__file__)  # the library that this module is linked to
        try:
            library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
            library.sqlite3_vfs_find.argtypes = [ctypes.c_char_p]
            library.sqlite3_vfs_register.argtypes = [_P, ctypes.c_int]
        except AttributeError:
            raise NotHere("this Python hides its SQLite, whose writes can therefore not be watched") from None
        original = library.sqlite3_vfs_find(None).contents
        watched = _Vfs.from_buffer_copy(original)
        watched.name = b"watched"
        watched.open = self._callback(_OPEN, self._opening(_OPEN(original.open)))
        watched.delete = self._callback(_DELETE, self._deleting(_DELETE(original.delete)))
        self._kept.append(watched)
        if library.sqlite3_vfs_register(ctypes.addressof(watched), 1) != _OK:
            raise NotHere("this SQLite does not let its files be watched")

    def _callback(self, kind: Any, function: Callable[..., int]) -> int | None:
        made = kind(function)
        self._kept.append(made)
        return ctypes.cast(made, _P).value

    def _opening(self, original: Any) -> Callable[..., int]:
        def open_(vfs: int, name: int | None, file: int, flags: int, out: int) -> int:
            path = ctypes.string_at(name).decode() if name else ""
            is_new = bool(path) and not os.path.exists(path)
            result: int = original(vfs, name, file, flags, out)
            if result == _OK and self._is_ours(path):
                self._names[file] = self._name(path)
                (self._new.add if is_new and flags & _NEW_JOURNALS else self._new.discard)(file)
                self._note_content(path)
                opened = _File.from_address(file)
                opened.methods = ctypes.pointer(self._watched_methods(opened.methods))
            return result

        return open_

    def _deleting(self, original: Any) -> Callable[..., int]:
        def delete(vfs: int, name: int, sync_folder: int) -> int:
            path = ctypes.string_at(name).decode()
            result: int = original(vfs, name, sync_folder)
            if result == _OK and self._is_ours(path):
                self.events.append(("unlink", self._name(path)))
                if sync_folder:
                    self.events.append(("sync", self._name(os.path.dirname(path))))
            return result

        return delete

    def _watched_methods(self, original: Any) -> _Methods:
        address = ctypes.addressof(original.contents)
        if address not in self._methods:
            methods = _Methods.from_buffer_copy(original.contents)
            write, truncate, sync = _WRITE(methods.write), _TRUNCATE(methods.truncate), _SYNC(methods.sync)

            def write_(file: int, data: int, size: int, offset: int) -> int:
                self.events.append(("write", self._names[file], offset, ctypes.string_at(data, size)))
                return int(write(file, data, size, offset))

            def truncate_(file: int, size: int) -> int:
                self.events.append(("truncate", self._names[file], size))
                return int(truncate(file, size))

            def sync_(file: int, flags: int) -> int:
                result = int(sync(file, flags))
                self.events.append(("sync", self._names[file]))
                if file in self._new:  # SQLite syncs the folder too, after a new log's first sync
                    self._new.discard(file)
                    self.events.append(("sync", os.path.dirname(self._names[file])))
                return result

            methods.write = self._callback(_WRITE, write_)
            methods.truncate = self._callback(_TRUNCATE, truncate_)
            methods.sync = self._callback(_SYNC, sync_)
            self._methods[address] = methods
            self._methods[ctypes.addressof(methods)] = methods  # SQLite may open a file over a closed one
        return self._methods[address]

    def _watch_python(self) -> None:
        fsync, unlink = os.fsync, os.unlink

        def fsync_(handle: int) -> None:
            path = os.readlink(f"/proc/self/fd/{handle}")
            fsync(handle)
            if self._is_ours(path):
                if not stat.S_ISDIR(os.fstat(handle).st_mode):
                    self._note_content(path)
                self.events.append(("sync", self._name(path)))

        def unlink_(path: Any, **names: Any) -> None:
            unlink(path, **names)
            if self._is_ours(str(path)):
                self.events.append(("unlink", self._name(str(path))))

        os.fsync, os.unlink = fsync_, unlink_
        os.link = self._moving("link", os.link)
        os.rename = self._moving("rename", os.rename)
        os.replace = self._moving("rename", os.replace)

    def _moving(self, verb: str, original: Callable[..., None]) -> Callable[..., None]:
        def move(old: Any, new: Any, **names: Any) -> None:
            if os.path.isfile(old):
                self._note_content(str(old))
            original(old, new, **names)
            self.events.append((verb, self._name(str(old)), self._name(str(new))))

        return move

    def _note_content(self, path: str) -> None:
        # The handle stays open: closing it would drop the locks that SQLite holds on the same file.
        handle = os.open(path, os.O_RDONLY)
        self.events.append(("content", self._name(path), os.pread(handle, os.fstat(handle).st_size, 0)))

    def _is_ours(self, path: str) -> bool:
        return bool(path) and Path(os.path.abspath(path)).is_relative_to(self._folder)

    def _name(self, path: str) -> str:
        name = os.path.relpath(os.path.abspath(path), self._folder)
        return "" if name == "." else name

"""A folder to import: its files are read once, in the order of their names."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from annotator.formats.faults import BadInput, Fault, Faults, show_name
from annotator.formats.fields import Fields
from annotator.formats.files.encodings import UTF_8
from annotator.formats.files.layout import AS_WRITTEN, Layout
from annotator.formats.rows import SentenceRow
from annotator.formats.tools.documents import MOST_FILES, files_in
from annotator.formats.tools.folders import FOLDERS, find_unread
from annotator.importing.remarks import MOST_NAMED
from annotator.importing.source import Source, next_chunk, open_source
from annotator.progress import Progress
from annotator.wording import first_names

Found = tuple[str, int, int]
"""A file's path in the folder, its size, and when it was changed."""


@dataclass(frozen=True)
class FolderSource(Source):
    """A folder and how to read it; it has no bytes of its own."""

    files: tuple[Found, ...] = ()

    def recognised_by_content(self) -> Source:
        """Return the folder itself: its format is already what its files say."""
        return self

    def chunks(self, faults: Faults) -> Iterator[list[SentenceRow]]:
        """Yield the rows in the order of the files' names, a few hundred at a time."""
        faults.notes.remarks += _remarks_on_unread(find_unread(self.path, self.format))
        rows = FOLDERS[self.format](self.path, faults, fields=self.fields)
        done = 0
        while chunk := next_chunk(rows):
            done += sum(row.size for row in chunk)
            yield chunk
            self.report("read", done, self.size)

    def sha256(self) -> str:
        """Return the hash of the files that were read; raises BadInput if one has been changed since."""
        digest = hashlib.sha256()
        for name, size, _ in self.files:
            digest.update(f"{name}\0{size}\0".encode(errors="surrogateescape"))
            with (self.path / name).open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        if _files(self.path) != self.files:
            fault = Fault(None, None, "that it changed while it was being read", "a folder that nothing is writing to")
            raise BadInput(str(self.path), [fault])
        return digest.hexdigest()


def open_path(
    path: Path, format: str, fields: Fields, progress: Progress | None, layout: Layout = AS_WRITTEN
) -> AbstractContextManager[Source]:
    """Open a file or a folder to import, as `open_source` and `open_folder` do."""
    return (open_folder if path.is_dir() else open_source)(path, format, fields, progress, layout)


@contextmanager
def open_folder(
    path: Path, format: str, fields: Fields, progress: Progress | None, layout: Layout = AS_WRITTEN
) -> Iterator[Source]:
    """Open a folder to import; raises BadInput if it cannot be read, or if the format is that of a file."""
    if format not in FOLDERS:
        expected = f"a file, or one of {', '.join(FOLDERS)}"
        raise BadInput(str(path), [Fault(None, None, f"a folder with the format {format}", expected)])
    try:
        files = _files(path)
    except OSError as error:
        fault = Fault(None, None, f"that it cannot be read ({error.strerror})", "a folder to import")
        raise BadInput(str(path), [fault]) from None
    if len(files) > MOST_FILES:
        raise BadInput(str(path), [Fault(None, None, f"{len(files):,} files", f"at most {MOST_FILES:,}")])
    size = sum(size for _, size, _ in files)
    changed = max((changed for _, _, changed in files), default=0)
    with open(os.devnull, "rb") as nothing:
        yield FolderSource(path, nothing, format, fields, layout, UTF_8, progress, size, changed, files=files)


def _remarks_on_unread(names: Sequence[str]) -> Iterator[str]:
    if names:
        named = first_names([*map(show_name, names)], MOST_NAMED)
        yield f"Files of the folder that were not read: {len(names):,}; {named}."


def _files(folder: Path) -> tuple[Found, ...]:
    found = []
    for path in files_in(folder):
        now = path.stat()
        found.append((path.relative_to(folder).as_posix(), now.st_size, now.st_mtime_ns))
    return tuple(found)

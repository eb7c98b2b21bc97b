"""The files of uploads, in a folder next to the project: named by the number of their row, never by their owner."""

import os
from pathlib import Path

from annotator.project.folders import LEFT_OUT, project_folder
from annotator.project.private_files import private_folder
from db.aside import remove_left
from db.corpus.uploads import Upload
from db.store import Store

_SUFFIXES = {
    **{"native": ".jsonl", "text": ".txt", "csv": ".csv", "tsv": ".tsv", "conll": ".conll"},
    **{"excel": ".xlsx", "parquet": ".parquet"},
}
_OTHER_SUFFIX = ".data"


def uploads_folder(project_file: Path) -> Path:
    """Return the folder next to the project file that holds uploaded files until they are imported."""
    return project_folder(project_file, "uploads")


def uploaded_file(store: Store, upload: Upload) -> Path:
    """Return the file of an upload, named by the number of its row and the suffix of its format."""
    return uploads_folder(store.path) / f"{upload.id}{_SUFFIXES.get(upload.settings['format'], _OTHER_SUFFIX)}"


def left_out_file(store: Store, upload: Upload) -> Path:
    """Return the file with the rows that an upload left out because of a fault."""
    return uploads_folder(store.path) / f"{upload.id}{LEFT_OUT}"


def log_file(store: Store) -> Path:
    """Return the log of what went wrong inside Whylight."""
    return uploads_folder(store.path) / "log.txt"


def write(file: Path, content: bytes | memoryview) -> None:
    """Write an uploaded file, for its owner alone."""
    private_folder(file.parent)
    # O_EXCL: an existing file is never overwritten, and a link never followed.
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(handle, "wb") as stream:
            stream.write(content)
    except OSError:
        file.unlink()
        raise


def remove_files(store: Store, upload: Upload) -> None:
    """Remove the files of an upload that did not end well, also a half-written one; no process works on it any more."""
    uploaded_file(store, upload).unlink(missing_ok=True)
    left_out_file(store, upload).unlink(missing_ok=True)
    remove_left(left_out_file(store, upload))


def remove_leftovers(folder: Path) -> None:
    """Remove the files of uploads that have ended, and only files with names like ours."""
    if folder.is_symlink() or not folder.is_dir():
        return
    for file in folder.iterdir():
        is_upload = file.stem.isdecimal() and file.suffix in (*_SUFFIXES.values(), _OTHER_SUFFIX)
        left_out, _, _ = file.name.removeprefix(".").partition(LEFT_OUT)
        if is_upload or (LEFT_OUT in file.name and left_out.isdecimal()):
            file.unlink()

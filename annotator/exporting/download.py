"""Examples for a browser, which takes one file: a folder, or a file with its datacard, is a zip archive."""

import io
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from annotator.exporting.choosing import suffix_of
from annotator.exporting.datacard import write_datacard
from annotator.exporting.registry import FORMATS, FolderFormat
from annotator.exporting.run import Asked, Written, export_examples, record_examples
from annotator.exporting.target import without_name
from annotator.project.permissions import Actor
from db.store import Store

CARD = "README.md"
"""What Hugging Face calls the datacard of a data set."""
_OLDEST = (1980, 1, 1, 0, 0, 0)
"""The oldest time that a zip archive can hold: the same examples give the same bytes."""


@dataclass(frozen=True)
class Download:
    """What a browser asks for."""

    asked: Asked
    stem: str
    """The name of the file without its suffix."""
    with_card: bool = False
    """Whether the datacard is wanted with it."""
    licence: str | None = None

    @property
    def is_archive(self) -> bool:
        """Return whether it is a zip archive: a folder is, and a file with its datacard."""
        return self.with_card or isinstance(FORMATS[self.asked.format], FolderFormat)

    @property
    def name(self) -> str:
        """Return the name of the file that the browser gets."""
        return f"{self.stem}{'.zip' if self.is_archive else suffix_of(self.asked.format)}"

    @property
    def remarks(self) -> list[str]:
        """Return a sentence about what comes with the examples, unless they come alone."""
        if not self.is_archive:
            return []
        says = f"says the licence {self.licence}" if self.licence else "says that the licence is unknown"
        return [f"It comes as a zip archive{f' with a datacard, which {says}' if self.with_card else ''}."]


def examples_for_download(store: Store, download: Download, *, actor: Actor) -> io.FileIO:
    """Write the examples to a file without a name, which is gone once it is closed, and return it rewound."""

    def write(file: io.FileIO) -> None:
        if download.is_archive:
            written = _write_archive(store, download, file, actor)
        else:
            written = export_examples(store, file, download.asked, actor=actor)
        record_examples(store, actor, written, target="the browser")

    return without_name(write)


def _write_archive(store: Store, download: Download, file: IO[bytes], actor: Actor) -> Written:
    """Write a zip archive of the examples, which are made next to one another on the disk first."""
    with tempfile.TemporaryDirectory() as home:
        target = Path(home) / f"{download.stem}{suffix_of(download.asked.format)}"
        written = export_examples(store, target, download.asked, actor=actor)
        if download.with_card:
            card = (target if target.is_dir() else Path(home)) / CARD
            card.write_text(write_datacard(store, written, licence=download.licence, actor=actor), encoding="utf-8")
        _pack(Path(home), file)
    return written


def _pack(home: Path, file: IO[bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(home.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(home).as_posix(), _OLDEST)
                entry.compress_type = zipfile.ZIP_DEFLATED
                with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as packed:
                    shutil.copyfileobj(source, packed)

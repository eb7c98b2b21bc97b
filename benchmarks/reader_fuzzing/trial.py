"""Read one input as an import does, and say what went wrong if it was anything but a refusal in a sentence."""

import hashlib
import random
import re
import shutil
import signal
import sqlite3
import sys
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from annotator.care.doctor import examine
from annotator.errors import OutOfMemory, Refused
from annotator.formats.answers.spans import ALIGNS
from annotator.formats.faults import BadInput, Faults
from annotator.formats.fields import DEFAULT_FIELDS, Fields
from annotator.formats.first_look import look_into
from annotator.formats.rows import SentenceRow
from annotator.formats.tools.folders import FOLDERS
from annotator.importing.folder_source import open_folder
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.importing.source import open_source
from annotator.project.projects import create_project
from db.records import OWNER
from db.store import Store
from reader_fuzzing.seeds import LABELS, Files, known_sentence

MOST_CPU_S = 5.0
"""For one input; the files have at most 1 MB, and most a few hundred bytes."""
IMPORTED_SHARE = 0.1
"""Of the inputs, how many are brought into a project; the others are only read."""
TAKEN = "taken"

_LONGEST_SENTENCE = 2000
_DIGITS = re.compile("[0-9]+")
_LOOKED_AT = frozenset(("native", "text", "csv", "tsv", "excel", "parquet"))


class TookTooLong(BaseException):
    """An input took more CPU time than it may; no `except Exception` catches it."""


@dataclass
class Broken(Exception):
    """A promise that an input broke."""

    kind: str
    what: str
    where: str = ""
    """The place in our code, as file and line."""
    details: str = ""
    """The traceback."""


@dataclass(frozen=True)
class Way:
    """How one input is read."""

    settings: ImportSettings
    is_imported: bool
    """Whether it is brought into a project, or only read."""


def draw_way(reader: str, draw: random.Random) -> Way:
    """Return how an input is read: most settings are the default."""
    fields = DEFAULT_FIELDS
    if draw.random() < 0.5:
        names = draw.sample((*LABELS, "why"), draw.randrange(2))
        labels = draw.choice(((None, None), LABELS[:2]))
        fields = Fields(
            align=draw.choice(ALIGNS), span_names=tuple(names), marked_label=labels[0], unmarked_label=labels[1]
        )
    settings = ImportSettings(
        fields=fields,
        format=None if draw.random() < 0.2 else reader,
        answers=draw.choice(("keep", "drop")),
        leave_out_faulty=draw.random() < 0.3,
        people=("source",) if draw.random() < 0.05 else (),
    )
    return Way(settings, draw.random() < IMPORTED_SHARE)


class Trials:
    """Tries inputs one after the other, in a folder and next to a project that has sentences and answers already."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        with create_project(self._template, labels=LABELS) as store:
            path = write("native", {"known.jsonl": known_sentence()}, folder / "first")
            import_file(store, path, ImportSettings(answers="keep", leave_out_faulty=True), actor=OWNER)

    def try_input(self, reader: str, files: Files, way: Way) -> str:
        """Return what became of the input, alike for inputs with the same fate; raise Broken if a promise was broken.

        The input is in `now`, so that it is still there if the process dies.
        """
        shutil.rmtree(self._folder / "now", ignore_errors=True)
        place = self._folder / "now"
        place.mkdir()
        path = write(reader, files, place / "in")
        try:
            with _limited():
                self._import(path, place, way) if way.is_imported else _read(reader, path, way.settings)
        except TookTooLong:
            raise Broken("hang", f"more than {MOST_CPU_S:.0f} s of CPU time", *_place()) from None
        except (OutOfMemory, MemoryError) as error:
            raise Broken("memory", type(error).__name__, *_place()) from None
        except Refused as refusal:
            return _fate(refusal)
        except Broken:
            raise
        except Exception as error:
            raise Broken("traceback", f"{type(error).__name__}: {error}", *_place()) from None
        return TAKEN

    def _import(self, path: Path, place: Path, way: Way) -> None:
        project = place / "p.db"
        shutil.copy(self._template, project)
        before = content_of(project)
        with Store.open(project) as store:
            try:
                import_file(store, path, way.settings, actor=OWNER)
            except Refused:
                if content_of(project) != before:
                    raise Broken("changed", "the project changed although the file was refused") from None
                raise
            if errors := [finding for finding in examine(store) if finding.level == "error"]:
                raise Broken("damaged", f"the doctor finds: {errors[0].about}, {errors[0].found}")


def write(reader: str, files: Files, folder: Path) -> Path:
    """Write the files of an input into a new folder, and return what is imported: the folder, or its one file."""
    folder.mkdir()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder if reader in FOLDERS else folder / next(iter(files))


def content_of(project: Path) -> str:
    """Return a hash of everything that a project's file has."""
    digest = hashlib.sha256()
    with closing(sqlite3.connect(project)) as db:
        for line in db.iterdump():
            digest.update(line.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _read(reader: str, path: Path, settings: ImportSettings) -> None:
    """Read the rows as an import does before it compares them with a project."""
    faults = Faults(path.name, (lambda fault: None) if settings.leave_out_faulty else None)
    opened = open_folder if path.is_dir() else open_source
    with opened(path, reader, settings.fields, None) as source:
        if settings.format is None:
            source = source.recognised_by_content()
        for chunk in source.chunks(faults):
            for row in chunk:
                _check_row(row)
    if reader in _LOOKED_AT:
        look_into(path.read_bytes(), reader)
    faults.raise_if_any()


def _check_row(row: SentenceRow) -> None:
    """Raise Broken unless tokens are where they are said to be, and marks as many as tokens."""
    ends = 0
    for token, start in zip(row.tokens, row.starts, strict=True):
        if row.text[start : start + len(token)] != token or start < ends:
            raise Broken("wrong", f"the token {token!r} is not at {start}")
        ends = start + len(token)
    for marks in (row.marks, *(answer.marks for answer in row.annotations)):
        if marks is not None and (len(marks) != len(row.tokens) or set(marks) - set("+-.")):
            raise Broken("wrong", f"the marks {marks!r} for {len(row.tokens)} tokens")
    row.text.encode()


def _fate(refusal: Refused) -> str:
    """Return what was expected of the first faults, whose sentences must be whole and short."""
    faults = refusal.faults if isinstance(refusal, BadInput) else ()
    for fault in faults:
        if not fault.found or not fault.expected or len(str(fault)) > _LONGEST_SENTENCE:
            raise Broken("wrong", f"a fault that is no sentence: {str(fault)[:200]}")
    return _DIGITS.sub("#", " ".join(sorted({fault.expected[:80] for fault in faults}))) or type(refusal).__name__


@contextmanager
def _limited() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise TookTooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, MOST_CPU_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _place() -> tuple[str, str]:
    """Return the last place in our own code of the exception that is being handled, and its traceback."""
    error = sys.exc_info()[1]
    frames = traceback.extract_tb(None if error is None else error.__traceback__)
    own = [frame for frame in frames if "/annotator/" in frame.filename or "/db/" in frame.filename]
    where = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""
    return where, traceback.format_exc()

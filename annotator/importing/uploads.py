"""Take in a file through the page: keep it beside the project, start its import as a process of its own, follow it.

The import goes on whatever happens to the page (`annotator/importing/upload_process.py`); the upload's row
tells how it stands. What its owner calls the file is a label. The file itself is named by us, with
the number of its row, and is removed when its import has ended.
"""

import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from annotator import jobs
from annotator.errors import BadUpload, NotPrivate
from annotator.formats.fields import DEFAULT_FIELDS, Fields
from annotator.formats.registry import find_format
from annotator.importing.label_reading import AS_NAMED, LabelRules
from annotator.importing.rules import MOST_HELD_OUT, AnswerPolicy, Duplicates
from annotator.processes import end_process, is_alive
from annotator.project.folders import project_folder
from annotator.project.permissions import OWNER, Actor, check_may_act
from annotator.project.private_files import open_log, private_folder
from db import audit, imports, uploads
from db.records import Person, Upload
from db.store import Store, now_ms

MOST_MEGABYTES = 50
"""What the page takes; a larger file is imported from the command line."""
LONGEST_FILE_NAME = 255
NEWS_MS = 24 * 3600 * 1000
"""For so long its owner is told what became of an upload."""

_SUFFIXES = {"native": ".jsonl", "text": ".txt", "csv": ".csv", "tsv": ".tsv"}
_DIED = (
    "Its process ended without a word. Upload the file again: what was not added yet is added then, "
    "and what the project has already is skipped."
)


@dataclass(frozen=True)
class UploadSettings:
    """How a file is to be read, as `whylight import` has it."""

    format: str | None = None
    """None takes the one that the file's suffix stands for."""
    fields: Fields = DEFAULT_FIELDS
    answers: AnswerPolicy = "held-out"
    hold_out: float = 0.1
    duplicates: Duplicates = "keep"
    labels: LabelRules = AS_NAMED
    dry_run: bool = False
    """Whether the file is only read and checked."""
    suffix_decides: bool = False
    """Whether the name of the file gave the format, so that what is in it may not contradict the name."""


def start_upload(
    store: Store, person: Person, file_name: str, content: bytes | memoryview, settings: UploadSettings
) -> Upload:
    """Keep the file, start its import, and give its row; refuses what `keep_upload` refuses.

    Raises BadUpload too where the process cannot start; then the upload has failed, and the next one may come.
    """
    upload = keep_upload(store, person, file_name, content, settings)
    try:
        job = _start(store, upload)
    except BadUpload as error:
        uploads.give_up(store, upload.id, error=str(error))
        uploaded_file(store, upload).unlink(missing_ok=True)
        raise
    uploads.set_process(store, upload.id, pid=job.pid, process=job.started)
    return upload


def keep_upload(
    store: Store, person: Person, file_name: str, content: bytes | memoryview, settings: UploadSettings
) -> Upload:
    """Keep the file beside the project, for a process to import, and give its row.

    Raises BadUpload for a file that is too large or a name that cannot be, BadInput for a format
    that is not known, UploadInProgress while another file is being imported.
    """
    check_may_act(store, person, least="researcher")
    settings = _checked(file_name, len(content), settings)
    settle(store)
    with store.writing():
        upload = uploads.start(store, file_name=file_name, settings=asdict(settings), person_id=person.id)
        detail = {"upload": upload.id, "file": file_name, "bytes": len(content)}
        audit.record(store, person, "upload", detail | ({"dry_run": True} if settings.dry_run else {}))
        _remove_leftovers(uploads_folder(store.path))  # in here, so that it is nobody's who comes just now
    try:
        _write(uploaded_file(store, upload), content)
    except NotPrivate as error:
        uploads.give_up(store, upload.id, error=str(error), refused=True)
        raise BadUpload(str(error)) from error
    except OSError as error:
        refusal = f"The file could not be kept beside the project: {error.strerror}; see to that, and upload it again."
        uploads.give_up(store, upload.id, error=refusal, refused=True)
        raise BadUpload(refusal) from error
    return upload


def settle(store: Store) -> Upload | None:
    """Give the upload at work, or None; one whose process died is marked as failed, and its file removed."""
    working = uploads.in_progress(store)
    if working is None or not _is_dead(working):
        return working
    uploads.give_up(store, working.id, error=_DIED)
    uploaded_file(store, working).unlink(missing_ok=True)
    return None


def is_silent(upload: Upload) -> bool:
    """Whether its process has not been heard of for long: it may be stopped, or the machine be busy."""
    return jobs.is_silent(upload.heartbeat_ms)


def cancel(store: Store, upload_id: int, *, actor: Actor) -> None:
    """End an import before its sentences are to be seen, delete what it has added so far, and remove the file.

    Raises BadUpload when it has ended, or only has to finish what everybody sees by now.
    """
    check_may_act(store, actor, least="researcher")
    upload = _working(store, upload_id)
    if is_silent(upload) and upload.pid is not None:
        end_process(upload.pid, upload.process)  # it may be stopped, and hold the lock that is needed below
    with store.writing():
        check_may_act(store, actor, least="researcher")
        upload = _working(store, upload_id)
        seen = uploads.is_visible(store, upload)
        if seen and not is_silent(upload):
            raise BadUpload("It cannot be cancelled any more: its sentences are in the project, and it is nearly done.")
        uploads.cancel(store, upload_id, error=_cancelled(actor, seen=seen))
        if upload.import_id is not None:
            imports.give_up(store, upload.import_id)
        audit.record(store, actor, "upload cancelled", {"upload": upload_id, "file": upload.file_name})
    _clear_up(store, upload)


def _working(store: Store, upload_id: int) -> Upload:
    upload = uploads.read(store, upload_id)
    if upload is None or not upload.is_working:
        raise BadUpload("It cannot be cancelled any more: this import has ended.")
    return upload


def _cancelled(actor: Actor, *, seen: bool) -> str:
    by = "the owner of the file" if actor is OWNER else actor.name
    if not seen:
        return f"Cancelled by {by}; nothing was added."
    return (
        f"Cancelled by {by} when its sentences were in the project already; some may lack their answers or their place "
        "in the queue. Upload the file again: what is missing is added then."
    )


def _clear_up(store: Store, upload: Upload) -> None:
    """End the process of an upload that was cancelled, and start one that deletes what it has left."""
    if upload.pid is not None:
        end_process(upload.pid, upload.process)
    uploaded_file(store, upload).unlink(missing_ok=True)
    if upload.import_id is not None:
        _start(store, upload)


def to_show(store: Store, person: Person) -> Upload | None:
    """Give the upload at work, whoever's it is, else this person's last one unless it is old, or None."""
    working = settle(store)
    if working is not None:
        return working
    last = uploads.last_of_person(store, person.id)
    return None if last is None or last.heartbeat_ms < now_ms() - NEWS_MS else last


def uploads_folder(project_file: Path) -> Path:
    """Give the folder beside the project file that holds files on their way in."""
    return project_folder(project_file, "uploads")


def uploaded_file(store: Store, upload: Upload) -> Path:
    """Give the file of an upload: the number of its row, and the suffix of its format."""
    return uploads_folder(store.path) / f"{upload.id}{_SUFFIXES[upload.settings['format']]}"


def settings_of(upload: Upload) -> UploadSettings:
    """Give the settings that an upload's row keeps."""
    kept = upload.settings | {"fields": Fields(**upload.settings["fields"])}
    # An upload of before this version has nothing to say about labels.
    return UploadSettings(**kept | {"labels": LabelRules(**upload.settings.get("labels", {}))})


def _checked(file_name: str, size: int, settings: UploadSettings) -> UploadSettings:
    if size > MOST_MEGABYTES * 1024 * 1024:
        raise BadUpload(
            f"{file_name} has {size / 1024 / 1024:,.1f} MB, and the page takes {MOST_MEGABYTES} MB at most; "
            "bring it in with `whylight import` in a terminal."
        )
    # The name never leads anywhere, but people read it.
    if not 1 <= len(file_name) <= LONGEST_FILE_NAME or not file_name.isprintable() or set(file_name) & set("/\\"):
        raise BadUpload(
            f"The name of the file is not 1 to {LONGEST_FILE_NAME} printable characters without / and \\; rename it."
        )
    if not 0 <= settings.hold_out <= MOST_HELD_OUT:
        raise BadUpload(f"The share to set aside is {settings.hold_out}; give 0 to {MOST_HELD_OUT}.")
    return replace(
        settings, format=find_format(Path(file_name), settings.format), suffix_decides=settings.format is None
    )


def _write(file: Path, content: bytes | memoryview) -> None:
    private_folder(file.parent)
    # O_EXCL: what lies there is never written over, and a link never followed.
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(handle, "wb") as stream:
            stream.write(content)
    except OSError:
        file.unlink()
        raise


def _start(store: Store, upload: Upload) -> jobs.JobProcess:
    """Start a process that sees to the upload, and return which one it is; raise BadUpload if it cannot start."""
    log = _log(store)
    try:
        private_folder(log.parent)
        with open_log(log, append=True) as stream:
            return jobs.start_job("annotator.importing.upload_process", store.path, upload.id, log=stream)
    except NotPrivate as error:
        raise BadUpload(str(error)) from error
    except OSError as error:
        raise BadUpload(
            f"The import could not start: {error.strerror}. See to {log}, which must be a file and no link, "
            "and to the machine's memory; then upload the file again."
        ) from error


def _log(store: Store) -> Path:
    return uploads_folder(store.path) / "log.txt"


def _is_dead(working: Upload) -> bool:
    """Whether nothing works on it; a process that is stopped, or out of time, is silent and lives.

    Where nothing tells its process from a later one of the same number, as in rows from before schema 6, silence
    is death: the number may be anyone's by now.
    """
    if working.process is None and is_silent(working):
        return True
    return working.pid is not None and not is_alive(working.pid, working.process)


def _remove_leftovers(folder: Path) -> None:
    """Remove what uploads left that have ended; only files that are named as ours are."""
    if folder.is_symlink() or not folder.is_dir():
        return
    for file in folder.iterdir():
        if file.stem.isdecimal() and file.suffix in _SUFFIXES.values():
            file.unlink()

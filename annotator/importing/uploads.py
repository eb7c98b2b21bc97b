"""Import a file uploaded on the page: keep it next to the project, start its import as a separate process, follow it.

The import continues whatever happens to the page (`annotator/importing/upload_process.py`); the upload's row
shows its progress. Its owner's name for the file is only displayed. We name the file itself after
the number of its row, and remove it when its import has ended.
"""

import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from annotator import jobs
from annotator.errors import BadUpload, NotPrivate
from annotator.formats.fields import Fields
from annotator.formats.files.layout import Layout
from annotator.formats.registry import find_format
from annotator.importing.label_reading import LabelRules
from annotator.importing.settings import MOST_HELD_OUT, ImportSettings
from annotator.processes import end_process, is_alive
from annotator.project.folders import project_folder
from annotator.project.permissions import OWNER, Actor, check_may_act
from annotator.project.private_files import open_log, private_folder
from db import audit, imports, uploads
from db.records import Person, Upload
from db.store import Store, now_ms

MOST_MEGABYTES = 50
"""The largest file that the page takes; a larger one is imported from the command line."""
LONGEST_FILE_NAME = 255
NEWS_MS = 24 * 3600 * 1000
"""For how long an upload's owner sees what became of it."""

_SUFFIXES = {
    **{"native": ".jsonl", "text": ".txt", "csv": ".csv", "tsv": ".tsv", "conll": ".conll"},
    **{"excel": ".xlsx", "parquet": ".parquet"},
}
_OTHER_SUFFIX = ".data"
_DIED = (
    "Its process ended unexpectedly. Upload the file again: what is missing is added, "
    "and what the project already has is skipped."
)


@dataclass(frozen=True)
class UploadSettings(ImportSettings):
    """What the page's form says about a file."""

    suffix_decides: bool = False
    """Whether the format comes from the file's name; then its content must not contradict the name."""


def start_upload(
    store: Store, person: Person, file_name: str, content: bytes | memoryview, settings: UploadSettings
) -> Upload:
    """Keep the file, start its import, and return its row; refuses what `keep_upload` refuses.

    Also raises BadUpload if the process cannot start; then the upload has failed, and another one may start.
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
    """Keep the file next to the project, for a process to import, and return its row; end a dry run of the person's.

    Raises BadUpload for a file that is too large or whose name is not possible, BadInput for an
    unknown format, UploadInProgress while another file is being imported.
    """
    check_may_act(store, person, least="researcher")
    settings = _checked(file_name, len(content), settings)
    _end_own_dry_run(store, person)
    with store.writing():
        upload = uploads.start(store, file_name=file_name, settings=asdict(settings), person_id=person.id)
        if not settings.dry_run:
            detail = {"upload": upload.id, "file": file_name, "bytes": len(content)}
            audit.record(store, person, "upload", detail)
        _remove_leftovers(uploads_folder(store.path))  # in the transaction, so that no other upload's file is removed
    try:
        _write(uploaded_file(store, upload), content)
    except NotPrivate as error:
        uploads.give_up(store, upload.id, error=str(error), refused=True)
        raise BadUpload(str(error)) from error
    except OSError as error:
        refusal = (
            f"The file could not be kept next to the project: {error.strerror}; correct that, then upload it again."
        )
        uploads.give_up(store, upload.id, error=refusal, refused=True)
        raise BadUpload(refusal) from error
    return upload


def _end_own_dry_run(store: Store, person: Person) -> None:
    """End this person's dry run if one is at work: it gives way to what they want of a file next."""
    working = settle(store)
    if working is not None and working.person_id == person.id and settings_of(working).dry_run:
        uploads.cancel(store, working.id, error="Another file, or other settings, were chosen.")
        _clear_up(store, working)


def settle(store: Store) -> Upload | None:
    """Return the upload at work, or None; if its process died, it is marked as failed and its file removed."""
    working = uploads.in_progress(store)
    if working is None or not _is_dead(working):
        return working
    uploads.give_up(store, working.id, error=_DIED)
    uploaded_file(store, working).unlink(missing_ok=True)
    return None


def is_silent(upload: Upload) -> bool:
    """Return whether its process has been silent for long: it may be stopped, or the machine may be busy."""
    return jobs.is_silent(upload.heartbeat_ms)


def cancel(store: Store, upload_id: int, *, actor: Actor) -> None:
    """End an import before its sentences become visible, delete what it has added so far, and remove the file.

    Raises BadUpload when it has ended, or is only finishing what is already visible.
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
        f"Cancelled by {by} when its sentences were already in the project; some may lack their answers or their place "
        "in the queue. Upload the file again: what is missing is added then."
    )


def _clear_up(store: Store, upload: Upload) -> None:
    """End the process of an upload that was cancelled, and start one that deletes what it left."""
    if upload.pid is not None:
        end_process(upload.pid, upload.process)
    uploaded_file(store, upload).unlink(missing_ok=True)
    if upload.import_id is not None:
        _start(store, upload)


def latest_upload(store: Store, person: Person) -> Upload | None:
    """Return the import at work, any person's, else this person's last one unless it is old or was dismissed.

    Dry runs are left out.
    """
    working = settle(store)
    if working is not None and not settings_of(working).dry_run:
        return working
    last = uploads.last_of_person(store, person.id)
    is_news = last is not None and last.dismissed_ms is None and last.heartbeat_ms >= now_ms() - NEWS_MS
    return last if is_news else None


def dismiss(store: Store, upload_id: int, person: Person) -> None:
    """Show the outcome of this person's import no more, in any of their browsers."""
    uploads.dismiss(store, upload_id, person.id)


def uploads_folder(project_file: Path) -> Path:
    """Return the folder next to the project file that holds uploaded files until they are imported."""
    return project_folder(project_file, "uploads")


def uploaded_file(store: Store, upload: Upload) -> Path:
    """Return the file of an upload, named by the number of its row and the suffix of its format."""
    return uploads_folder(store.path) / f"{upload.id}{_SUFFIXES.get(upload.settings['format'], _OTHER_SUFFIX)}"


def settings_of(upload: Upload) -> UploadSettings:
    """Return the settings that an upload's row keeps."""
    kept = upload.settings | {"fields": Fields(**upload.settings["fields"])}
    # An upload from before this version has no settings for labels, or none for its layout.
    labels, layout = LabelRules(**upload.settings.get("labels", {})), Layout(**upload.settings.get("layout", {}))
    listed = {name: tuple(upload.settings.get(name, ())) for name in ("people", "update")}
    return UploadSettings(**kept | {"labels": labels, "layout": layout} | listed)


def _checked(file_name: str, size: int, settings: UploadSettings) -> UploadSettings:
    if size > MOST_MEGABYTES * 1024 * 1024:
        raise BadUpload(
            f"{file_name} has {size / 1024 / 1024:,.1f} MB, and the page takes at most {MOST_MEGABYTES} MB; "
            "import it with `whylight import` in a terminal."
        )
    # The name is never used as a path, but people read it.
    if not 1 <= len(file_name) <= LONGEST_FILE_NAME or not file_name.isprintable() or set(file_name) & set("/\\"):
        raise BadUpload(
            f"The name of the file is not 1 to {LONGEST_FILE_NAME} printable characters without / and \\; rename it."
        )
    if not 0 <= settings.asked_share <= MOST_HELD_OUT:
        raise BadUpload(f"The share to set aside is {settings.hold_out}; give 0 to {MOST_HELD_OUT}.")
    return replace(
        settings, format=find_format(Path(file_name), settings.format), suffix_decides=settings.format is None
    )


def _write(file: Path, content: bytes | memoryview) -> None:
    private_folder(file.parent)
    # O_EXCL: an existing file is never overwritten, and a link never followed.
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(handle, "wb") as stream:
            stream.write(content)
    except OSError:
        file.unlink()
        raise


def _start(store: Store, upload: Upload) -> jobs.JobProcess:
    """Start a process that works on the upload, and return which one it is; raise BadUpload if it cannot start."""
    log = _log(store)
    try:
        private_folder(log.parent)
        with open_log(log, append=True) as stream:
            return jobs.start_job("annotator.importing.upload_process", store.path, upload.id, log=stream)
    except NotPrivate as error:
        raise BadUpload(str(error)) from error
    except OSError as error:
        raise BadUpload(
            f"The import could not start: {error.strerror}. Check {log}, which must be a file and not a link, "
            "and the machine's memory; then upload the file again."
        ) from error


def _log(store: Store) -> Path:
    return uploads_folder(store.path) / "log.txt"


def _is_dead(working: Upload) -> bool:
    """Return whether no process works on it; one that is stopped, or gets no time, is silent but alive.

    Where its process cannot be told from a later one with the same number, as in rows from before schema 6,
    silence counts as death: another process may have the number by now.
    """
    if working.process is None and is_silent(working):
        return True
    return working.pid is not None and not is_alive(working.pid, working.process)


def _remove_leftovers(folder: Path) -> None:
    """Remove the files of uploads that have ended, and only files with names like ours."""
    if folder.is_symlink() or not folder.is_dir():
        return
    for file in folder.iterdir():
        if file.stem.isdecimal() and file.suffix in (*_SUFFIXES.values(), _OTHER_SUFFIX):
            file.unlink()

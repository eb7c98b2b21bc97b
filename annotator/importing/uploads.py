"""Import a file uploaded on the page: keep it next to the project, start its import as a separate process, follow it.

The import continues whatever happens to the page (`annotator/importing/upload_process.py`); the upload's row
shows its progress. Its owner's name for the file is only displayed. We name the file itself after
the number of its row, and remove it when its import has ended.
"""

from dataclasses import asdict
from pathlib import Path

from annotator import jobs
from annotator.errors import BadUpload, NotPrivate
from annotator.importing.upload_files import (
    left_out_file,
    log_file,
    remove_files,
    remove_leftovers,
    uploaded_file,
    uploads_folder,
    write,
)
from annotator.importing.upload_settings import UploadSettings, checked, settings_of
from annotator.processes import end_process, is_alive
from annotator.project.permissions import OWNER, Actor, check_may_act
from annotator.project.private_files import open_log, private_folder
from db.corpus import imports, uploads
from db.corpus.uploads import Upload
from db.records import Person
from db.store import Store, now_ms
from db.team import audit

NEWS_MS = 24 * 3600 * 1000
"""For how long an upload's owner sees what became of it."""

_DIED = (
    "Its process ended unexpectedly. Upload the file again: what is missing is added, "
    "and what the project already has is skipped."
)


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
    settings = checked(file_name, len(content), settings)
    _end_own_dry_run(store, person)
    with store.writing():
        upload = uploads.start(store, file_name=file_name, settings=asdict(settings), person_id=person.id)
        if not settings.dry_run:
            detail = {"upload": upload.id, "file": file_name, "bytes": len(content)}
            audit.record(store, person, "upload", detail)
        remove_leftovers(uploads_folder(store.path))  # in the transaction, so that no other upload's file is removed
    try:
        write(uploaded_file(store, upload), content)
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
    remove_files(store, working)
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
    remove_files(store, upload)
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
    """Show the outcome of this person's import no more, in any of their browsers, and remove what it left out."""
    uploads.dismiss(store, upload_id, person.id)
    upload = uploads.read(store, upload_id)
    if upload is not None and upload.dismissed_ms is not None:
        left_out_file(store, upload).unlink(missing_ok=True)


def left_out_rows(store: Store, upload_id: int, *, actor: Actor) -> Path | None:
    """Return the file with the rows that the import left out because of a fault, if there are any and it is kept."""
    check_may_act(store, actor, least="researcher")
    upload = uploads.read(store, upload_id)
    if upload is None or upload.report is None or not upload.report.get("faulty"):
        return None
    file = left_out_file(store, upload)
    return file if file.is_file() else None


def _start(store: Store, upload: Upload) -> jobs.JobProcess:
    """Start a process that works on the upload, and return which one it is; raise BadUpload if it cannot start."""
    log = log_file(store)
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


def _is_dead(working: Upload) -> bool:
    """Return whether no process works on it; one that is stopped, or gets no time, is silent but alive.

    Where its process cannot be told from a later one with the same number, as in rows from before schema 6,
    silence counts as death: another process may have the number by now.
    """
    if working.process is None and is_silent(working):
        return True
    return working.pid is not None and not is_alive(working.pid, working.process)

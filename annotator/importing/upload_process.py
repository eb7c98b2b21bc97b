"""The process that imports one uploaded file.

`python -m annotator.importing.upload_process PROJECT UPLOAD`, started by `annotator/importing/uploads.py`. Its
progress and outcome go into the upload's row; what it prints is the log of uploads.
"""

import logging
import resource
from dataclasses import asdict, replace

from annotator.errors import Deactivated, OutOfMemory, Refused
from annotator.formats.faults import MOST_FAULTS, BadInput
from annotator.importing.run import import_file
from annotator.importing.source import step_at
from annotator.importing.upload_files import left_out_file, uploaded_file
from annotator.importing.upload_settings import settings_of
from annotator.jobs import Pace, heartbeat, job_to_do
from annotator.progress import Progress
from db.corpus import imports, uploads
from db.corpus.uploads import Upload
from db.errors import StoreError, UploadEnded
from db.records import Person
from db.store import Store
from db.team import people

MOST_MEMORY_BYTES = 2**30
"""The process's limit; an import of 50 MB takes a quarter of it, for any file that the formats accept."""

logger = logging.getLogger(__name__)


def work_on_upload(store: Store, upload: Upload) -> None:
    """Import the file, write the outcome into its row, and remove the file.

    Once the row says that the upload has ended, for example because it was cancelled, nothing more is added.
    """
    try:
        with store.writing_only_while(lambda: uploads.check_working(store, upload.id)):
            _work(store, upload)
    except UploadEnded as ended:
        logger.info("%s", ended)
    finally:
        uploaded_file(store, upload).unlink(missing_ok=True)


def _work(store: Store, upload: Upload) -> None:
    try:
        with heartbeat(store.path, lambda beating: uploads.beat(beating, upload.id)):
            facts = _import(store, upload)
        uploads.finish(store, upload.id, facts)
    except UploadEnded:
        raise
    except BadInput as error:
        uploads.give_up(store, upload.id, error=_faults(error), refused=True)
    except OutOfMemory as error:
        uploads.give_up(store, upload.id, error=str(error))
    except (Refused, StoreError) as error:
        uploads.give_up(store, upload.id, error=str(error), refused=True)
    except Exception:
        logger.exception("upload %d failed", upload.id)
        uploads.give_up(
            store,
            upload.id,
            error="The import failed because of a fault in Whylight; log.txt has the details to report.",
        )


def _import(store: Store, upload: Upload) -> dict[str, object]:
    settings = settings_of(upload)
    report = import_file(
        store,
        uploaded_file(store, upload),
        replace(settings, format=None) if settings.suffix_decides else settings,
        actor=_actor(store, upload),
        progress=_reporting(store, upload.id),
        name=upload.file_name,
        opened=lambda import_id: uploads.set_import(store, upload.id, import_id),
        aside=left_out_file(store, upload) if settings.leave_out_faulty else None,
    )
    return asdict(replace(report, faulty_file=None))  # the page offers it, and our own name for it means nothing


def _actor(store: Store, upload: Upload) -> Person:
    person = people.read(store, upload.person_id)
    if person is None:
        raise Deactivated("The person who uploaded this file is no longer in the project; upload it again.")
    return person


def _reporting(store: Store, upload_id: int) -> Progress:
    """Return a function that writes the import's progress into the upload's row, from time to time."""
    pace = Pace()

    def report(done: int, total: int) -> None:
        if pace.is_due():
            # Nothing is added before the whole file has been read.
            stage = "checking" if step_at(done, total) == "read" else "adding"
            uploads.report(store, upload_id, stage=stage, done=done, total=total)

    return report


def limit_memory(most: int) -> None:
    """Limit this process's own memory to `most` bytes: beyond that a MemoryError is raised."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or hard > most:
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def _faults(error: BadInput) -> str:
    """Return the faults, one per line, without our own name of the file, which means nothing to people."""
    stopped = [f"Reading stopped after {MOST_FAULTS} faults."] if len(error.faults) >= MOST_FAULTS else []
    return "\n".join([*map(str, error.faults), *stopped, *_rows(error)])


def _rows(error: BadInput) -> list[str]:
    """Return the rows of its table, one per line, with the names of the columns."""
    return [
        "; ".join(f"{name}: {cell}" for name, cell in zip(error.table[0], row, strict=True)) for row in error.table[1:]
    ]


def main() -> None:
    """Work on the upload that the command line names; if it was cancelled, delete what it added invisibly."""
    limit_memory(MOST_MEMORY_BYTES)
    with job_to_do(uploads.set_process, niceness=5) as (store, upload_id):
        upload = uploads.read(store, upload_id)
        if upload is not None and upload.is_working:
            work_on_upload(store, upload)
        elif upload is not None and upload.import_id is not None:
            imports.discard(store, upload.import_id)


if __name__ == "__main__":
    main()

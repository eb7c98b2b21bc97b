"""Bring a file's sentences and answers into a project: all of it, or nothing.

The file is read once, and neither it nor its ids are held in memory:

1. every line is checked, by itself, against the rest of the file and against the project, and
   what is to be added goes into a spool;
2. new sentences are added in short transactions, invisible at first, then all become visible at once;
3. answers follow, then the slots, so that no one is handed a sentence whose answer is still to come,
   and last the words for the search. Texts that are replaced are replaced in the transaction that shows the new
   sentences; after all that, the file is rewritten without the old ones.

If it is cut off at any point, running the same import again resumes where it stopped: docs/decisions/0005.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from annotator.errors import OutOfMemory
from annotator.formats.faults import show_name
from annotator.formats.registry import find_format
from annotator.importing.before_reading import check_content, check_share
from annotator.importing.carrying_out import Import
from annotator.importing.checks import check_file
from annotator.importing.describing import describe
from annotator.importing.folder_source import open_path
from annotator.importing.left_out import written_to
from annotator.importing.report import ImportReport
from annotator.importing.settings import DEFAULT_SETTINGS, ImportSettings
from annotator.importing.source import Source, Step, check_there
from annotator.progress import Progress
from annotator.project.permissions import Actor, check_may_act
from annotator.putting_right.removing import erase
from db.corpus import imports
from db.corpus.removals import count_unerased
from db.corpus.spool import open_spool
from db.finding import search
from db.queue import slots
from db.store import Store
from db.team import project


def import_file(
    store: Store,
    path: Path,
    settings: ImportSettings = DEFAULT_SETTINGS,
    *,
    actor: Actor,
    progress: Progress | None = None,
    name: str | None = None,
    opened: Callable[[int], None] | None = None,
    aside: Path | None = None,
) -> ImportReport:
    """Import `path` and report what was added, or what would be by a dry run.

    `progress` is called with bytes read and bytes to read, `opened` with the import's id before it adds
    anything. `name` is what its owner calls the file, if that is not the path's name. Rows that the settings
    leave out because of a fault are written to `aside`, if it is given. Raises BadInput with the first faults of
    the file; then nothing was changed.
    """
    check_share(settings.asked_share)
    check_may_act(store, actor, least="researcher")
    path = Path(path)
    check_there(path)
    read_as, own_name = find_format(path, settings.format), show_name(name or path.name)
    with (
        _memory_errors_explained(),
        nullcontext() if settings.dry_run else store.importing(),
        open_path(path, read_as, settings.fields, progress, settings.layout) as opened_source,
        open_spool(store) as spool,
    ):
        source = opened_source.recognised_by_content() if settings.format is None else opened_source
        check_content(source, own_name, settings)
        ours = project.labels(store)
        with written_to(None if settings.dry_run else aside, path, spool) as left_out:
            takes = left_out.take if settings.leave_out_faulty else None
            survey = check_file(store, source, spool, ours, settings, takes)
        task = Import(store, source, spool, ours, settings, survey, own_name, faulty=left_out, aside=aside)
        if settings.dry_run:
            return describe(task, preview=task.try_out())
        if survey.brings_something:
            task.carry_out(actor, opened)
        _finish(store, source, survey.new)
        if "text" in settings.update and count_unerased(store):
            task.texts.not_erased = erase(store)
    return describe(task)


@contextmanager
def _memory_errors_explained() -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise OutOfMemory(
            "There was not enough memory, so the import is not complete; cut the file, or its longest lines, "
            "into smaller parts, and import them."
        ) from error


def complete_imports(store: Store) -> None:
    """Create what visible sentences lack because an import was cut off: their places in the queue and the search.

    Raises StoreUnavailable if an import is at work, which does the same at its end.
    """
    with store.importing():
        _complete(store, lambda step, done: None)


def _finish(store: Store, source: Source, new: int) -> None:
    _complete(store, lambda step, done: source.report(step, done, new))
    source.finish()


def _complete(store: Store, report: Callable[[Step, int], None]) -> None:
    """Create what every visible sentence must have, also for those of an import that was cut off."""
    slots.create_missing(store, progress=lambda done: report("make slots", done))
    search.index_missing(store, progress=lambda done: report("index words", done))
    imports.complete(store)

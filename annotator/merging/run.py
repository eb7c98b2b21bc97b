"""Merge projects into one: all of them, or nothing.

Each other project is copied first, so that it is never written to and stays the same while it is merged. Then
everything is tried on a copy of the project; only what succeeded there is done to the project itself. A merge that is
killed half-way is completed by doing it again: what the project has already is left out.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from annotator.errors import CannotMerge
from annotator.exporting.answers import export_project
from annotator.formats.faults import BadInput, Fault
from annotator.importing.report import ImportReport
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings, SamePerson, Update
from annotator.merging.around import Around, merge_around, merge_labels
from annotator.progress import Progress
from annotator.project.permissions import OWNER, Actor, check_may_act
from db.aside import aside
from db.care import backups
from db.care.copying import copy_pages
from db.store import Store
from db.team import audit

_COMPLETE = ImportSettings(format="native", answers="keep", hold_out=0)
"""An export is taken as it is."""
_IN_WORDS = {
    **{"annotations": "answers", "asked_again": "questions", "sentence_tags": "tags"},
    **{"tokens": "words", "query_tokens": "words of the query"},
}
"""What people call what a field of an export holds."""


@dataclass(frozen=True)
class Merged:
    """What one project brought."""

    source: str
    report: ImportReport
    """Of its sentences and answers."""
    around: Around
    """What else it brought."""

    @property
    def is_nothing(self) -> bool:
        """Return whether the project had all of it already."""
        brought = self.report
        added = brought.added or brought.answers_kept or brought.asked_again or brought.tags
        return not (added or any(vars(brought.updated).values()) or brought.texts.sentences or self.around.brought)


@dataclass(frozen=True)
class _Copy:
    """A project to be merged: its name, a copy of it, and the export of the copy."""

    source: Path
    store: Store
    export: Path


def merge_projects(
    store: Store,
    sources: Sequence[Path],
    *,
    same_person: SamePerson = "refuse",
    update: tuple[Update, ...] = (),
    dry_run: bool = False,
    actor: Actor,
    progress: Progress | None = None,
) -> list[Merged]:
    """Bring what the other projects have into this one, and report what each brought, or would by a dry run.

    What `update` names is taken from the others where they differ. Raises CannotMerge, and changes nothing, if one of
    them contradicts the project or another one.
    """
    check_may_act(store, actor, least="researcher")
    _refuse_twice(store.path, sources)
    settings = replace(_COMPLETE, same_person=same_person, update=update)
    with _copies(store.path, sources) as (folder, copies):
        trial = folder / "trial.db"
        backups.write(store, trial)
        with Store.open(trial) as tried:
            would = _merge_all(tried, copies, settings, OWNER)
        return would if dry_run else _merge_all(store, copies, settings, actor, progress)


def merge_into_new(
    store: Store,
    target: Path,
    sources: Sequence[Path],
    *,
    same_person: SamePerson = "refuse",
    update: tuple[Update, ...] = (),
    actor: Actor,
) -> list[Merged]:
    """Write a new project with what this one and the others have; this one stays as it is.

    Raises CannotMerge as `merge_projects` does, and AlreadyExists for a file that exists; then there is no new file.
    """
    check_may_act(store, actor, least="researcher")
    _refuse_twice(store.path, sources)
    settings = replace(_COMPLETE, same_person=same_person, update=update)
    with _copies(target, sources) as (folder, copies):
        backups.write(store, folder / "new.db")
        with Store.open(folder / "new.db") as new:
            merged = _merge_all(new, copies, settings, OWNER)
            backups.write(new, target)
    return merged


def _refuse_twice(path: Path, sources: Sequence[Path]) -> None:
    """Raise CannotMerge for a file that is named twice."""
    for place, source in enumerate(sources):
        if any(source.exists() and source.samefile(other) for other in (path, *sources[:place])):
            raise CannotMerge(f"{source} is named twice; name each project once.")


@contextmanager
def _copies(path: Path, sources: Sequence[Path]) -> Iterator[tuple[Path, list[_Copy]]]:
    """Yield a folder next to `path`, for its owner alone, and in it a copy and an export of each other project."""
    with ExitStack() as stack:
        folder = stack.enter_context(aside(path, is_folder=True))
        yield folder, [_copied(stack, source, folder / str(place)) for place, source in enumerate(sources)]


def _copied(stack: ExitStack, source: Path, name: Path) -> _Copy:
    copy, export = name.with_suffix(".db"), name.with_suffix(".jsonl")
    with Store.inspect(source) as original:
        copy_pages(original, copy)
    store = stack.enter_context(Store.open(copy))
    export_project(store, export, actor=OWNER)
    return _Copy(source, store, export)


def _merge_all(
    store: Store, copies: Sequence[_Copy], settings: ImportSettings, actor: Actor, progress: Progress | None = None
) -> list[Merged]:
    return [_merge(store, copy, settings, actor, progress) for copy in copies]


def _merge(store: Store, copy: _Copy, settings: ImportSettings, actor: Actor, progress: Progress | None) -> Merged:
    labels = merge_labels(store, copy.store, source=copy.source.name, actor=actor)
    numbers: list[int] = []
    try:
        report = import_file(
            *(store, copy.export, settings),
            actor=actor,
            progress=progress,
            name=copy.source.name,
            opened=numbers.append,
        )
    except BadInput as error:
        raise CannotMerge(_sentence_about(copy.source, error)) from error
    merged = Merged(copy.source.name, report, merge_around(store, copy.store, labels, copy.source.stem, actor=actor))
    if not merged.is_nothing:
        detail = {"from": merged.source, "sentences": report.added, "answers": report.answers_kept}
        # Undoing the import deletes the sets that are then empty, and says what else came with it and stays.
        of_import: dict[str, object] = {"import": numbers[0]} if numbers else {}
        named = {"set names": list(merged.around.sets)} if numbers and merged.around.sets else {}
        audit.record(store, actor, "merge", detail | of_import | merged.around.counts() | named)
    return merged


def _sentence_about(source: Path, error: BadInput) -> str:
    head = f"{source} cannot be merged, and nothing was changed: the projects contradict each other."
    return "\n".join([head, *(_fault(fault) for fault in error.faults)])


def _fault(fault: Fault) -> str:
    name = fault.row.get("id") if isinstance(fault.row, dict) else None
    place = f"Its sentence {fault.line}" if name is None else f"Sentence {name!r}"
    field = (fault.field or "").partition("[")[0]
    what = _IN_WORDS.get(field, field)
    return f"{place}{f', {what}' if what else ''}: found {fault.found}, expected {fault.expected}."

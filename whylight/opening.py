"""Open a project file, or make a new one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from annotator.project import projects
from annotator.project.people import acting_person
from annotator.project.permissions import OWNER
from db.store import Store
from whylight.project import Project
from whylight.said_in_python import says_it_in_python


@says_it_in_python
def open_project(path: Path | str, *, person: str | None = None) -> Project:
    """Open a project file; close it again with `with` or `close()`.

    With `person`, everything is done on behalf of this person, and their role decides what they may do; without, for
    the owner of the file, who may do everything. Raises NotAProject for a file that is none, and BadPerson.
    """
    store = Store.open(Path(path))
    try:
        return Project(store, acting_person(store, person))
    except BaseException:
        store.close()
        raise


@says_it_in_python
def create_project(
    path: Path | str,
    *,
    labels: Sequence[str],
    no_rationale: Sequence[str] = (),
    saliency: Literal["blind first", "always", "never"] = "blind first",
    overlap: int = 1,
    overlap_share: float = 1.0,
) -> Project:
    """Make a project file with these labels, in this order, and open it.

    `no_rationale` names the labels under which no words are marked. `overlap` people answer each sentence of the
    agreement sample, which is `overlap_share` of all. Raises AlreadyExists, BadLabels or BadOverlap.
    """
    store = projects.create_project(
        Path(path),
        labels=labels,
        no_rationale=no_rationale,
        saliency_mode=saliency,
        overlap=overlap,
        overlap_share=overlap_share,
    )
    return Project(store, OWNER)

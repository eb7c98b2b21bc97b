"""Put labels right: give one another name, merge one into another, or change whether its answers have marked words.

Each of these is a new fact: the answers keep what they were given under, and the log of the label what it was.
"""

from dataclasses import dataclass, replace

from annotator.errors import BadLabels
from annotator.names import tidied
from annotator.project.labels import check_enough, check_name, find_label
from annotator.project.permissions import Actor, check_may_act
from db.answers import annotations
from db.records import Label, id_of
from db.store import Store
from db.team import audit, label_changes, project


@dataclass(frozen=True)
class Merged:
    """What merging a label did."""

    label: Label
    into: Label
    answers: int
    """Those that now count under the other label."""


def rename_label(store: Store, name: str, new_name: str, *, actor: Actor) -> Label:
    """Give a label another name; files that use an earlier one are still read as this label.

    Raises BadLabels for a name that another label has, or had before.
    """
    new_name = tidied(new_name)
    with store.writing():
        check_may_act(store, actor, least="researcher")
        labels = project.labels(store)
        label = find_label(labels, name)
        check_name(new_name, [other for other in labels if other.index != label.index])
        if new_name != label.name:
            label_changes.rename(store, label.index, new_name, person_id=id_of(actor))
            audit.record(store, actor, "label renamed", {"label": label.name, "to": new_name})
        return project.labels(store)[label.index]


def merge_labels(store: Store, name: str, into: str, *, actor: Actor) -> Merged:
    """Retire a label and let its answers count under another one; `reinstate_label` takes that back."""
    with store.writing():
        check_may_act(store, actor, least="researcher")
        labels = project.labels(store)
        label, target = find_label(labels, name), find_label(labels, into)
        _check_mergeable(label, target)
        check_enough([other for other in labels if not other.retired and other.index != label.index])
        counted = annotations.count_answers_by_label(store).get(label.index, (0, 0))[0]
        for one in labels:
            if label.index in (one.index, one.merged_into):
                label_changes.merge(store, one.index, target.index, person_id=id_of(actor))
        project.set_retired(store, label.index, True)
        detail = {"label": label.name, "into": target.name, "answers": counted}
        audit.record(store, actor, "label merged", detail)
        return Merged(project.labels(store)[label.index], target, counted)


def set_rationale(store: Store, name: str, takes: bool, *, actor: Actor) -> Label:
    """Let a label's answers have marked words from now on, or no longer.

    Marks that were given while they could be stay in the log. They do not count while the label takes none.
    """
    with store.writing():
        check_may_act(store, actor, least="researcher")
        labels = project.labels(store)
        label = find_label(labels, name)
        changed = [replace(one, takes_rationale=takes) if one.index == label.index else one for one in labels]
        check_enough([one for one in changed if not one.retired])
        if label.takes_rationale != takes:
            label_changes.set_rationale(store, label.index, takes, person_id=id_of(actor))
            audit.record(store, actor, "label rationale changed", {"label": label.name, "takes_rationale": takes})
        return project.labels(store)[label.index]


def _check_mergeable(label: Label, target: Label) -> None:
    if label.index == target.index:
        raise BadLabels(f"{label.name!r} cannot be merged into itself; name another label.")
    if label.merged_into == target.index:
        raise BadLabels(f"{label.name!r} is already merged into {target.name!r}.")
    if target.retired:
        raise BadLabels(f"{target.name!r} is retired; reinstate it first, or merge into a label in use.")
    if label.takes_rationale != target.takes_rationale:
        takes, lacks = (label, target) if label.takes_rationale else (target, label)
        raise BadLabels(
            f"{takes.name!r} takes marked words and {lacks.name!r} does not; "
            "change one of them with `whylight label rationale` first."
        )

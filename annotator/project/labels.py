"""Change a project's labels after it was made: add one, retire one, reinstate one.

A label is never deleted, because answers refer to it, and its index never changes, because a model has a class at
that index. Models of earlier rounds keep the number of labels that they had.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from annotator.errors import BadLabels, RetiredLabel
from annotator.names import label_key
from annotator.project.permissions import Actor, check_may_act
from db.answers import annotations
from db.records import Label, id_of
from db.store import Store
from db.team import audit, label_changes, project

COLOURS = ("red", "orange", "olive", "green", "blue", "indigo", "violet", "magenta", "pink", "grey")
"""In the order of their hue. Amber is the model's and teal a person's marks, so no label has them."""
LONGEST_LABEL = 100
MOST_LABELS = 200


@dataclass(frozen=True)
class CountedLabel(Label):
    """A label, and how many answers that count are under it."""

    answers: int = 0


def list_labels(store: Store, *, actor: Actor) -> list[CountedLabel]:
    """Return the labels in the order of their index, retired ones too, each with its number of answers."""
    check_may_act(store, actor, least="researcher")
    counted = annotations.count_answers_by_label(store)
    return [CountedLabel(**vars(label), answers=counted.get(label.index, (0, 0))[0]) for label in project.labels(store)]


def retire_label(store: Store, name: str, *, actor: Actor) -> Label:
    """Stop offering a label; answers under it stay, but later rounds do not learn from them."""
    return _set_retired(store, name, True, actor)


def reinstate_label(store: Store, name: str, *, actor: Actor) -> Label:
    """Offer a retired label again; later rounds learn from its answers as before.

    If it was merged into another one, its answers count under itself again.
    """
    return _set_retired(store, name, False, actor)


def set_colour(store: Store, name: str, colour: str | None, *, actor: Actor) -> Label:
    """Give a label a colour by its name, or none; pages show it next to the label's name, never instead of it."""
    if colour is not None and colour not in COLOURS:
        raise BadLabels(f"There is no colour {colour!r}; choose one of {', '.join(COLOURS)}.")
    with store.writing():
        check_may_act(store, actor, least="researcher")
        label = find_label(project.labels(store), name)
        if label.colour != colour:
            project.set_colour(store, label.index, colour)
            audit.record(store, actor, "label coloured", {"label": label.name, "colour": colour or "none"})
    return replace(label, colour=colour)


def add_label(store: Store, name: str, *, takes_rationale: bool = True, actor: Actor) -> Label:
    """Add a label after the others, with its name trimmed; rounds that start from now on know it."""
    name = name.strip()
    with store.writing():
        check_may_act(store, actor, least="researcher")
        labels = project.labels(store)
        _check_number(len(labels) + 1)
        check_name(name, labels)
        added = Label(len(labels), name, takes_rationale)
        project.add_label(store, added)
        audit.record(store, actor, "label added", {"label": name, "takes_rationale": takes_rationale})
    return added


def check_names(names: Sequence[str]) -> None:
    """Raise BadLabels unless a new project may have just these labels."""
    _check_number(len(names))
    for place, name in enumerate(names):
        check_name(name, [Label(index, other) for index, other in enumerate(names[:place])])


def _check_number(number: int) -> None:
    if not 2 <= number <= MOST_LABELS:
        raise BadLabels(f"A project has 2 to {MOST_LABELS} labels, not {number}; give `--label` once for each.")


def check_name(name: str, others: Sequence[Label]) -> None:
    """Raise BadLabels unless a label may have this name next to these others.

    No label gets a name that another one had before: files from then still use it.
    """
    if not 1 <= len(name) <= LONGEST_LABEL or not name.isprintable() or not label_key(name):
        raise BadLabels(f"The label {name!r} is not 1 to {LONGEST_LABEL} printable characters long; rename it.")
    for other in others:
        if label_key(other.name) == label_key(name):
            raise BadLabels(
                f"The label {name!r} reads like {other.name!r}, which already exists; give every label its own name."
            )
        if label_key(name) in map(label_key, other.earlier_names):
            raise BadLabels(
                f"{name!r} was the name of the label {other.name!r}, and older files still use it; choose another one."
            )


def _set_retired(store: Store, name: str, retired: bool, actor: Actor) -> Label:
    with store.writing():
        check_may_act(store, actor, least="researcher")
        labels = project.labels(store)
        label = find_label(labels, name)
        if retired:
            check_enough([other for other in labels if not other.retired and other != label])
        if label.merged_into is not None and not retired:
            label_changes.merge(store, label.index, None, person_id=id_of(actor))
        if label.retired != retired:
            project.set_retired(store, label.index, retired)
            audit.record(store, actor, "label retired" if retired else "label reinstated", {"label": label.name})
    return replace(label, retired=retired, merged_into=label.merged_into if retired else None)


def by_any_name(labels: Sequence[Label]) -> dict[str, Label]:
    """Return the labels by the names that they have or had; a merged one's names mean what it was merged into."""
    return {
        name: label if label.merged_into is None else labels[label.merged_into]
        for label in labels
        for name in (*label.earlier_names, label.name)
    }


def find_label(labels: Sequence[Label], name: str) -> Label:
    """Return the label of this name; raise BadLabels if there is none."""
    by_name = {label.name: label for label in labels}
    label = by_name.get(name) or by_name.get(name.strip())
    if label is None:
        raise BadLabels(f"The project has no label {name!r}; `whylight label list` shows its labels.")
    return label


def check_in_use(labels: Sequence[Label], index: int | None) -> None:
    """Raise RetiredLabel for an answer or a decision under a label that is no longer offered."""
    label = next((one for one in labels if one.index == index), None)
    if label is None or not label.retired:
        return  # the store refuses an index that no label has
    into = None if label.merged_into is None else labels[label.merged_into]
    if into is not None and not into.retired:
        raise RetiredLabel(
            f"The label {label.name!r} was merged into {into.name!r}; choose that, and your marks are kept."
        )
    raise RetiredLabel(f"The label {label.name!r} is retired; choose another one, and your marks are kept.")


def check_enough(left: Sequence[Label]) -> None:
    """Raise BadLabels unless a project may have only these labels in use."""
    if len(left) < 2:
        raise BadLabels("Fewer than two labels would be left to choose from; add another one first.")
    if not any(label.takes_rationale for label in left):
        raise BadLabels("No label that takes a rationale would be left; add another one first.")

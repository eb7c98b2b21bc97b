"""Change a project's labels after it was made: add one, retire one, reinstate one.

A label is never renamed or deleted, because answers refer to it, and its index never changes, because a
model has a class at that index. Models of earlier rounds keep the number of labels that they had.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from annotator.errors import BadLabels
from annotator.names import label_key
from annotator.project.permissions import Actor, check_may_act
from db import annotations, audit, project
from db.records import Label
from db.store import Store

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
    """Offer a retired label again; later rounds learn from its answers as before."""
    return _set_retired(store, name, False, actor)


def set_colour(store: Store, name: str, colour: str | None, *, actor: Actor) -> Label:
    """Give a label a colour by its name, or none; pages show it next to the label's name, never instead of it."""
    if colour is not None and colour not in COLOURS:
        raise BadLabels(f"There is no colour {colour!r}; choose one of {', '.join(COLOURS)}.")
    with store.writing():
        check_may_act(store, actor, least="researcher")
        label = _find(project.labels(store), name)
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
        _check_name(name, [label.name for label in labels])
        added = Label(len(labels), name, takes_rationale)
        project.add_label(store, added)
        audit.record(store, actor, "label added", {"label": name, "takes_rationale": takes_rationale})
    return added


def check_names(names: Sequence[str]) -> None:
    """Raise BadLabels unless a new project may have just these labels."""
    _check_number(len(names))
    for place, name in enumerate(names):
        _check_name(name, names[:place])


def _check_number(number: int) -> None:
    if not 2 <= number <= MOST_LABELS:
        raise BadLabels(f"A project has 2 to {MOST_LABELS} labels, not {number}; give `--label` once for each.")


def _check_name(name: str, others: Sequence[str]) -> None:
    """Raise BadLabels unless a label may have this name next to these others."""
    if not 1 <= len(name) <= LONGEST_LABEL or not name.isprintable() or not label_key(name):
        raise BadLabels(f"The label {name!r} is not 1 to {LONGEST_LABEL} printable characters long; rename it.")
    twin = next((other for other in others if label_key(other) == label_key(name)), None)
    if twin is not None:
        raise BadLabels(f"The label {name!r} reads like {twin!r}, which already exists; give every label its own name.")


def _set_retired(store: Store, name: str, retired: bool, actor: Actor) -> Label:
    with store.writing():
        check_may_act(store, actor, least="researcher")
        labels = project.labels(store)
        label = _find(labels, name)
        if retired:
            _check_enough([other for other in labels if not other.retired and other != label])
        if label.retired != retired:
            project.set_retired(store, label.index, retired)
            audit.record(store, actor, "label retired" if retired else "label reinstated", {"label": label.name})
    return replace(label, retired=retired)


def _find(labels: Sequence[Label], name: str) -> Label:
    by_name = {label.name: label for label in labels}
    label = by_name.get(name) or by_name.get(name.strip())
    if label is None:
        raise BadLabels(f"The project has no label {name!r}; `whylight label list` shows its labels.")
    return label


def _check_enough(left: Sequence[Label]) -> None:
    if len(left) < 2:
        raise BadLabels("Fewer than two labels would be left to choose from; add another one first.")
    if not any(label.takes_rationale for label in left):
        raise BadLabels("No label that takes a rationale would be left; add another one first.")

"""The project's own row and its labels."""

from collections.abc import Mapping
from typing import Any

from db.records import Label, Project
from db.store import Store
from db.team import label_changes

CHANGEABLE = frozenset({"saliency_mode", "overlap", "overlap_share", "lease_minutes", "serving", "round_every"})


def read(store: Store) -> Project:
    """Return the project's settings."""
    row = store.db.execute(
        """
        SELECT uid, name, saliency_mode, overlap, lease_minutes, serving_round, overlap_share, serving, round_every
        FROM project
        """
    ).fetchone()
    return Project(*row)


def change(store: Store, settings: Mapping[str, Any]) -> None:
    """Set these columns of the project's row; their values are checked by the schema."""
    unknown = settings.keys() - CHANGEABLE
    if unknown:
        raise ValueError(f"{sorted(unknown)} cannot be changed")
    assignments = ", ".join(f"{name} = :{name}" for name in settings)
    with store.writing() as db:
        db.execute(f"UPDATE project SET {assignments}", dict(settings))


def labels(store: Store) -> list[Label]:
    """Return the labels in the order of their index, retired ones too."""
    rows = store.db.execute("SELECT id, name, takes_rationale, retired, colour, merged_into FROM labels ORDER BY id")
    past = label_changes.past(store)
    return [
        Label(index, name, bool(takes), bool(retired), *rest, *past.get(index, ()))
        for index, name, takes, retired, *rest in rows
    ]


def add_label(store: Store, label: Label) -> None:
    """Add a label after the others."""
    with store.writing() as db:
        db.execute(
            "INSERT INTO labels (id, name, takes_rationale) VALUES (?, ?, ?)",
            [label.index, label.name, label.takes_rationale],
        )


def set_retired(store: Store, index: int, retired: bool) -> None:
    """Stop offering a label, or offer it again."""
    with store.writing() as db:
        db.execute("UPDATE labels SET retired = ? WHERE id = ?", [retired, index])


def set_colour(store: Store, index: int, colour: str | None) -> None:
    """Give a label this colour, or none."""
    with store.writing() as db:
        db.execute("UPDATE labels SET colour = ? WHERE id = ?", [colour, index])


def serve_round(store: Store, round_id: int) -> None:
    """Let this round's saliency shade the screen and its scores order the queue from now on."""
    with store.writing() as db:
        db.execute("UPDATE project SET serving_round = ?", [round_id])

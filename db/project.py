"""The project's own row and its labels."""

from db.records import Label, Project
from db.store import Store


def read(store: Store) -> Project:
    """Give the project's settings."""
    row = store.db.execute(
        "SELECT uid, name, saliency_mode, overlap, lease_minutes, serving_round FROM project"
    ).fetchone()
    return Project(*row)


def labels(store: Store) -> list[Label]:
    """Give the labels in the order of their index."""
    rows = store.db.execute("SELECT id, name, takes_rationale FROM labels ORDER BY id")
    return [Label(index, name, bool(takes)) for index, name, takes in rows]


def serve_round(store: Store, round_id: int) -> None:
    """Let this round shade the screen and stand behind the queue from now on."""
    with store.writing() as db:
        db.execute("UPDATE project SET serving_round = ?", [round_id])

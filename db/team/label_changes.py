"""What was changed about labels: other names, rationales, merges. A log; the label's row says what holds now."""

from typing import Literal, NamedTuple

from db.store import Store, now_ms

Kind = Literal["name", "rationale", "merged into"]


class Past(NamedTuple):
    """What a label was before."""

    names: tuple[str, ...]
    """Its earlier names, oldest first; its present one is never among them."""
    took_rationale: bool


class LabelChange(NamedTuple):
    """One line of the log."""

    label: int
    kind: Kind
    was: str | None
    now: str | None
    """A name; "on" or "off"; the index of a label, or None for one of its own."""
    person: str | None
    """None for the owner of the file."""
    at_ms: int


def rename(store: Store, index: int, name: str, *, person_id: int | None) -> None:
    """Give a label another name."""
    _change(store, index, "name", "name", name, name, person_id)


def set_rationale(store: Store, index: int, takes: bool, *, person_id: int | None) -> None:
    """Let a label take a rationale from now on, or no longer."""
    _change(store, index, "rationale", "takes_rationale", takes, "on" if takes else "off", person_id)


def merge(store: Store, index: int, into: int | None, *, person_id: int | None) -> None:
    """Let a label's answers count under another one, or under itself again if that is None."""
    _change(store, index, "merged into", "merged_into", into, None if into is None else str(into), person_id)


def past(store: Store) -> dict[int, Past]:
    """Return what labels were before, by index; those that were never renamed or given a rationale are left out."""
    names: dict[int, dict[str, None]] = {}
    took = set()
    rows = store.db.execute(
        """
        SELECT c.label, c.kind, c.was FROM label_changes c JOIN labels l ON l.id = c.label
        WHERE (c.kind = 'name' AND c.was <> l.name) OR (c.kind = 'rationale' AND c.was = 'on') ORDER BY c.id
        """
    )
    for label, kind, was in rows:
        if kind == "name":
            names.setdefault(label, {})[was] = None
        else:
            took.add(label)
    return {label: Past(tuple(names.get(label, ())), label in took) for label in names.keys() | took}


def of_label(store: Store, index: int) -> list[LabelChange]:
    """Return what was changed about a label, oldest first."""
    rows = store.db.execute(
        """
        SELECT c.label, c.kind, c.was, c.now, p.name, c.at_ms
        FROM label_changes c LEFT JOIN people p ON p.id = c.person_id WHERE c.label = ? ORDER BY c.id
        """,
        [index],
    )
    return [LabelChange(*row) for row in rows]


_WAS = {
    "name": "name",
    "rationale": "iif(takes_rationale, 'on', 'off')",
    "merged into": "CAST(merged_into AS TEXT)",
}


def _change(
    store: Store, index: int, kind: Kind, column: str, value: object, now: str | None, person_id: int | None
) -> None:
    # The log first: a trigger lets a label's row say only what the log says.
    with store.writing() as db:
        db.execute(
            f"""
            INSERT INTO label_changes (label, kind, was, now, person_id, at_ms)
            SELECT id, ?, {_WAS[kind]}, ?, ?, ? FROM labels WHERE id = ?
            """,
            [kind, now, person_id, now_ms(), index],
        )
        db.execute(f"UPDATE labels SET {column} = ? WHERE id = ?", [value, index])

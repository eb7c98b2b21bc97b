"""Pools outside the project: which shards in which folder, as they were when someone attached them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from db.records import Actor, id_of
from db.store import Store, now_ms


class PoolShard(NamedTuple):
    """A shard of a pool: what tells it from any other, and how many sentences it has."""

    name: str
    size: int
    sha256: str
    rows: int


@dataclass(frozen=True)
class OutsidePool:
    """A pool that is, or was, attached."""

    id: int
    folder: str
    person: str | None
    """Who attached it; None for the owner of the file."""
    attached_ms: int
    detached_ms: int | None
    shards: tuple[PoolShard, ...]
    """By name."""

    @property
    def rows(self) -> int:
        """Return how many sentences it has."""
        return sum(shard.rows for shard in self.shards)


def attach(store: Store, folder: str, shards: Sequence[PoolShard], *, actor: Actor) -> OutsidePool:
    """Record a pool, which replaces the attached one, and return it; the same one again changes nothing."""
    with store.writing() as db:
        before = attached(store)
        if before is not None and (before.folder, before.shards) == (folder, tuple(sorted(shards))):
            return before
        detach(store, actor=actor)
        (pool_id,) = db.execute(
            "INSERT INTO pools (folder, person_id, attached_ms) VALUES (?, ?, ?) RETURNING id",
            [folder, id_of(actor), now_ms()],
        ).fetchone()
        db.conn.executemany(
            "INSERT INTO pool_shards (pool_id, name, size, sha256, rows) VALUES (?, ?, ?, ?, ?)",
            [(pool_id, *shard) for shard in shards],
        )
        return _read(store, "p.id = ?", [pool_id])[0]


def detach(store: Store, *, actor: Actor) -> OutsidePool | None:
    """Record that the attached pool no longer is, and return it; None if there is none."""
    with store.writing() as db:
        before = attached(store)
        if before is not None:
            db.execute(
                "UPDATE pools SET detached_ms = ?, detached_by = ? WHERE id = ?", [now_ms(), id_of(actor), before.id]
            )
    return before


def attached(store: Store) -> OutsidePool | None:
    """Return the attached pool, or None."""
    return next(iter(_read(store, "p.detached_ms IS NULL", [])), None)


def all_of(store: Store) -> list[OutsidePool]:
    """Return every pool that was ever attached, the newest first."""
    return _read(store, "1 ORDER BY p.id DESC", [])


def known_ids(store: Store) -> list[str]:
    """Return the ids, as in their source, of all sentences that came into the project, removed ones too."""
    rows = store.db.execute(
        "SELECT s.external_id FROM sentences s JOIN imports i ON i.id = s.import_id WHERE i.state = 'ready'"
    )
    return [external_id for (external_id,) in rows]


def _read(store: Store, where: str, values: Sequence[int]) -> list[OutsidePool]:
    rows = store.db.execute(
        f"""
        SELECT p.id, p.folder, people.name, p.attached_ms, p.detached_ms
        FROM pools p LEFT JOIN people ON people.id = p.person_id WHERE {where}
        """,
        list(values),
    )
    return [
        OutsidePool(number, folder, person, attached_ms, detached_ms, _shards(store, number))
        for number, folder, person, attached_ms, detached_ms in rows.fetchall()
    ]


def _shards(store: Store, pool_id: int) -> tuple[PoolShard, ...]:
    rows = store.db.execute(
        "SELECT name, size, sha256, rows FROM pool_shards WHERE pool_id = ? ORDER BY name", [pool_id]
    )
    return tuple(PoolShard(*row) for row in rows)

"""The pool outside a project: which one is attached, and whether its shards are still what they were.

`annotator/outside/` attaches one and brings sentences from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from annotator.errors import BadPool
from annotator.project.permissions import Actor, check_may_act
from annotator.wording import counted
from db.corpus import pools
from db.corpus.pools import OutsidePool, PoolShard
from db.files import is_database
from db.store import Store
from db.team import audit
from learner.data.file_parts import sha256_of
from learner.shards.folder import what_became

State = Literal["as attached", "changed", "missing"]


@dataclass(frozen=True)
class ShownShard:
    """A shard of the attached pool, and whether it is what was attached."""

    name: str
    size: int
    sha256: str
    rows: int
    state: State


def list_pools(store: Store, *, actor: Actor) -> list[OutsidePool]:
    """Return every pool that was ever attached, the newest first."""
    check_may_act(store, actor, least="researcher")
    return pools.all_of(store)


def show_pool(store: Store, *, actor: Actor) -> tuple[OutsidePool, list[ShownShard]]:
    """Return the attached pool and its shards, each read to its end; raises BadPool if none is attached."""
    check_may_act(store, actor, least="researcher")
    pool = _attached(store)
    states = _states_of(pool, hashed=True)
    return pool, [ShownShard(*shard, state=states[shard.name]) for shard in pool.shards]


def detach_pool(store: Store, *, actor: Actor) -> OutsidePool:
    """Let rounds bring nothing more from the attached pool, and return it; what they brought stays.

    Raises BadPool if none is attached.
    """
    check_may_act(store, actor, least="researcher")
    with store.writing():
        check_may_act(store, actor, least="researcher")
        pool = _attached(store)
        pools.detach(store, actor=actor)
        audit.record(store, actor, "pool detached", {"folder": Path(pool.folder).name})
    return pool


def check_unchanged(store: Store, *, hashed: bool) -> None:
    """Raise BadPool, which names them, if shards of the attached pool are missing or changed."""
    pool = pools.attached(store)
    if pool is not None:
        _check(store, pool, _states_of(pool, hashed=hashed))


def check_shown(store: Store, pool: OutsidePool, shards: Sequence[ShownShard]) -> None:
    """Raise BadPool as `check_unchanged` does, if shards that `show_pool` returned are missing or changed."""
    _check(store, pool, {shard.name: shard.state for shard in shards})


def find_difference(pool: OutsidePool) -> str | None:
    """Return a sentence about shards that are missing or changed, each read to its end; None if there is none."""
    return _difference(pool, _states_of(pool, hashed=True))


def way_back(store: Store) -> str:
    """Return what to do if the pool is not what was attached."""
    return (
        "Put the shards back, or build them again into a new folder and attach that one: "
        f"`whylight pool attach {store.path} DIR`."
    )


def _check(store: Store, pool: OutsidePool, states: Mapping[str, State]) -> None:
    if difference := _difference(pool, states):
        raise BadPool(f"{difference} {way_back(store)}")


def _difference(pool: OutsidePool, states: Mapping[str, State]) -> str | None:
    missing, changed = ([name for name in states if states[name] == state] for state in ("missing", "changed"))
    became = what_became(missing=missing, changed=changed)
    return f"The pool in {pool.folder} is not what was attached: {became}." if became else None


def in_words(pool: OutsidePool) -> str:
    """Return how much is outside the project, such as “3 shards, 2,000,000 sentences, outside this project”."""
    return f"{counted(len(pool.shards), 'shard')}, {counted(pool.rows, 'sentence')}, outside this project"


def outside_in_words(store: Store) -> str | None:
    """Return how much is outside the project; None if no pool is attached."""
    pool = pools.attached(store)
    return None if pool is None else in_words(pool)


def _attached(store: Store) -> OutsidePool:
    if (pool := pools.attached(store)) is None:
        raise BadPool(f"{store.path} has no pool outside it; `whylight pool attach` attaches one.")
    return pool


def _states_of(pool: OutsidePool, *, hashed: bool) -> dict[str, State]:
    return {shard.name: _state(Path(pool.folder) / shard.name, shard, hashed=hashed) for shard in pool.shards}


def _state(path: Path, shard: PoolShard, *, hashed: bool) -> State:
    """Return what became of a shard; of what a row names, nothing but a regular file is opened, and no database."""
    if not path.exists():
        return "missing"
    if not path.is_file() or path.stat().st_size != shard.size or is_database(path):
        return "changed"
    return "changed" if hashed and sha256_of(path) != shard.sha256 else "as attached"

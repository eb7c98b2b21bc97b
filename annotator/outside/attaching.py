"""Attach a pool outside the project: its shards are checked and recorded, and a random head of it is brought."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from annotator.errors import BadPool
from annotator.outside.bringing import bring, choose_new, complete_brought, known_keys
from annotator.progress import Progress
from annotator.project.attached import find_difference, way_back
from annotator.project.permissions import Actor, check_may_act
from db.corpus import pools, removals, sentences
from db.corpus.pools import OutsidePool, PoolShard
from db.files import is_database
from db.queue import slots
from db.store import Store
from db.team import audit, project
from learner.errors import ExampleError, ShardError, ShardsChanged
from learner.shards.folder import shards_of
from learner.shards.scores import are_among

if TYPE_CHECKING:
    from learner.acquisition.pool import Rows
    from learner.shards.survey import Surveyed

FIRST_HEAD = 500
"""How many sentences are in the queue before the first round, if no one says otherwise."""


@dataclass(frozen=True)
class Attached:
    """What attaching a pool did."""

    pool: OutsidePool
    known: int
    """Sentences of it that the project has, by their ids; they are never brought again."""
    brought: int


def attach_pool(
    store: Store, folder: Path, *, actor: Actor, head: int | None = None, progress: Progress | None = None
) -> Attached:
    """Attach the shards of a folder in place of the pool that is attached, and bring a random head of it.

    Sentences are brought until `head` of the pool are open in the project: by default 500 before the first round, and
    none after it, because a round brings its own. Done again, it continues where it was stopped. Raises ShardError for
    a shard that cannot be read and for an id that two sentences share, ExampleError for a row without an id or a word,
    and BadPool for an id that means another sentence in the project; then nothing was changed.
    """
    check_may_act(store, actor, least="researcher")
    folder = folder.resolve()
    surveyed = _survey_known(store, folder, progress)
    known = _known_rows(store, surveyed)
    _check_texts(store, folder, surveyed, known)
    shards = [PoolShard(each.shard.name, each.shard.size, each.shard.sha256, each.rows) for each in surveyed]
    with store.writing():
        check_may_act(store, actor, least="researcher")
        before, pool = pools.attached(store), pools.attach(store, str(folder), shards, actor=actor)
        if pool != before:
            detail = {"folder": folder.name, "shards": len(shards), "sentences": pool.rows}
            audit.record(store, actor, "pool attached", detail)
    complete_brought(store)
    brought = _bring_first(store, pool, surveyed, _missing(store, head), actor)
    return Attached(pool, sum(map(len, known)), brought)


def _survey_known(store: Store, folder: Path, progress: Progress | None) -> "list[Surveyed]":
    """Return what the shards hold; an error says which of them are missing or changed, if they are attached."""
    try:
        return _survey(folder, progress)
    except (ExampleError, ShardError) as error:
        pool = pools.attached(store)
        if pool is None or pool.folder != str(folder) or (difference := find_difference(pool)) is None:
            raise
        why = "" if isinstance(error, ShardsChanged) else f" As it is now, it cannot be attached: {error}."
        raise BadPool(f"{difference}{why} {way_back(store)}") from error


def _survey(folder: Path, progress: Progress | None) -> "list[Surveyed]":
    from learner.shards.survey import check_ids, survey

    shards = shards_of(folder)
    surveyed: list[Surveyed] = []
    for done, shard in enumerate(shards, start=1):
        if is_database(folder / shard.name):
            raise BadPool(f"{folder / shard.name} is a database, not a shard; move it away.")
        surveyed.append(survey(folder / shard.name, sha256=shard.sha256))
        if progress is not None:
            progress(done, len(shards))
    check_ids(folder, surveyed)
    return surveyed


def _known_rows(store: Store, surveyed: "Sequence[Surveyed]") -> "list[Rows]":
    """Return for each shard the rows whose ids the project has or had."""
    known = known_keys(store)
    return [np.flatnonzero(are_among(each.keys, known)) for each in surveyed]


def _check_texts(store: Store, folder: Path, surveyed: "Sequence[Surveyed]", known: "Sequence[Rows]") -> None:
    """Raise BadPool if an id means another text in the project, other than by a correction there."""
    from learner.shards.survey import sentences_at

    for each, rows in zip(surveyed, known, strict=True):
        outside = {sentence.id or "": sentence for sentence in sentences_at(folder / each.shard.name, rows)}
        corrected = removals.corrected_among(store, [*outside])
        other = [
            id_
            for id_, own in sentences.find(store, [*outside]).items()
            if (own.tokens, own.query_tokens) != (outside[id_].tokens, outside[id_].query) and id_ not in corrected
        ]
        if other:
            raise BadPool(
                f"{each.shard.name}, id {other[0]}: found another text than the project has under this id"
                f"{f', and under {len(other) - 1:,} more' if len(other) > 1 else ''}; give the pool ids of its own."
            )


def _missing(store: Store, head: int | None) -> int:
    """Return how many sentences are to be brought, so that `head` of the pool are open."""
    if head is None:
        head = FIRST_HEAD if project.read(store).serving_round is None else 0
    return max(0, head - len(slots.open_sentences(store, size=head))) if head else 0


def _bring_first(store: Store, pool: OutsidePool, surveyed: "Sequence[Surveyed]", size: int, actor: Actor) -> int:
    from learner.shards.survey import draw

    folder, shards = Path(pool.folder), len(surveyed)
    if not size:
        return 0
    head = choose_new(store, lambda without: draw(folder, surveyed, size=size, without=without), outside=shards)
    return bring(store, head, outside=shards, actor=actor, name=f"{folder.name}, drawn at random")

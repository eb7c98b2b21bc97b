"""The head of a round's queue where a pool outside the project is attached.

Outside and in the project, it is one pool: the project's open sentences are written as one more shard, and the head is
chosen out of all. What is chosen outside is brought into the project, and nothing else.
"""

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.outside.bringing import bring, choose_new, complete_brought
from annotator.project.attached import check_unchanged
from annotator.project.folders import OWN_SHARDS, pool_scores_of
from annotator.project.private_files import private_folder, refuse_link
from annotator.rounds.learning.landing import starter_of
from annotator.rounds.learning.outside import Learned
from annotator.rounds.learning.pool import in_chunks
from annotator.rounds.learning.reading import vectors_folder
from annotator.rounds.settings import RoundSettings, settings_of
from db.corpus import pools, sentences
from db.corpus.pools import OutsidePool
from db.learning.round_records import Round
from db.queue.slots import QueueEntry
from db.store import Store
from learner.config import STATIC
from learner.data.example import Sentence
from learner.errors import ShardsChanged
from learner.shards.candidates import Keys

if TYPE_CHECKING:
    from learner.shards.head import Head, Scores
    from learner.shards.many import ShardDone

_OUTSIDE, _OWN_SCORES, _CHECKPOINT = "outside", "own-scores", "checkpoint"


def choose_outside(store: Store, learned: Learned) -> list[QueueEntry] | None:
    """Return the head of the queue, once its sentences are in the project; None if no pool is attached.

    A pool that is detached or replaced while it is scored brings nothing, and nothing is brought before the head is
    chosen. Raises BadPool for a shard that is missing or has changed.
    """
    if (pool := pools.attached(store)) is None:
        return None
    complete_brought(store)
    folder = _scores_folder(store, learned, pool)
    try:
        outside = _score_outside(learned, pool, folder)
    except ShardsChanged:
        check_unchanged(store, hashed=True)
        raise
    if pools.attached(store) != pool:
        return None
    try:
        return _choose(store, learned, pool, outside, _score_own(store, learned, folder))
    finally:
        _remove_own(folder)  # or a removed sentence's text might stay there


def _choose(
    store: Store, learned: Learned, pool: OutsidePool, outside: "Scores", own: "Scores | None"
) -> list[QueueEntry]:
    from learner.shards.head import Asked, choose

    settings = learned.settings
    asked = Asked(settings.queue_size, settings.acquisition, settings.random_share, settings.seed)

    def choose_without(keys: Keys) -> "Head":
        scores = outside.leaving_out(keys)
        return choose(
            scores.joined(own) if own else scores,
            asked,
            load=lambda: learned.trained,
            answered=learned.training_set.examples["pool"],
        )

    head = choose_new(store, choose_without, outside=len(outside.files))
    learned.check_wanted()
    bring(
        store,
        head,
        outside=len(outside.files),
        actor=starter_of(store, learned.round),
        name=f"{Path(pool.folder).name}, for round {learned.round.name}",
        check_wanted=learned.check_wanted,
    )
    return _entries(store, head)


def remove_scores(store: Store, ended: Round) -> None:
    """Remove what was said about a pool outside for this round and those before it, if it is ready.

    A companion chose nothing, so another round may still be going to continue with these scores.
    """
    if ended.state != "ready" or ended.is_companion:
        return
    folder = _folder_of(store, settings_of(ended))
    refuse_link(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _folder_of(store: Store, settings: RoundSettings) -> Path:
    """Return the folder for scores: next to the project, or of this project alone where all machines find it."""
    folder = pool_scores_of(store.path)
    if settings.shared_folder is None:
        return folder
    place = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    return Path(settings.shared_folder) / f"{folder.name}-{place}"


def _scores_folder(store: Store, learned: Learned, pool: OutsidePool) -> Path:
    """Return the folder for scores of this pool by this model, with what an earlier process finished.

    What other models said is removed.
    """
    from learner.shards.score import checkpoint_digest

    every = private_folder(_folder_of(store, learned.settings))
    mine = every / f"{checkpoint_digest(learned.checkpoint)[:16]}-{pool.id}"
    for other in every.iterdir():
        if other != mine and other.is_dir() and not other.is_symlink():  # systems put files of their own into folders
            shutil.rmtree(other)
    return private_folder(mine)


def _score_outside(learned: Learned, pool: OutsidePool, folder: Path) -> "Scores":
    from learner.shards.head import Scores

    learned.report(0, len(pool.shards), f"Scoring shards: 0 of {len(pool.shards):,}")
    for now in _scored(learned, pool, folder / _OUTSIDE):
        learned.check_wanted()
        left = "" if now.done == now.of else f", {now.minutes_left} min left"
        learned.report(now.done, now.of, f"Scoring shards: {now.done:,} of {now.of:,}{left}")
    return Scores.of(folder / _OUTSIDE)


def _scored(learned: Learned, pool: OutsidePool, out: Path) -> "Iterator[ShardDone]":
    """Yield each shard as it has its scores. This is the one place that decides what scores them."""
    from learner.device import choose_device
    from learner.shards.engines import PROCESSES, RAY, engine_called
    from learner.shards.many import score_shards
    from learner.shards.score import Scoring
    from learner.shards.shard import Shard

    settings = learned.settings
    engine = engine_called(settings.engine or PROCESSES, ray_address=settings.ray_address)
    device = choose_device(settings.device).type
    shards = [Shard(shard.name, shard.size, shard.sha256) for shard in pool.shards]
    vectors_in = None if settings.pool_vectors is None else Path(settings.pool_vectors)
    scoring = Scoring(device=device, vectors_in=vectors_in)
    jobs = None if settings.engine == RAY else 1 if device == "cuda" else _cores()
    checkpoint = learned.checkpoint if settings.shared_folder is None else _copied(learned.checkpoint, out.parent)
    return score_shards(checkpoint, Path(pool.folder), out, scoring=scoring, shards=shards, jobs=jobs, engine=engine)


def _copied(checkpoint: Path, folder: Path) -> Path:
    """Return a copy of the checkpoint in this folder, which is of this checkpoint alone."""
    from learner.data.aside import aside, put_in_place

    copy = folder / _CHECKPOINT
    if not copy.exists():
        with aside(copy) as half:
            shutil.copytree(checkpoint, half)
            put_in_place(half, copy)
    return copy


def _score_own(store: Store, learned: Learned, folder: Path) -> "Scores | None":
    """Return scores of the project's open sentences, which are written as a shard; None if there are none."""
    from learner.device import choose_device
    from learner.shards.build import DEFAULT_ROWS, write_shards
    from learner.shards.head import Scores
    from learner.shards.many import score_shards
    from learner.shards.score import Scoring

    _remove_own(folder)
    own = private_folder(folder / OWN_SHARDS)
    shards = [shard for shard, _ in write_shards(_sentences(store, learned.pool), own, rows=DEFAULT_ROWS)]
    if not shards:
        return None
    kept = None if learned.settings.encoder == STATIC else vectors_folder(store)
    scoring = Scoring(device=choose_device(learned.settings.device).type, vectors_in=kept)
    for _ in score_shards(learned.checkpoint, own, folder / _OWN_SCORES, scoring=scoring, shards=shards):
        learned.check_wanted()
    return Scores.of(folder / _OWN_SCORES)


def _remove_own(folder: Path) -> None:
    for name in (OWN_SHARDS, _OWN_SCORES):
        shutil.rmtree(folder / name, ignore_errors=True)


def _sentences(store: Store, ids: Sequence[int]) -> Iterator[Sentence]:
    for chunk in in_chunks(store, ids):
        names = sentences.external_ids(store, [sentence.id for sentence in chunk])
        for sentence in chunk:
            yield Sentence(names[sentence.id], sentence.tokens, sentence.query_tokens)


def _entries(store: Store, head: "Head") -> list[QueueEntry]:
    """Return what was chosen as entries of the store; without what an import refused, or has put elsewhere since."""
    names = [sentence.id or "" for sentence in head.contents.sentences]
    found = sentences.find(store, names)
    return [
        QueueEntry(found[name].id, one.reason, one.score, one.probability, one.parts, one.why)
        for name, one in zip(names, head.chosen, strict=True)
        if name in found and found[name].split == "pool"
    ]


def _cores() -> int:
    """Return how many processes score at a time: one core is left to the people who annotate."""
    from learner.shards.work import cores

    return max(1, cores() - 1)

"""The work on one round: read → train → evaluate → score the pool → refill the queue.

It is done in a process of its own, `annotator/round_process.py`. Its results go into the round's row; its standard
output is the round's log.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from annotator.jobs import Pace, heartbeat
from annotator.project.attached import check_unchanged
from annotator.project.private_files import make_private
from annotator.rounds.files import SCORES, remove_half_written, sha256_of
from annotator.rounds.learning.filling import choose_head
from annotator.rounds.learning.judgement import judge_model
from annotator.rounds.learning.landing import Landing, land
from annotator.rounds.learning.outside import ChooseOutside, Learned
from annotator.rounds.learning.pool import open_pool
from annotator.rounds.learning.pool_scores import PoolScores, save_scores, score_sentences
from annotator.rounds.learning.reading import leave_a_core_free, open_encoder, read_for_round
from annotator.rounds.learning.training_set import TrainingSet, check_trainable, training_set_of
from annotator.rounds.settings import RoundSettings, resolve, settings_of, training_config
from annotator.rounds.start import make_round_folder
from db import pools, project, rounds, sentences
from db.errors import LostLog, RoundEnded, StoreUnavailable
from db.files import sync
from db.round_records import ProgressRow, Round
from db.slots import QueueEntry
from db.store import Store, now_ms
from learner.config import TrainingConfig
from learner.errors import TrainingCancelled, TrainingError

if TYPE_CHECKING:
    from learner.encoders.frozen import FrozenEncoder
    from learner.training.run import Progress
    from learner.training.trained import TrainedModel

SECONDS_BETWEEN_TRIES = 1.0
TRIES = 20
"""How often a round tries to write its results: for some ten minutes, if each try waits for the lock in vain."""

HALVINGS = 3
"""How often a training begins again with half as many sentences per step because the memory of a GPU ran out."""

_NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")
"""How torch's errors, of several types, say that a machine's or a GPU's memory ran out."""

logger = logging.getLogger(__name__)


def work_on_round(store: Store, round_id: int, *, outside: ChooseOutside | None = None) -> None:
    """Work on the round from start to end, and write the outcome into its row.

    `outside` chooses the head of the queue if a pool outside the project is attached. Once the row says that the round
    has ended, for example because it was given up, nothing more is written.
    """
    try:
        with store.writing_only_while(lambda: rounds.check_working(store, round_id)):
            _work_to_the_end(store, round_id, outside)
    except RoundEnded as ended:
        logger.warning("%s", ended)


def _work_to_the_end(store: Store, round_id: int, outside: ChooseOutside | None) -> None:
    with heartbeat(store.path, lambda beating: rounds.beat(beating, round_id)):
        try:
            _work(store, rounds.read(store, round_id), outside)
        except RoundEnded:
            raise
        except TrainingCancelled:
            _write_with_retries(lambda: rounds.advance(store, round_id, "cancelled"))
        except Exception as error:
            reason = as_sentence(error)
            logger.exception("round %d failed", round_id)
            _write_with_retries(lambda: rounds.advance(store, round_id, "failed", error=reason))


def _write_with_retries(write: Callable[[], None]) -> None:
    """Write, and retry while the store is busy: hours of training are not given up because of a lock."""
    for left in reversed(range(TRIES)):
        try:
            return write()
        except LostLog:
            raise
        except StoreUnavailable as error:
            if not left:
                raise
            logger.warning("%s Trying again, at most %d times.", error, left)
            time.sleep(SECONDS_BETWEEN_TRIES)


def _work(store: Store, this: Round, outside: ChooseOutside | None) -> None:
    from learner.training.checkpoint import save_checkpoint

    folder = make_round_folder(store, this.id)
    remove_half_written(store)
    training_set, settings = _begin(store, this)
    follower = _Follower(store, this.id)
    encoder = open_encoder(store, settings)
    reading = read_for_round(
        store,
        encoder,
        settings,
        training_set,
        pool=[] if this.is_companion else open_pool(store),  # a companion scores the answered sentences alone
        report=follower.report_reading,
        should_stop=follower.should_stop,
    )
    follower.give_up_if_cancelled()
    trained = teach(store, training_set, settings, encoder=encoder, follow=follower)
    _refuse_not_numbers(trained)
    _write_with_retries(lambda: rounds.advance(store, this.id, "evaluating", device=str(trained.device)))
    judgement = judge_model(trained, training_set)
    metrics = judgement.figures | ({"reading": reading.facts} if reading.facts else {})
    follower.give_up_if_cancelled()
    checkpoint = folder / "checkpoint"
    checkpoint_hash = save_checkpoint(trained, checkpoint, metrics)
    _write_with_retries(lambda: rounds.advance(store, this.id, "scoring", metrics=metrics))
    learned = Learned(
        this,
        settings,
        trained,
        training_set,
        reading.pool,
        checkpoint,
        report=follower.report_reading,
        check_wanted=follower.give_up_if_cancelled,
    )
    head, of_pool, of_scores = _choose(store, learned, folder, outside)
    follower.give_up_if_cancelled()
    home = store.path.absolute().parent
    saved = {
        "metrics": metrics | {"scores": of_scores},
        "checkpoint": str(checkpoint.relative_to(home)),
        "checkpoint_hash": checkpoint_hash,
        "saliency_file": str(of_pool.file.relative_to(home)),
        "saliency_hash": sha256_of(of_pool.file),
    }
    make_private(folder)
    for place in (folder, folder.parent, home):
        sync(place)  # a file is only on the disk once the folders that name it are
    landed = Landing(this, settings, head, of_pool, judgement, saved)
    _write_with_retries(lambda: land(store, landed))


def _begin(store: Store, this: Round) -> tuple[TrainingSet, RoundSettings]:
    """Return what the round learns from and how, once its row says so."""
    from learner.device import choose_device

    if not this.is_companion:
        check_unchanged(store, hashed=True)
    training_set = training_set_of(store, this)
    check_trainable(store, training_set)
    settings = resolve(settings_of(this), has_queries=training_set.has_queries)
    counts = training_set.counts(_label_names(store))
    learns = {"device": str(choose_device(settings.device)), "training_set": counts}
    rounds.advance(store, this.id, "training", **learns, training_set_hash=training_set.hash)
    return training_set, settings


def _choose(
    store: Store, learned: Learned, folder: Path, outside: ChooseOutside | None
) -> tuple[Sequence[QueueEntry], PoolScores, dict[str, object]]:
    """Return the head of the queue, the scores of the pool, and what the round's row says about its file of scores.

    A companion chooses nothing.
    """
    is_companion = learned.round.is_companion
    head = None if outside is None or is_companion else outside(store, learned)
    pool = sorted({*learned.pool, *(entry.sentence_id for entry in head or ())})
    scores, scores_hash = _score(store, learned.trained, learned.training_set, pool, folder)
    of_pool = scores.first(len(pool))
    if head is None and not is_companion:
        head = choose_head(store, learned.trained, learned.training_set, of_pool, learned.settings)
    return head or [], of_pool, {"hash": scores_hash, "pool": len(pool)}


def _score(
    store: Store, trained: "TrainedModel", training_set: TrainingSet, pool: Sequence[int], folder: Path
) -> tuple[PoolScores, str]:
    """Score the open sentences of the pool, then those with answers; return that, and the SHA-256 of its file."""
    answered = sorted({sentence for of_split in training_set.ids.values() for sentence in of_split}.difference(pool))
    scores = score_sentences(store, trained, [*pool, *answered], folder / "saliency.npy")
    return scores, save_scores(scores, folder / SCORES)


def _refuse_not_numbers(trained: "TrainedModel") -> None:
    if not all(weights.isfinite().all() for weights in trained.model.state_dict().values()):
        raise TrainingError("the trained model has weights that are not numbers: try a lower weight or another seed")


class _Follower:
    """Writes training's progress into the round's row, and asks it whether to stop."""

    def __init__(self, store: Store, round_id: int) -> None:
        self._store = store
        self._round_id = round_id
        self._pace = Pace()

    def report(self, progress: "Progress") -> None:
        if not self._pace.is_due(is_last=progress.step >= progress.steps_total):
            return
        self._write(
            ProgressRow(
                round_id=self._round_id,
                step=progress.step,
                steps_total=progress.steps_total,
                label_loss=progress.label_loss,
                saliency_loss=progress.saliency_loss,
                dev_loss=progress.dev_loss,
                dev_accuracy=progress.dev_accuracy,
                note="",
                at_ms=now_ms(),
            )
        )

    def report_reading(self, done: int, total: int, note: str) -> None:
        if self._pace.is_due(is_last=done >= total):
            self._write(ProgressRow(self._round_id, done, total, None, None, None, None, note, now_ms()))

    def _write(self, row: ProgressRow) -> None:
        try:
            rounds.report(self._store, row)
        except LostLog:
            raise
        except StoreUnavailable as error:
            logger.warning("step %d was not reported: %s", row.step, error)

    def should_stop(self) -> bool:
        rounds.check_working(self._store, self._round_id)
        return rounds.read(self._store, self._round_id).cancel_requested

    def give_up_if_cancelled(self) -> None:
        if self.should_stop():
            raise TrainingCancelled


class Follower(Protocol):
    """Follows a training: it is called after every step."""

    def report(self, progress: "Progress") -> None:
        """Take note of how far the training is."""

    def should_stop(self) -> bool:
        """Return whether to give up."""


def teach(
    store: Store,
    training_set: TrainingSet,
    settings: RoundSettings,
    *,
    encoder: "FrozenEncoder | None" = None,
    follow: Follower | None = None,
) -> "TrainedModel":
    """Train a model on the training set's pool; the dev examples decide when to stop.

    `encoder` is the pretrained one of these resolved settings, if they have one. If the memory of the GPU runs out, the
    training begins again with half as many sentences per step, three times at most; the model's configuration says so.
    """
    from learner.models.choosing import load_model
    from learner.training.run import train

    leave_a_core_free()
    config = training_config(settings, vectors=_vectors(settings.vectors))
    batch_size = config.batch_size or load_model(settings.model).recipe.batch_size

    def train_with(config: TrainingConfig) -> "TrainedModel":
        return train(
            training_set.examples["pool"],
            training_set.examples["dev"],
            labels=_label_names(store),
            config=config,
            device=settings.device,
            progress=follow.report if follow else None,
            should_stop=follow.should_stop if follow else None,
            extra_words=_words(store, outside=config.vectors is not None) if encoder is None else (),
            encoder=encoder,
        )

    return _halving_the_batch(config, train_with, batch_size)


def _halving_the_batch(
    config: TrainingConfig, train_with: "Callable[[TrainingConfig], TrainedModel]", batch_size: int
) -> "TrainedModel":
    import torch

    for _ in range(HALVINGS):
        try:
            return train_with(config)
        except torch.OutOfMemoryError as error:
            logger.warning("%s; training begins again with %d sentences per step", error, batch_size // 2)
        batch_size = max(1, batch_size // 2)  # after the error is gone, and with it what it holds
        config = replace(config, batch_size=batch_size)
        torch.cuda.empty_cache()
    return train_with(config)


def _words(store: Store, *, outside: bool) -> list[str]:
    """Return every word of the project, and of the pool outside it: a model knows the pretrained vectors of them."""
    every = (sentence for page in sentences.pages(store) for sentence in page)
    found = {word for sentence in every for word in (*sentence.tokens, *(sentence.query_tokens or ()))}
    if outside and (pool := pools.attached(store)) is not None:
        from learner.shards.survey import distinct_words

        for shard in pool.shards:
            found |= distinct_words(Path(pool.folder) / shard.name)
    return sorted(found)


def _label_names(store: Store) -> list[str]:
    return [label.name for label in project.labels(store)]


def _vectors(choice: str) -> str | None:
    from learner.data.vectors import glove_is_installed

    if choice == "auto":
        choice = "glove-50d" if glove_is_installed() else "random"
    return None if choice == "random" else choice


def as_sentence(error: Exception) -> str:
    """Return the error as a sentence for the round's row; an error without a message is named by its type."""
    message = str(error) or type(error).__name__
    if isinstance(error, MemoryError) or any(words in message.lower() for words in _NO_MEMORY):
        return (
            f"There was not enough memory: end other programs or train with --device cpu, then start again ({message})."
        )
    return f"{message.rstrip('.')}."

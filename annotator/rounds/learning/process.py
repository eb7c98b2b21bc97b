"""The work on one round: read → train → evaluate → score the pool → refill the queue.

It is done in a process of its own, `annotator/round_process.py`. Its results go into the round's row; its standard
output is the round's log.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from annotator.jobs import heartbeat
from annotator.project.attached import check_unchanged
from annotator.project.private_files import make_private
from annotator.rounds.files import SCORES, make_round_folder, remove_half_written, sha256_of
from annotator.rounds.learning.filling import choose_head
from annotator.rounds.learning.following import RoundFollower
from annotator.rounds.learning.judgement import Judgement, judge_model
from annotator.rounds.learning.landing import Landing, land
from annotator.rounds.learning.outside import ChooseOutside, Learned
from annotator.rounds.learning.pool import open_pool
from annotator.rounds.learning.pool_scores import PoolScores, save_scores, score_sentences
from annotator.rounds.learning.reading import Reading, open_encoder, read_for_round
from annotator.rounds.learning.teaching import label_names, teach
from annotator.rounds.learning.training_set import TrainingSet, check_trainable, training_set_of
from annotator.rounds.settings import RoundSettings, resolve, settings_of
from db.errors import LostLog, RoundEnded, StoreUnavailable
from db.files import sync
from db.learning import rounds
from db.learning.round_records import Round, RoundState
from db.queue.slots import QueueEntry
from db.store import Store
from learner.errors import TrainingCancelled, TrainingError

if TYPE_CHECKING:
    from learner.encoders.frozen import FrozenEncoder
    from learner.training.trained import TrainedModel

SECONDS_BETWEEN_TRIES = 1.0
TRIES = 20
"""How often a round tries to write its results: for some ten minutes, if each try waits for the lock in vain."""

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
    work = _begin(store, this)
    encoder = open_encoder(store, work.settings)
    reading = _read(work, encoder)
    work.follower.give_up_if_cancelled()
    trained = _train(work, encoder)
    judgement = judge_model(trained, work.training_set)
    metrics = _metrics(judgement, reading)
    work.follower.give_up_if_cancelled()
    checkpoint = _keep_checkpoint(work, trained, metrics)
    chosen = _choose(work, _learned(work, trained, reading), outside)
    work.follower.give_up_if_cancelled()
    saved = checkpoint | _saliency_of(work, chosen) | {"metrics": metrics | {"scores": chosen.of_scores}}
    _bring_to_the_disk(work)
    landing = Landing(this, work.settings, chosen.head, chosen.pool, judgement, saved)
    _write_with_retries(lambda: land(store, landing))


@dataclass(frozen=True)
class _Work:
    """A round at work: what it learns from and how, and where its files are."""

    store: Store
    round: Round
    folder: Path
    training_set: TrainingSet
    settings: RoundSettings
    follower: RoundFollower

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint"

    def advance(self, state: RoundState, **facts: Any) -> None:
        _write_with_retries(lambda: rounds.advance(self.store, self.round.id, state, **facts))

    def name_in_row(self, file: Path) -> str:
        """Return a file's path as the round's row has it: from the folder of the project."""
        return str(file.relative_to(_home(self.store)))


def _begin(store: Store, this: Round) -> _Work:
    folder = make_round_folder(store, this.id)
    remove_half_written(store)
    training_set, settings = _record_what_is_learned(store, this)
    return _Work(store, this, folder, training_set, settings, RoundFollower(store, this.id))


def _record_what_is_learned(store: Store, this: Round) -> tuple[TrainingSet, RoundSettings]:
    """Return what the round learns from and how, once its row says so."""
    from learner.device import choose_device

    if not this.is_companion:
        check_unchanged(store, hashed=True)
    training_set = training_set_of(store, this)
    check_trainable(store, training_set)
    settings = resolve(settings_of(this), has_queries=training_set.has_queries)
    counts = training_set.counts(label_names(store))
    learns = {"device": str(choose_device(settings.device)), "training_set": counts}
    rounds.advance(store, this.id, "training", **learns, training_set_hash=training_set.hash)
    return training_set, settings


def _read(work: _Work, encoder: "FrozenEncoder | None") -> Reading:
    # A companion scores the answered sentences alone.
    pool = [] if work.round.is_companion else open_pool(work.store)
    return read_for_round(
        work.store,
        encoder,
        work.settings,
        work.training_set,
        pool=pool,
        report=work.follower.report_reading,
        should_stop=work.follower.should_stop,
    )


def _train(work: _Work, encoder: "FrozenEncoder | None") -> "TrainedModel":
    trained = teach(work.store, work.training_set, work.settings, encoder=encoder, follow=work.follower)
    _refuse_not_numbers(trained)
    work.advance("evaluating", device=str(trained.device))
    return trained


def _metrics(judgement: Judgement, reading: Reading) -> dict[str, Any]:
    return judgement.figures | ({"reading": reading.facts} if reading.facts else {})


def _keep_checkpoint(work: _Work, trained: "TrainedModel", metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Save the model and return what the round's row says about its checkpoint."""
    from learner.training.checkpoint import save_checkpoint

    sha256 = save_checkpoint(trained, work.checkpoint, metrics)
    work.advance("scoring", metrics=metrics)
    return {"checkpoint": work.name_in_row(work.checkpoint), "checkpoint_hash": sha256}


def _learned(work: _Work, trained: "TrainedModel", reading: Reading) -> Learned:
    return Learned(
        work.round,
        work.settings,
        trained,
        work.training_set,
        reading.pool,
        work.checkpoint,
        report=work.follower.report_reading,
        check_wanted=work.follower.give_up_if_cancelled,
    )


class _Chosen(NamedTuple):
    """What a round chose, and from which scores."""

    head: Sequence[QueueEntry]
    """The head of the queue; empty for a companion, which chooses nothing."""
    pool: PoolScores
    of_scores: dict[str, object]
    """What the round's row says about its file of scores."""


def _choose(work: _Work, learned: Learned, outside: ChooseOutside | None) -> _Chosen:
    is_companion = work.round.is_companion
    head = None if outside is None or is_companion else outside(work.store, learned)
    pool = sorted({*learned.pool, *(entry.sentence_id for entry in head or ())})
    scores, scores_hash = _score(work, learned.trained, pool)
    of_pool = scores.first(len(pool))
    if head is None and not is_companion:
        head = choose_head(work.store, learned.trained, work.training_set, of_pool, work.settings)
    return _Chosen(head or [], of_pool, {"hash": scores_hash, "pool": len(pool)})


def _score(work: _Work, trained: "TrainedModel", pool: Sequence[int]) -> tuple[PoolScores, str]:
    """Score the open sentences of the pool, then those with answers; return that, and the SHA-256 of its file."""
    of_splits = work.training_set.ids.values()
    answered = sorted({sentence for of_split in of_splits for sentence in of_split}.difference(pool))
    scores = score_sentences(work.store, trained, [*pool, *answered], work.folder / "saliency.npy")
    return scores, save_scores(scores, work.folder / SCORES)


def _saliency_of(work: _Work, chosen: _Chosen) -> dict[str, Any]:
    file = chosen.pool.file
    return {"saliency_file": work.name_in_row(file), "saliency_hash": sha256_of(file)}


def _bring_to_the_disk(work: _Work) -> None:
    make_private(work.folder)
    for place in (work.folder, work.folder.parent, _home(work.store)):
        sync(place)  # a file is only on the disk once the folders that name it are


def _home(store: Store) -> Path:
    return store.path.absolute().parent


def _refuse_not_numbers(trained: "TrainedModel") -> None:
    if not all(weights.isfinite().all() for weights in trained.model.state_dict().values()):
        raise TrainingError("the trained model has weights that are not numbers: try a lower weight or another seed")


def as_sentence(error: Exception) -> str:
    """Return the error as a sentence for the round's row; an error without a message is named by its type."""
    message = str(error) or type(error).__name__
    if isinstance(error, MemoryError) or any(words in message.lower() for words in _NO_MEMORY):
        return (
            f"There was not enough memory: end other programs or train with --device cpu, then start again ({message})."
        )
    return f"{message.rstrip('.')}."

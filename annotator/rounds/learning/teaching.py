"""Teach a model what people answered: by a round's settings, and in the memory that there is."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from annotator.rounds.learning.reading import leave_a_core_free
from annotator.rounds.learning.training_set import TrainingSet
from annotator.rounds.settings import RoundSettings, training_config
from db.corpus import pools, sentences
from db.store import Store
from db.team import project
from learner.config import TrainingConfig

if TYPE_CHECKING:
    from learner.encoders.frozen import FrozenEncoder
    from learner.training.run import Progress
    from learner.training.trained import TrainedModel

HALVINGS = 3
"""How often a training begins again with half as many sentences per step because the memory of a GPU ran out."""

logger = logging.getLogger(__name__)


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
            labels=label_names(store),
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


def label_names(store: Store) -> list[str]:
    """Return the names of the project's labels in their order."""
    return [label.name for label in project.labels(store)]


def _vectors(choice: str) -> str | None:
    from learner.data.vectors import glove_is_installed

    if choice == "auto":
        choice = "glove-50d" if glove_is_installed() else "random"
    return None if choice == "random" else choice

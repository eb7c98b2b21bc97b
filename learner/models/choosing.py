"""Choose and make the model of a training, by the properties that the registered models declare."""

import logging
from collections.abc import Sequence

from learner import registry
from learner.config import TrainingConfig
from learner.data.embedding_table import EmbeddingTable
from learner.data.example import Example
from learner.errors import TrainingError
from learner.models.protocol import Model

_log = logging.getLogger(__name__)


def choose_model(examples: Sequence[Example], *, asked_for: str | None) -> type[Model]:
    """Return the model called `asked_for`, or else the first that fits: one that reads queries if there are any.

    A model that reads queries refuses an example without one.
    """
    queries = sum(bool(example.query) for example in examples)
    kind = load_model(asked_for) if asked_for else _first(reads_queries=queries > 0)
    if kind.reads_queries and queries < len(examples):
        raise TrainingError(
            f"{len(examples) - queries} of {len(examples)} examples have no query, but {kind.title} reads one with "
            f"every sentence: give each a query, or train the model {_first(reads_queries=False).name}, "
            "which reads none"
        )
    if queries and not kind.reads_queries:
        _log.warning("the examples have a query, which %s does not read", kind.title)
    return kind


def load_model(name: str) -> type[Model]:
    """Return the model called `name`."""
    kind: type[Model] = registry.load("model", name)
    return kind


def words_read(kind: type[Model], example: Example) -> tuple[str, ...]:
    """Return the words of an example that the model reads."""
    return (*example.tokens, *(example.query or ())) if kind.reads_queries else example.tokens


def make_model(
    kind: type[Model], table: EmbeddingTable, config: TrainingConfig, *, classes: int, max_words: int
) -> Model:
    """Return a new model, made with the settings of the training that it names."""
    settings = {name: getattr(config, name) for name in kind.made_with}
    rows = table.vocabulary.trained_rows
    return kind(table.vectors, trained_rows=rows, classes=classes, max_words=max_words, **settings)


def _first(*, reads_queries: bool) -> type[Model]:
    kinds = map(load_model, registry.names("model"))
    return next(kind for kind in kinds if kind.reads_queries == reads_queries)

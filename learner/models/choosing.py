"""Choose and make the model of a training, by the properties that the registered models declare."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from learner import registry
from learner.config import STATIC, TrainingConfig
from learner.data.example import Example
from learner.errors import TrainingError
from learner.loss_names import needs_evidence
from learner.model_names import fitting_model, model_of_evidence
from learner.models.protocol import EvidenceModel, Model
from learner.models.words import Words

_log = logging.getLogger(__name__)


def choose_model(examples: Sequence[Example], config: TrainingConfig) -> type[Model]:
    """Return the model that the settings name, or else the one that fits the encoder and the examples.

    A model that reads queries refuses an example without one.
    """
    queries = sum(bool(example.query) for example in examples)
    is_static = config.encoder == STATIC
    kind = load_model(config.model or fitting_model(config.encoder, has_queries=queries > 0))
    if kind.reads_queries and queries < len(examples):
        raise TrainingError(
            f"{len(examples) - queries} of {len(examples)} examples have no query, but {kind.title} reads one with "
            f"every sentence: give each a query, or train the model {fitting_model(STATIC, has_queries=False)}, "
            "which reads none"
        )
    if queries and is_static and not kind.reads_queries:
        _log.warning("the examples have a query, which %s does not read", kind.title)
    return kind


def load_model(name: str) -> type[Model]:
    """Return the model called `name`."""
    kind: type[Model] = registry.load("model", name)
    return kind


def complete(config: TrainingConfig, kind: type[Model], examples: Sequence[Example], *, classes: int) -> TrainingConfig:
    """Return the settings with those that fit the model and the examples in place of None."""
    loss = config.loss or kind.default_loss
    if needs_evidence(loss) and not issubclass(kind, EvidenceModel):
        raise TrainingError(
            f"loss {loss!r}: {kind.title} has no evidence of words; train the model {model_of_evidence()} with it"
        )
    config = replace(config, model=kind.name, loss=loss, batch_size=config.batch_size or kind.recipe.batch_size)
    if "constant_labels" not in kind.made_with:
        return config
    if config.constant_labels is None:
        return replace(config, constant_labels=_labels_without_rationale(examples, classes))
    if not set(config.constant_labels) < set(range(classes)):
        raise TrainingError(
            f"constant_labels: found {', '.join(map(str, config.constant_labels))}, expected fewer than all of the "
            f"labels 0 to {classes - 1}: a label without evidence has a constant answer"
        )
    return config


def words_read(kind: type[Model], example: Example) -> tuple[str, ...]:
    """Return the words of an example that the model reads."""
    return (*example.tokens, *(example.query or ())) if kind.reads_queries else example.tokens


def make_model(kind: type[Model], words: Words, config: TrainingConfig, *, classes: int, max_words: int) -> Model:
    """Return a new model, made with the settings of the training that it names."""
    settings = {name: getattr(config, name) for name in kind.made_with}
    return kind(words, classes=classes, max_words=max_words, **settings)


def _labels_without_rationale(examples: Sequence[Example], classes: int) -> tuple[int, ...]:
    """Return the labels for which no example has a marked word, or none of them if that is so of every label."""
    marked = {example.label for example in examples if set(example.marks or "") & {"+", "-"}}
    return tuple(label for label in range(classes) if label not in marked) if marked else ()

"""`python -m learner train`: train a checkpoint from a file of examples."""

import argparse
import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from learner import registry
from learner.commands.arguments import Parser, add_data, add_device, add_json, add_processes, add_vectors_in, positive
from learner.commands.terminal import say, say_remark, show_figures, training_progress
from learner.config import STATIC, TrainingConfig
from learner.data.example import Example, read_examples
from learner.data.splits import divide
from learner.encoders.choosing import AUTO, choose_encoder
from learner.errors import ConfigError
from learner.model_names import KNOWN

if TYPE_CHECKING:
    from learner.encoders.frozen import FrozenEncoder
    from learner.training.process_group import Group
    from learner.training.run import Progress
    from learner.training.trained import TrainedModel

_DEFAULT = TrainingConfig()
_SETTINGS = tuple(field.name for field in fields(TrainingConfig))


def add_arguments(parser: Parser) -> None:
    """Add what to train on, the settings, and where to write."""
    add = parser.add_argument
    add_data(parser)
    add("--out", type=Path, required=True, metavar="DIR", help="the checkpoint to write")
    add(
        "--label",
        dest="labels",
        metavar="LABEL",
        action="append",
        help="a class; repeat it for each class, in order (default: those of the file)",
    )
    add("--model", choices=registry.names("model"), help="default: the one that fits the encoder and DATA")
    add("--resume-from", type=Path, metavar="FILE", help="keep the state in this file; resume from it if it exists")
    add("--check-engine", action="store_true", help="compare the engine with the reference on the first marked batch")
    _add_encoder(parser)
    _add_loss(parser)
    _add_network(parser)
    _add_steps(parser)
    add_processes(parser)
    add_device(parser)
    add_json(parser)


def run(given: argparse.Namespace) -> None:
    """Train on the train and pool lines of DATA; its dev lines decide when to stop.

    In a file without splits, one line in ten is dev, by a hash of its id.
    """
    from learner.training.checkpoint import check_vacant
    from learner.training.process_group import join_group

    check_vacant(given.out)
    config = _config(given)
    encoder = _open_encoder(config, given)
    data = _read(given)
    with join_group(given.processes) as group, training_progress() if group.is_first else nullcontext() as progress:
        if group.is_first:
            _say_what_is_read(data, encoder)
        trained = _train(data, given, config, encoder=encoder, group=group, progress=progress)
    if group.is_first:
        _save(trained, data, given, processes=group.size)


class _Data(NamedTuple):
    training: list[Example]
    dev: list[Example]
    labels: tuple[str, ...]
    words: list[str]
    """All words of the file."""
    remarks: list[str]
    """What was guessed or left out when the file was read."""


def _read(given: argparse.Namespace) -> _Data:
    remarks: list[str] = []
    examples, names = read_examples(given.data, labels=given.labels, remark=remarks.append)
    return _Data(*divide(examples), names, _words(examples), remarks)


def _say_what_is_read(data: _Data, encoder: "FrozenEncoder | None") -> None:
    for remark in data.remarks:
        say_remark(remark)
    if encoder is not None:
        say(f"{encoder.name} reads the sentences, after layer {encoder.layer}", to=sys.stderr)


def _train(
    data: _Data,
    given: argparse.Namespace,
    config: TrainingConfig,
    *,
    encoder: "FrozenEncoder | None",
    group: "Group",
    progress: "Callable[[Progress], None] | None",
) -> "TrainedModel":
    from learner.training.run import train

    return train(
        data.training,
        data.dev,
        labels=data.labels,
        config=config,
        device=given.device,
        progress=progress,
        resume_from=given.resume_from,
        extra_words=data.words,
        group=group,
        check_engine=given.check_engine,
        encoder=encoder,
    )


def _save(trained: "TrainedModel", data: _Data, given: argparse.Namespace, *, processes: int) -> None:
    """Write the checkpoint, and show what it is and what it does on dev."""
    from learner.judging.evaluation import evaluate
    from learner.training.checkpoint import save_checkpoint

    figures = evaluate(trained, data.dev) if data.dev else {}
    sha256 = save_checkpoint(trained, given.out, {"dev": figures})
    on_dev = {f"dev_{name}": value for name, value in figures.items()}
    facts = {**_facts(trained), "processes": processes, **on_dev, "sha256": sha256}
    show_figures(f"trained {given.out.name}", facts, as_json=given.as_json)


def _config(given: argparse.Namespace) -> TrainingConfig:
    """Return the settings that were given; raise ConfigError for word vectors of a pretrained encoder."""
    of_static = {name: getattr(given, name) for name in ("vectors", "dimension") if getattr(given, name) is not None}
    fits_static = bool(of_static) or given.model not in (None, *KNOWN)
    encoder = choose_encoder(given.encoder, fits_static=fits_static)
    if of_static and encoder != STATIC:
        raise ConfigError(f"{', '.join(of_static)}: only the encoder static has word vectors, found {given.encoder}")
    settings = {name: value for name, value in vars(given).items() if name in _SETTINGS and value is not None}
    levels = tuple(given.levels) if given.levels else None
    return TrainingConfig(**{**settings, "encoder": encoder, "levels": levels})


def _open_encoder(config: TrainingConfig, given: argparse.Namespace) -> "FrozenEncoder | None":
    """Return the encoder that reads the sentences before the training; raise EncoderError if it is not here.

    None for the static one, and for a model that trains its encoder: it reads the sentences in every step.
    """
    from learner.encoders.frozen import open_encoder
    from learner.models.choosing import load_model

    if config.encoder == STATIC or (config.model is not None and load_model(config.model).trains_encoder):
        return None
    where = {"vectors_in": given.vectors_in, "device": given.device}
    return open_encoder(config.encoder, layer=config.encoder_layer, **where)


def _add_encoder(parser: Parser) -> None:
    add = parser.add_argument
    add(
        "--encoder",
        default=AUTO,
        metavar="NAME",
        help="what reads the words: static, minilm, the directory of another pretrained encoder, or auto (minilm if "
        "it is installed, but static with --vectors, --dimension or another package's model)",
    )
    add(
        "--encoder-layer",
        type=positive,
        metavar="N",
        help="read a pretrained encoder after this layer (default: half of its layers)",
    )
    add_vectors_in(parser)


def _add_loss(parser: Parser) -> None:
    add = parser.add_argument
    add("--loss", help=f"{', '.join(registry.names('loss'))}, or another sum of names (default: the model's own)")
    add(
        "--lambda",
        dest="saliency_weight",
        type=float,
        metavar="X",
        help="weight of the saliency loss (default: the loss's own)",
    )
    add("--warmup-steps", type=int, metavar="N", help="steps over which lambda grows (default: the loss's own)")
    add(
        "--level",
        dest="levels",
        metavar="LEVEL",
        action="append",
        help="word, intermediate, decision or evidence; repeat it for each (default: the loss's own)",
    )
    add(
        "--target",
        dest="saliency_target",
        metavar="F",
        default=_DEFAULT.saliency_target,
        help="the answer f that saliency differentiates: log_odds or probability",
    )
    add("--engine", default=_DEFAULT.engine, help="how saliency is computed: auto, closed or reference")


def _add_network(parser: Parser) -> None:
    add = parser.add_argument
    add("--vectors", help="static encoder: glove-50d, a file of word vectors, or random (default: random)")
    add("--dimension", type=int, metavar="N", help=f"static encoder: of random vectors (default: {_DEFAULT.dimension})")
    add("--max-words", type=int, metavar="N", help="maximum number of words that the model sees")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--hidden-layer", action="store_true", default=_DEFAULT.hidden_layer, help="use a hidden layer")
    form.add_argument(
        "--linear", dest="hidden_layer", action="store_false", default=argparse.SUPPRESS, help="use no hidden layer"
    )
    add("--d-dim", metavar="FORM", default=_DEFAULT.d_dim, help="how D_dim is used: padded, top-k or off")
    add("--trained-layers", type=int, metavar="N", help="fine-tuned: the encoder's last N layers (default: all of it)")
    add("--precision", metavar="FORM", default=_DEFAULT.precision, help="fine-tuned: float32, or bfloat16 (faster)")
    add("--recompute-layers", action="store_true", help="fine-tuned: compute layers twice to save memory")
    add("--shared-query-convolutions", action="store_true", help="cloze: the query uses the sentence's convolutions")


def _add_steps(parser: Parser) -> None:
    add = parser.add_argument
    add("--learning-rate", type=float, metavar="X", default=_DEFAULT.learning_rate, help="Adam's learning rate")
    add(
        "--batch-size",
        type=int,
        metavar="N",
        default=_DEFAULT.batch_size,
        help="sentences per step (default: what fits the model)",
    )
    add("--steps", dest="max_steps", metavar="N", type=int, help="maximum number of training steps")
    add(
        "--keep-step-by",
        metavar="CRITERION",
        default=_DEFAULT.keep_step_by,
        help="what on dev chooses the step to keep: answers, marks or worst-group",
    )
    add("--calibration", metavar="FORM", default=_DEFAULT.calibration, help="off, or bias: constants fitted on dev")
    add("--seed", type=int, metavar="N", default=_DEFAULT.seed, help="seed of everything random")


def _words(examples: Iterable[Example]) -> list[str]:
    return [token for example in examples for token in (*example.tokens, *(example.query or ()))]


def _facts(trained: "TrainedModel") -> dict[str, Any]:
    vectors = trained.vectors
    figures = {name: value for name, value in vars(trained.result).items() if value is not None}
    words = {"vectors": vectors.source, "words_found": vectors.found, "words": vectors.total}
    made = trained.made_of()
    if trained.constant_labels:
        made["constant_labels"] = ", ".join(trained.labels[label] for label in trained.constant_labels)
    return {**made, **figures, **words, "labels": ", ".join(trained.labels)}

"""`python -m learner reproduce`: repeat the paper's tables on sets that anyone can have."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from learner import registry
from learner.commands.arguments import Parser, add_device, positive
from learner.commands.terminal import say
from learner.data.vectors import RANDOM
from learner.encoders.choosing import choose_encoder, find_encoder
from learner.encoders.directory import open_directory
from learner.errors import LearnerError

_ALL = "all"
_SETS = ("litbank", "hatexplain", "hatexplain-3", "cbt_ne")


def add_arguments(parser: Parser) -> None:
    """Add what to train on, how many models, and where to write."""
    add = parser.add_argument
    add("--data", type=Path, required=True, metavar="PATH", help="the folder that holds the sets")
    add("--sets", nargs="+", default=_SETS, metavar="SET", help="names of sets, any NAME.jsonl in PATH")
    add(
        "--losses",
        nargs="*",
        default=("hinge",),
        metavar="LOSS",
        help="losses that teach the paper's models, see train --help; with no name, only the encoder's are trained",
    )
    add("--sizes", nargs="+", default=(_ALL,), metavar="N", help="numbers of answered sentences, or all")
    add("--seeds", type=positive, default=5, help="models of each kind")
    add("--vectors", help="glove-50d, a file of word vectors, or random (default: random)")
    add(
        "--encoder",
        metavar="NAME",
        help="also train models on this pretrained encoder, next to the paper's: minilm or a directory",
    )
    add("--steps", type=positive, help="maximum number of training steps, for a quick try")
    add("--jobs", type=positive, default=2, help="models trained at a time, one thread each")
    add("--out", type=Path, default=Path("reproduced"), metavar="DIR", help="the folder to write")
    add_device(parser)


def run(given: argparse.Namespace) -> None:
    """Repeat the paper's experiments with untaught and taught models, and its tables with its figures next to ours.

    DIR gets tables (.md, .json) without a sentence of the data, sentences (.md, .json), and both as
    report.html. Stopped at any time and run again, the command resumes with the missing models.
    """
    from learner.device import choose_device
    from learner.reproduction import running
    from learner.reproduction.plan import Plan
    from learner.reproduction.report import write_report
    from learner.reproduction.sets import read_set

    losses = _listed(given.losses)
    for loss in losses:
        registry.check("loss", loss)
    if not losses and given.encoder is None:
        raise LearnerError("--losses: found no name; name a loss, or an encoder with --encoder")
    sets, sizes, device = _listed(given.sets), _sizes(given.sizes), str(choose_device(given.device))
    encoder = _encoder(given.encoder)
    kept = given.out / "vectors" if encoder else None
    vectors = None if given.vectors == RANDOM else given.vectors
    plan = Plan(given.data, sets, losses, sizes, given.seeds, vectors, given.steps, device, encoder, kept)
    read = {name: read_set(given.data, name) for name in sets}
    given.out.mkdir(parents=True, exist_ok=True)
    write_report(plan, running.run(plan, given.out, jobs=given.jobs), read, given.out)
    say(f"wrote {given.out / 'tables.md'}, tables.json, sentences.md, sentences.json and report.html")


def _encoder(name: str | None) -> str | None:
    """Return the encoder, a directory as an absolute path; raise EncoderError if it cannot be read."""
    if name is None:
        return None
    encoder = choose_encoder(name)
    open_directory(find_encoder(encoder))
    return encoder


def _listed(words: Sequence[str]) -> tuple[str, ...]:
    """Return the names, each once; spaces or commas separate them."""
    names = (name.strip() for word in words for name in word.split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def _sizes(words: Sequence[str]) -> tuple[int | None, ...]:
    return tuple(None if word == _ALL else _size(word) for word in _listed(words))


def _size(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise LearnerError(f"--sizes: found {text!r}, expected a number of sentences (1 or more), or {_ALL}")
    return int(text)

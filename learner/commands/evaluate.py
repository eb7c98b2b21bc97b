"""`python -m learner evaluate`: print a checkpoint's figures on a file of examples."""

import argparse
from pathlib import Path

from learner.commands.arguments import Parser, add_data, add_device, add_json, add_vectors_in
from learner.commands.terminal import say_remark, show_figures
from learner.data.example import SPLITS, read_examples
from learner.errors import LearnerError


def add_arguments(parser: Parser) -> None:
    """Add the checkpoint, and the lines to evaluate it on."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="a checkpoint")
    add_data(parser)
    parser.add_argument("--split", choices=SPLITS, help="only the lines of this split (default: all)")
    add_vectors_in(parser)
    add_device(parser)
    add_json(parser)


def run(given: argparse.Namespace) -> None:
    """Evaluate the checkpoint DIR on the lines of DATA; shares are in percent."""
    from learner.judging.evaluation import evaluate
    from learner.training.checkpoint import load_checkpoint

    trained = load_checkpoint(given.directory, device=given.device, vectors_in=given.vectors_in)
    examples, _ = read_examples(given.data, labels=trained.labels, remark=say_remark)
    chosen = [example for example in examples if given.split in (None, example.split)]
    if not chosen:
        raise LearnerError(f"{given.data.name} has no lines of split {given.split}")
    title = f"{given.directory.name} on {given.data.name}"
    show_figures(title, evaluate(trained, chosen), as_json=given.as_json)

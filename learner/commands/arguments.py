"""The options that several commands share, and a parser that states errors as sentences."""

import argparse
from pathlib import Path
from typing import Any, NoReturn

from learner.errors import ArgumentError


class Parser(argparse.ArgumentParser):
    """A parser that shows defaults, takes no abbreviated option, and raises ArgumentError instead of exiting."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"allow_abbrev": False, "formatter_class": _Help, **settings})

    def error(self, message: str) -> NoReturn:
        """Raise ArgumentError with what is wrong and the command that shows the help."""
        raise ArgumentError(f"{message}: see {self.prog} --help")


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    def _get_help_string(self, action: argparse.Action) -> str | None:
        if isinstance(action.default, tuple):
            return f"{action.help} (default: {' '.join(action.default)})"
        return action.help if action.default in (None, False) else super()._get_help_string(action)


def positive(text: str) -> int:
    """Return a whole number of 1 or more, for an argument's `type`."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number of 1 or more")
    return int(text)


def add_data(parser: Parser) -> None:
    """Add DATA."""
    kinds = (
        "JSON lines, CSV (.gz packs them), Excel, Parquet, a folder of datasets, or what another tool for annotation "
        "wrote; to predict, also a .txt file with one sentence per line"
    )
    parser.add_argument("data", type=Path, metavar="DATA", help=kinds)


def add_json(parser: Parser) -> None:
    """Add --json, which is parsed into `as_json`."""
    parser.add_argument("--json", dest="as_json", action="store_true", help="print one JSON object on the last line")


def add_device(parser: Parser) -> None:
    """Add --device."""
    parser.add_argument("--device", default="auto", help="auto (CUDA, else CPU), cpu or cuda")


def add_vectors_in(parser: Parser) -> None:
    """Add --vectors-in."""
    parser.add_argument(
        "--vectors-in",
        type=Path,
        metavar="DIR",
        help="keep what a pretrained encoder reads in this folder, so that each sentence is read once",
    )


def add_processes(parser: Parser) -> None:
    """Add --processes."""
    parser.add_argument(
        "--processes",
        type=positive,
        metavar="N",
        help="refuse to run if the number of processes is not N; see torchrun",
    )

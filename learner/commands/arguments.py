"""What the commands' arguments have in common: the standard library's parser, with our sentences."""

import argparse
from typing import Any, NoReturn

from learner.errors import ArgumentError


class Parser(argparse.ArgumentParser):
    """Shows defaults in the help, takes no shortened option, and raises ArgumentError instead of ending the program."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"allow_abbrev": False, "formatter_class": _Help, **settings})

    def error(self, message: str) -> NoReturn:
        """Raise ArgumentError with what is wrong and where the help is."""
        raise ArgumentError(f"{message}: see {self.prog} --help")


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    def _get_help_string(self, action: argparse.Action) -> str | None:
        return action.help if action.default in (None, False) else super()._get_help_string(action)


def positive(text: str) -> int:
    """Return a whole number from 1 on, for an argument's `type`."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number from 1 on")
    return int(text)


def add_json(parser: Parser) -> None:
    """Add --json, which is read as `as_json`."""
    parser.add_argument("--json", dest="as_json", action="store_true", help="print one JSON object on the last line")


def add_device(parser: Parser) -> None:
    """Add --device."""
    parser.add_argument("--device", default="auto", help="auto (CUDA, else CPU), cpu or cuda")


def add_processes(parser: Parser) -> None:
    """Add --processes."""
    parser.add_argument(
        "--processes", type=positive, metavar="N", help="refuse to run as another number of processes; see torchrun"
    )

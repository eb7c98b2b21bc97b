"""Errors of the application in the words of the library: options are arguments there, some commands are methods."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from whylight.errors import Error

if TYPE_CHECKING:
    from annotator.formats.faults import BadInput, Fault

Given = ParamSpec("Given")
Returned = TypeVar("Returned")
Class = TypeVar("Class")

_FIELDS = ("text", "id", "label", "split", "marks", "query", "tokens")
ARGUMENTS: Mapping[str, str] = {
    **{f"--{part}-field": f"Fields.{part}" for part in _FIELDS},
    **{"--align": "Fields.align", "--span-name": "Fields.span_names", "--marked-label": "Fields.marked_label"},
    **{"--unmarked-label": "Fields.unmarked_label", "--person-field": "ImportSettings.people"},
    **{"--separator": "Layout.separator", "--encoding": "Layout.encoding", "--no-quotes": "Layout.quotes = False"},
    **{"--label-map": "LabelRules.names", "--label-base": "LabelRules.base", "--hold-out": "ImportSettings.hold_out"},
    **{"--split": "ImportSettings.split", "--update": "ImportSettings.update", "--format": "format"},
    **{"--same-person": "ImportSettings.same_person", "--duplicates": "ImportSettings.duplicates"},
    **{"--leave-out-faulty": "ImportSettings.leave_out_faulty", "--dry-run": "ImportSettings.dry_run"},
    **{"--answers": "ImportSettings.answers", "--label": "labels", "--no-rationale": "no_rationale"},
    **{name: f"RoundSettings.{name[2:].replace('-', '_')}" for name in ("--loss", "--weight", "--seed", "--steps")},
    **{name: f"RoundSettings.{name[2:].replace('-', '_')}" for name in ("--encoder", "--encoder-layer", "--model")},
    **{name: f"RoundSettings.{name[2:].replace('-', '_')}" for name in ("--vectors", "--device", "--acquisition")},
    **{"--lambda": "RoundSettings.weight", "--random-share": "RoundSettings.random_share"},
    **{"--pool-vectors": "RoundSettings.pool_vectors"},
    **{"--twin": "RoundSettings.twin", "--no-twin": "RoundSettings.twin = False", "--newest": 'policy="newest"'},
    **{"--without-names": "with_names=False"},
}
"""What the library calls an option of a command that has a method here."""
METHODS: Mapping[str, str] = {
    **{"init": "whylight.create_project()", "import": "import_file()", "label list": "labels()"},
    **{"person list": "people()", "person add": "add_person()", "label add": "add_label()"},
    **{"round list": "rounds()", "round start": "start_round()", "round cancel": "cancel()"},
}
"""The methods that do what a command does; other commands are named as they are."""

_COMMAND = r"`whylight (?P<command>[^`]*)`"
_MAP = r'--label-map "1=NAME,2=NAME"'
_NAMED = re.compile(f"{_COMMAND}|(?P<map>{_MAP})|(?P<option>--[a-z][a-z-]*)")


def in_python(sentence: str) -> str:
    """Return a sentence with arguments and methods instead of options and commands."""
    return _NAMED.sub(_named, sentence)


def says_it_in_python(function: Callable[Given, Returned]) -> Callable[Given, Returned]:
    """Return the function with its errors in the words of the library."""

    @wraps(function)
    def saying(*given: Given.args, **named: Given.kwargs) -> Returned:
        try:
            return function(*given, **named)
        except Error as error:
            reworded = _said(error)
            if reworded is error:
                raise
            raise reworded from None

    return saying


def all_say_it_in_python(made: type[Class]) -> type[Class]:
    """Return the class, each of whose public methods has its errors in the words of the library."""
    for name, method in list(vars(made).items()):
        if callable(method) and not name.startswith("_"):
            setattr(made, name, says_it_in_python(method))
    return made


def _said(error: Error) -> Error:
    from annotator.formats.faults import BadInput

    if isinstance(error, BadInput):
        return _refused(error)
    if error.args and isinstance(error.args[0], str):
        error.args = (in_python(error.args[0]), *error.args[1:])
    return error


def _refused(error: "BadInput") -> "BadInput":
    """Return the refusal of a file made of faults in other words, so that its table is aligned again."""
    from annotator.formats.faults import BadInput

    table = [[in_python(cell) for cell in row] for row in error.table[:1]] + [list(row) for row in error.table[1:]]
    return BadInput(error.source, list(map(_fault, error.faults)), table)


def _fault(fault: "Fault") -> "Fault":
    field = None if fault.field is None else in_python(fault.field)
    found, expected, advice = map(in_python, (fault.found, fault.expected, fault.advice))
    return replace(fault, field=field, found=found, expected=expected, advice=advice)


def _named(found: "re.Match[str]") -> str:
    if found["map"]:
        return 'LabelRules.names, such as {"1": "NAME", "2": "NAME"}'
    if found["option"]:
        return ARGUMENTS.get(found["option"], found["option"])
    command = next((name for name in METHODS if f"{found['command']} ".startswith(f"{name} ")), None)
    return found[0] if command is None else f"`{METHODS[command]}`"

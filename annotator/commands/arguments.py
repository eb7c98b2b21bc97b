"""The argument and the options that many commands take, and the project opened for the person they name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from annotator.project.permissions import Actor
    from db.store import Store

PERSON_VARIABLE = "WHYLIGHT_PERSON"

MOST = 2**31 - 1
"""The largest whole number that any command takes."""

_NAMED = "whylight.project"
_WANTS_JSON = "whylight.json"


@contextmanager
def opened(project: Path, who: str | None) -> Iterator[tuple["Store", "Actor"]]:
    """Open a project and yield it with the person who acts; raise BadPerson or Deactivated if they may not."""
    from annotator.project.people import acting_person
    from db.store import Store

    with Store.open(project) as store:
        yield store, acting_person(store, who)


@contextmanager
def inspected(project: Path, who: str | None) -> Iterator[tuple["Store", "Actor"]]:
    """Do as `opened` does with a project that may be damaged, and write nothing to it."""
    from annotator.project.people import acting_person
    from db.store import Store

    with Store.inspect(project) as store:
        yield store, acting_person(store, who)


def named_project(context: click.Context) -> Path | None:
    """Return the project that the command line names, or None if parsing failed before it."""
    named: Path | None = context.meta.get(_NAMED)
    return named


def wants_json() -> bool:
    """Return whether the command that runs was given `--json`."""
    return bool(click.get_current_context().meta.get(_WANTS_JSON))


def _remember_project(context: click.Context, _: click.Parameter, value: Path) -> Path:
    context.meta[_NAMED] = value
    return value


def _remember_json(context: click.Context, _: click.Parameter, value: bool) -> None:
    context.meta[_WANTS_JSON] = value


def read_round_name(context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """Return the id of a round as people call it: `6`, or `6-twin`, whose id is -6; None for an option left out."""
    if value is None:
        return None
    number, _, twin = value.partition("-")
    if not number.isdecimal() or not 1 <= int(number) <= MOST or value not in (number, f"{number}-twin"):
        raise click.BadParameter(f"{value!r} is not a round; give a number such as 6, or 6-twin.", context, parameter)
    return -int(number) if twin else int(number)


def read_round_names(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[int, ...]:
    """Return the ids of rounds as people call them."""
    return tuple(number for value in values if (number := read_round_name(context, parameter, value)) is not None)


def read_split(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Return pool, dev or test for any of the names that people have for them; None for an option left out."""
    from learner.data.split_names import split_of

    if value is None:
        return None
    if (split := split_of(value)) is None:
        raise click.BadParameter(f"{value!r} is not a split; give pool, dev or test.", context, parameter)
    return "pool" if split == "train" else split


ROUND = click.argument("number", metavar="ROUND", callback=read_round_name)
NUMBER = click.argument("number", type=click.IntRange(1, MOST))
PROJECT = click.argument("project", type=click.Path(path_type=Path, dir_okay=False), callback=_remember_project)
AS_JSON = click.option(
    "--json", is_flag=True, help="Print one JSON object as the last line.", callback=_remember_json, expose_value=False
)
AS_PERSON = click.option(
    "--as",
    "who",
    metavar="NAME",
    envvar=PERSON_VARIABLE,
    show_envvar=True,
    help="The person of the project who does this; the audit records it.",
)


def _read_updates(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    from annotator.importing.settings import UPDATES
    from annotator.wording import listed

    asked = [name.strip() for value in values for name in value.split(",")]
    if unknown := [name for name in asked if name not in UPDATES]:
        raise click.BadParameter(f"{unknown[0]!r} cannot be updated; give {listed(UPDATES, 'or')}.", context, parameter)
    return tuple(name for name in UPDATES if name in asked)


UPDATE = click.option(
    "--update",
    multiple=True,
    callback=_read_updates,
    metavar="WHAT,…",
    help="What sentences that PROJECT has take from the file: split, metadata, text, or several of these.",
)

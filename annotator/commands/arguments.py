"""The argument and the options that many commands take."""

from pathlib import Path

import click

PERSON_VARIABLE = "WHYLIGHT_PERSON"

MOST = 2**31 - 1
"""The largest whole number that any command takes."""

NUMBER = click.argument("number", type=click.IntRange(1, MOST))
_NAMED = "whylight.project"


def _remember(context: click.Context, _: click.Parameter, value: Path) -> Path:
    context.meta[_NAMED] = value
    return value


def named_project(context: click.Context) -> Path | None:
    """Return the project that the command line names, where it got so far as to be read."""
    named: Path | None = context.meta.get(_NAMED)
    return named


PROJECT = click.argument("project", type=click.Path(path_type=Path, dir_okay=False), callback=_remember)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
AS_PERSON = click.option(
    "--as",
    "who",
    metavar="NAME",
    envvar=PERSON_VARIABLE,
    show_envvar=True,
    help="The person of the project who does this, for the audit.",
)

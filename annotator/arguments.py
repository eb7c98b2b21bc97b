"""The argument and the options that many commands take."""

from pathlib import Path

import click

PERSON_VARIABLE = "WHYLIGHT_PERSON"

PROJECT = click.argument("project", type=click.Path(path_type=Path, dir_okay=False))
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
AS_PERSON = click.option(
    "--as",
    "who",
    metavar="NAME",
    envvar=PERSON_VARIABLE,
    show_envvar=True,
    help="The person of the project who does this, for the audit.",
)

"""The argument and the option that nearly every command takes."""

from pathlib import Path

import click

PROJECT = click.argument("project", type=click.Path(path_type=Path, dir_okay=False))
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")

"""The command that shows and changes a project's settings."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, PROJECT
from annotator.commands.terminal import emit, show


@click.command()
@PROJECT
@click.option("--overlap", type=int, help="How many people answer a sentence of the agreement sample.")
@click.option("--overlap-share", type=float, help="The share of sentences, 0 to 1, that are the agreement sample.")
@click.option(
    "--saliency",
    "saliency_mode",
    type=click.Choice(["blind first", "always", "never"]),
    help="When annotators see where the model looks.",
)
@click.option("--lease-minutes", type=int, help="For how long a sentence is kept for whoever has it ahead, 10 to 60.")
@AS_PERSON
@AS_JSON
def settings(project: Path, who: str | None, as_json: bool, **wanted: Any) -> None:
    """Show PROJECT's settings, after changing those that are given."""
    from annotator.commands.tables import settings_table
    from annotator.project.people import acting_person
    from annotator.project.settings import SettingsChange, change_settings
    from db.store import Store

    with Store.open(project) as store:
        now = change_settings(store, SettingsChange(**wanted), actor=acting_person(store, who))
    show(settings_table(now))
    emit(as_json, asdict(now))

"""The commands that create a project, change its settings, and count what it holds."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, PROJECT, opened
from annotator.commands.contradictions import Command
from annotator.commands.terminal import emit, say, show


@click.command(cls=Command)
@PROJECT
@click.option("--label", "labels", multiple=True, required=True, help="A label; repeat for each label, in order.")
@click.option("--no-rationale", multiple=True, help="A label whose answers take no marks, such as 'none'.")
@click.option(
    "--saliency",
    "saliency_mode",
    type=click.Choice(["blind first", "always", "never"]),
    default="blind first",
    show_default=True,
    help="When annotators see where the model looks.",
)
@click.option(
    "--overlap",
    type=click.IntRange(1, 20),
    default=1,
    show_default=True,
    help="How many people answer each sentence of the agreement sample.",
)
@click.option(
    "--overlap-share",
    type=float,
    default=1.0,
    show_default=True,
    help="The share of sentences in this sample, 0 to 1.",
)
@AS_JSON
def init(project: Path, overlap: int, **chosen: Any) -> None:
    """Create a new PROJECT file with its labels."""
    from annotator.project.projects import create_project
    from db.team import project as stored

    with create_project(project, overlap=overlap, **chosen) as store:
        made = stored.labels(store)
    names, unmarked = [label.name for label in made], [label.name for label in made if not label.takes_rationale]
    say(f"Made {project} with the labels {', '.join(names)}.")
    emit({"project": str(project), "labels": names, "no_rationale": unmarked, "overlap": overlap})


@click.command(cls=Command)
@PROJECT
@click.option("--overlap", type=int, help="How many people answer a sentence of the agreement sample.")
@click.option("--overlap-share", type=float, help="The share of sentences, 0 to 1, that are the agreement sample.")
@click.option(
    "--saliency",
    "saliency_mode",
    type=click.Choice(["blind first", "always", "never"]),
    help="When annotators see where the model looks.",
)
@click.option("--lease-minutes", type=int, help="How long a sentence is kept for the person who holds it, 10 to 60.")
@click.option(
    "--serving",
    type=click.Choice(["always", "ask", "never"]),
    help="Whether a new round serves by itself: always, unless it is worse on dev than the serving one (ask), never.",
)
@click.option("--round-every", type=int, help="Start a round by itself after this many new answers; 0 for never.")
@AS_PERSON
@AS_JSON
def settings(project: Path, who: str | None, **wanted: Any) -> None:
    """Show PROJECT's settings, after changing those that are given."""
    from annotator.commands.tables import settings_table
    from annotator.project.settings import SettingsChange, change_settings

    with opened(project, who) as (store, actor):
        now = change_settings(store, SettingsChange(**wanted), actor=actor)
    show(settings_table(now))
    emit(asdict(now))


@click.command(cls=Command)
@PROJECT
@AS_PERSON
@AS_JSON
def stats(project: Path, who: str | None) -> None:
    """Count PROJECT's sentences, answers, people and rounds."""
    from annotator.commands.tables import stats_table
    from annotator.project.projects import describe_project

    with opened(project, who) as (store, actor):
        facts = describe_project(store, actor=actor)
    show(stats_table(facts))
    emit(facts)

"""The commands about a project's labels."""

from dataclasses import asdict
from pathlib import Path

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, PROJECT, opened
from annotator.commands.terminal import emit, say, show


@click.group()
def label() -> None:
    """List labels, add one, or stop offering one; labels are never renamed or deleted."""


@label.command("list")
@PROJECT
@AS_PERSON
@AS_JSON
def list_labels(project: Path, who: str | None) -> None:
    """List PROJECT's labels in the order of their index."""
    from annotator.commands.tables import labels_table
    from annotator.project.permissions import check_may_act
    from db import annotations
    from db.project import labels

    with opened(project, who) as (store, actor):
        check_may_act(store, actor, least="researcher")
        all_labels, counted = labels(store), annotations.count_answers_by_label(store)
    answers = {label_.index: counted.get(label_.index, (0, 0))[0] for label_ in all_labels}
    show(labels_table(all_labels, answers))
    emit({"labels": [asdict(label_) | {"answers": answers[label_.index]} for label_ in all_labels]})


@label.command()
@PROJECT
@click.argument("name")
@click.option("--no-rationale", is_flag=True, help="Its answers take no marks.")
@AS_PERSON
@AS_JSON
def add(project: Path, name: str, no_rationale: bool, who: str | None) -> None:
    """Add the label NAME to PROJECT; rounds that start from now on learn it."""
    from annotator.project.labels import add_label

    with opened(project, who) as (store, actor):
        added = add_label(store, name, takes_rationale=not no_rationale, actor=actor)
    say(f"Added the label {added.name}.")
    emit(asdict(added))


@label.command()
@PROJECT
@click.argument("name")
@AS_PERSON
@AS_JSON
def retire(project: Path, name: str, who: str | None) -> None:
    """Stop offering the label NAME of PROJECT; answers under it stay, and rounds leave them out."""
    _set_retired(project, name, True, who)


@label.command()
@PROJECT
@click.argument("name")
@AS_PERSON
@AS_JSON
def reinstate(project: Path, name: str, who: str | None) -> None:
    """Offer the retired label NAME of PROJECT again."""
    _set_retired(project, name, False, who)


@label.command()
@PROJECT
@click.argument("name")
@click.argument("colour")
@AS_PERSON
@AS_JSON
def colour(project: Path, name: str, colour: str, who: str | None) -> None:
    """Show the label NAME of PROJECT with this COLOUR next to it; `none` takes it away."""
    from annotator.project.labels import set_colour

    with opened(project, who) as (store, actor):
        changed = set_colour(store, name, None if colour == "none" else colour, actor=actor)
    say(f"{changed.name} has the colour {changed.colour}." if changed.colour else f"{changed.name} has no colour.")
    emit(asdict(changed))


def _set_retired(project: Path, name: str, retired: bool, who: str | None) -> None:
    from annotator.project.labels import reinstate_label, retire_label

    with opened(project, who) as (store, actor):
        changed = (retire_label if retired else reinstate_label)(store, name, actor=actor)
    now = "no longer offered; answers under it stay, and rounds do not learn from them" if retired else "offered again"
    say(f"{changed.name} is {now}.")
    emit(asdict(changed))

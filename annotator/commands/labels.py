"""The commands about a project's labels."""

from dataclasses import asdict
from pathlib import Path
from shlex import quote

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, PROJECT, opened
from annotator.commands.contradictions import Group
from annotator.commands.terminal import emit, say, show


@click.group(cls=Group)
def label() -> None:
    """List labels, add one, rename one, merge one into another, or stop offering one; none is ever deleted."""


@label.command("list")
@PROJECT
@AS_PERSON
@AS_JSON
def list_labels(project: Path, who: str | None) -> None:
    """List PROJECT's labels in the order of their index."""
    from annotator.commands.tables import labels_table
    from annotator.project.permissions import check_may_act
    from db.answers import annotations
    from db.team.project import labels

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
    """Offer the retired label NAME of PROJECT again; if it was merged, its answers count under it again."""
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


@label.command()
@PROJECT
@click.argument("name")
@click.argument("new_name")
@AS_PERSON
@AS_JSON
def rename(project: Path, name: str, new_name: str, who: str | None) -> None:
    """Give the label NAME of PROJECT the name NEW_NAME; files that use the old one are still read."""
    from annotator.project.label_changes import rename_label

    with opened(project, who) as (store, actor):
        renamed = rename_label(store, name, new_name, actor=actor)
    say(f"{name.strip()} is called {renamed.name} now. Imports still read the old name.")
    emit(asdict(renamed))


@label.command()
@PROJECT
@click.argument("name")
@click.argument("into")
@AS_PERSON
@AS_JSON
def merge(project: Path, name: str, into: str, who: str | None) -> None:
    """Count the answers under the label NAME of PROJECT as answers under INTO, and stop offering NAME."""
    from annotator.project.label_changes import merge_labels
    from annotator.wording import counted

    with opened(project, who) as (store, actor):
        merged = merge_labels(store, name, into, actor=actor)
    answers = counted(merged.answers, "answer counts", "answers count")
    say(f"{merged.label.name} is merged into {merged.into.name}; {answers} as {merged.into.name} now.")
    say(f"`whylight label reinstate {project} {quote(merged.label.name)}` takes that back.")
    emit({"label": asdict(merged.label), "into": asdict(merged.into), "answers": merged.answers})


@label.command()
@PROJECT
@click.argument("name")
@click.argument("takes", type=click.Choice(["on", "off"]))
@AS_PERSON
@AS_JSON
def rationale(project: Path, name: str, takes: str, who: str | None) -> None:
    """Let answers under the label NAME of PROJECT have marked words from now on, or no longer."""
    from annotator.project.label_changes import set_rationale

    with opened(project, who) as (store, actor):
        changed = set_rationale(store, name, takes == "on", actor=actor)
    now = "take marked words now" if takes == "on" else "take no marked words now; marks given before do not count"
    say(f"Answers under {changed.name} {now}.")
    emit(asdict(changed))


def _set_retired(project: Path, name: str, retired: bool, who: str | None) -> None:
    from annotator.project.labels import reinstate_label, retire_label

    with opened(project, who) as (store, actor):
        changed = (retire_label if retired else reinstate_label)(store, name, actor=actor)
    now = "no longer offered; answers under it stay, and rounds do not learn from them" if retired else "offered again"
    say(f"{changed.name} is {now}.")
    emit(asdict(changed))

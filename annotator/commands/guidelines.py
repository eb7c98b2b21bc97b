"""The commands about the guidelines for annotators."""

from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, MOST, PROJECT, opened
from annotator.commands.contradictions import Group
from annotator.commands.terminal import emit, say, show


@click.group(cls=Group)
def guidelines() -> None:
    """Write and show the guidelines for annotators; all versions are kept."""


@guidelines.command("set")
@PROJECT
@click.argument("file", type=click.File("rb"))
@AS_PERSON
@AS_JSON
def set_(project: Path, file: BinaryIO, who: str | None) -> None:
    """Use the Markdown in FILE (- is standard input) as the guidelines of PROJECT."""
    from annotator.project.guidelines import read_file, write_guidelines

    with opened(project, who) as (store, actor):
        written = write_guidelines(store, read_file(file, getattr(file, "name", "-")), actor=actor)
    say(f"These are version {written.version} of the guidelines.")
    emit(asdict(written))


@guidelines.command("show")
@PROJECT
@click.option("--version", type=click.IntRange(1, MOST), help="Which version to show; by default, the newest.")
@AS_PERSON
@AS_JSON
def show_(project: Path, version: int | None, who: str | None) -> None:
    """Show the guidelines of PROJECT as they were written."""
    from annotator.project.guidelines import read_version

    with opened(project, who) as (store, _):
        shown = read_version(store, version)
    say(shown.text)
    emit(asdict(shown))


@guidelines.command("list")
@PROJECT
@AS_PERSON
@AS_JSON
def list_(project: Path, who: str | None) -> None:
    """List the versions of PROJECT's guidelines, newest first."""
    from annotator.commands.tables import guidelines_table
    from annotator.project.permissions import check_may_act
    from db.team import guidelines as stored
    from db.team import people

    with opened(project, who) as (store, actor):
        check_may_act(store, actor, least="researcher")
        versions = stored.all_of(store)
        names = {person.id: person.name for person in people.all_of(store)}
    show(guidelines_table(versions, names) if versions else "No guidelines yet; `whylight guidelines set` writes them.")
    emit({"guidelines": [asdict(version) for version in versions]})


@guidelines.command("compare")
@PROJECT
@click.argument("before", type=click.IntRange(1, MOST))
@click.argument("after", type=click.IntRange(1, MOST))
@AS_PERSON
@AS_JSON
def compare_(project: Path, before: int, after: int, who: str | None) -> None:
    """Show version AFTER of PROJECT's guidelines with what changed since BEFORE: [-taken out-] and {+added+}."""
    from annotator.project.guidelines import compare_versions

    with opened(project, who) as (store, actor):
        pieces = compare_versions(store, before, after, actor=actor)
    around = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    say("".join(around[piece.change].format(piece.text) for piece in pieces))
    emit({"pieces": [piece._asdict() for piece in pieces]})

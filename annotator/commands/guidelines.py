"""The commands about what annotators are asked to do."""

from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, MOST, PROJECT
from annotator.commands.terminal import emit, say, show


@click.group()
def guidelines() -> None:
    """Write and read what annotators are asked to do; versions are kept."""


@guidelines.command("set")
@PROJECT
@click.argument("file", type=click.File("rb"))
@AS_PERSON
@AS_JSON
def set_(project: Path, file: BinaryIO, who: str | None, as_json: bool) -> None:
    """Make the Markdown in FILE (- is standard input) the guidelines of PROJECT."""
    from annotator.project.guidelines import read_file, write_guidelines
    from annotator.project.people import acting_person
    from db.store import Store

    with Store.open(project) as store:
        written = write_guidelines(store, read_file(file, getattr(file, "name", "-")), actor=acting_person(store, who))
    say(f"These are version {written.version} of the guidelines.")
    emit(as_json, asdict(written))


@guidelines.command("show")
@PROJECT
@click.option("--version", type=click.IntRange(1, MOST), help="Which version; by default the newest.")
@AS_PERSON
@AS_JSON
def show_(project: Path, version: int | None, who: str | None, as_json: bool) -> None:
    """Show the guidelines of PROJECT as they were written."""
    from annotator.project.guidelines import read_version
    from annotator.project.people import acting_person
    from db.store import Store

    with Store.open(project) as store:
        acting_person(store, who)
        found = read_version(store, version)
    say(found.text)
    emit(as_json, asdict(found))


@guidelines.command("list")
@PROJECT
@AS_PERSON
@AS_JSON
def list_(project: Path, who: str | None, as_json: bool) -> None:
    """List the versions of PROJECT's guidelines, newest first."""
    from annotator.commands.tables import guidelines_table
    from annotator.project.people import acting_person
    from annotator.project.permissions import check_may_act
    from db import guidelines as stored
    from db import people
    from db.store import Store

    with Store.open(project) as store:
        check_may_act(store, acting_person(store, who), least="researcher")
        versions = stored.all_of(store)
        names = {person.id: person.name for person in people.all_of(store)}
    show(guidelines_table(versions, names) if versions else "No guidelines yet; `whylight guidelines set` writes them.")
    emit(as_json, {"guidelines": [asdict(each) for each in versions]})

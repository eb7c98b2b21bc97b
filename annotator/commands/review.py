"""The commands about surplus answers, and whether they count."""

from pathlib import Path

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, NUMBER, PROJECT
from annotator.commands.terminal import emit, say, show


@click.group()
def review() -> None:
    """List surplus answers, which count for nothing, and let them count."""


@review.command()
@PROJECT
@AS_PERSON
@AS_JSON
def surplus(project: Path, who: str | None, as_json: bool) -> None:
    """List PROJECT's surplus answers: each came when its sentence had all the answers it wanted."""
    from annotator.commands.tables import surplus_table
    from annotator.project.people import acting_person
    from annotator.reviewing.admitting import surplus_answers
    from db.store import Store

    with Store.open(project) as store:
        found = surplus_answers(store, actor=acting_person(store, who))
    show(surplus_table(found) if found else "No answer is surplus.")
    emit(as_json, {"surplus": found})


@review.command()
@PROJECT
@NUMBER
@AS_PERSON
@AS_JSON
def admit(project: Path, number: int, who: str | None, as_json: bool) -> None:
    """Let surplus answer NUMBER of PROJECT count from now on."""
    _admit(project, number, True, who, as_json)


@review.command()
@PROJECT
@NUMBER
@AS_PERSON
@AS_JSON
def withdraw(project: Path, number: int, who: str | None, as_json: bool) -> None:
    """Let surplus answer NUMBER of PROJECT, which was admitted, count no longer."""
    _admit(project, number, False, who, as_json)


def _admit(project: Path, number: int, admitted: bool, who: str | None, as_json: bool) -> None:
    from annotator.project.people import acting_person
    from annotator.reviewing.admitting import admit
    from db.store import Store

    with Store.open(project) as store:
        admit(store, number, admitted=admitted, actor=acting_person(store, who))
    say(f"Answer {number} {'counts from now on' if admitted else 'does not count'}.")
    emit(as_json, {"answer": number, "admitted": admitted})

"""The commands about surplus answers, and whether they count."""

from pathlib import Path

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, NUMBER, PROJECT, opened
from annotator.commands.terminal import emit, say, show


@click.group()
def review() -> None:
    """List surplus answers, which do not count, and let them count."""


@review.command()
@PROJECT
@AS_PERSON
@AS_JSON
def surplus(project: Path, who: str | None) -> None:
    """List PROJECT's surplus answers: each came after its sentence had all the answers it needed."""
    from annotator.commands.tables import surplus_table
    from annotator.reviewing.admitting import surplus_answers

    with opened(project, who) as (store, actor):
        answers = surplus_answers(store, actor=actor)
    show(surplus_table(answers) if answers else "There are no surplus answers.")
    emit({"surplus": answers})


@review.command()
@PROJECT
@NUMBER
@AS_PERSON
@AS_JSON
def admit(project: Path, number: int, who: str | None) -> None:
    """Let surplus answer NUMBER of PROJECT count from now on."""
    _admit(project, number, True, who)


@review.command()
@PROJECT
@NUMBER
@AS_PERSON
@AS_JSON
def withdraw(project: Path, number: int, who: str | None) -> None:
    """Stop the admitted surplus answer NUMBER of PROJECT from counting."""
    _admit(project, number, False, who)


def _admit(project: Path, number: int, admitted: bool, who: str | None) -> None:
    from annotator.reviewing.admitting import admit

    with opened(project, who) as (store, actor):
        admit(store, number, admitted=admitted, actor=actor)
    say(f"Answer {number} {'counts from now on' if admitted else 'does not count'}.")
    emit({"answer": number, "admitted": admitted})

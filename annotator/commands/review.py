"""The commands about surplus answers and decisions, and whether they count."""

from pathlib import Path

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, NUMBER, PROJECT, opened
from annotator.commands.contradictions import Group
from annotator.commands.terminal import emit, say, show


@click.group(cls=Group)
def review() -> None:
    """List surplus answers, let them count, and withdraw decisions."""


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
    """Let surplus answer NUMBER of PROJECT count from now on, or put withdrawn decision NUMBER back."""
    _let_count(project, number, True, who)


@review.command()
@PROJECT
@NUMBER
@AS_PERSON
@AS_JSON
def withdraw(project: Path, number: int, who: str | None) -> None:
    """Withdraw decision NUMBER of PROJECT, or stop admitted surplus answer NUMBER from counting."""
    _let_count(project, number, False, who)


def _let_count(project: Path, number: int, counts: bool, who: str | None) -> None:
    from annotator.reviewing.withdrawing import let_count

    with opened(project, who) as (store, actor):
        kind = let_count(store, number, counts=counts, actor=actor)
    if kind == "adjudicated":
        say(f"Decision {number} {'holds' if counts else 'is withdrawn'}.")
        emit({"decision": number, "withdrawn": not counts})
    else:
        say(f"Answer {number} {'counts from now on' if counts else 'does not count'}.")
        emit({"answer": number, "admitted": counts})

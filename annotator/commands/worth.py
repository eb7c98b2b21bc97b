"""The command that says whether more work is worth it."""

from dataclasses import asdict
from pathlib import Path

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, PROJECT, opened
from annotator.commands.contradictions import Command
from annotator.commands.terminal import emit, say, show


@click.command(cls=Command)
@PROJECT
@AS_PERSON
@AS_JSON
def worth(project: Path, who: str | None) -> None:
    """Show what the last answers of PROJECT bought and cost, and what is left to find."""
    from annotator.commands.tables import listing
    from annotator.rounds.measuring.worth import measure_worth
    from annotator.rounds.measuring.worth_wording import (
        COST_HEAD,
        RARE_HEAD,
        SHARE_HEAD,
        cost_rows,
        in_sentences,
        rare_rows,
        share_rows,
    )
    from db.team import project as stored

    with opened(project, who) as (store, actor):
        found = measure_worth(store, actor=actor)
        labels = [label.name for label in stored.labels(store)]
    for line in in_sentences(found):
        say(line)
    tables = (
        (COST_HEAD, cost_rows(found)),
        (SHARE_HEAD, share_rows(found, labels)),
        (RARE_HEAD, rare_rows(found)),
    )
    for head, rows in tables:
        if rows:
            show(listing(head, rows))
    emit(asdict(found))

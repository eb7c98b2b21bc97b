"""What the commands about rounds print of one: all that is known, and how far it is while it is worked on."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from annotator.commands.terminal import emit, progress_bar, say, show

if TYPE_CHECKING:
    from db.learning.round_records import Round
    from db.store import Store


def show_round(shown: "Round") -> None:
    """Print all that is known about a round, and what a reader of its figures should know."""
    from annotator.commands.round_tables import round_table
    from annotator.wording import round_notes

    show(round_table(shown))
    for note in round_notes(shown):
        say(note)


def report_started(started: "Round", *, waited: bool) -> None:
    """Print a round that was started; if it was waited for, raise RoundFailed unless it is ready."""
    from annotator.rounds.start import check_ready

    if started.state == "ready":
        show_round(started)
    emit(asdict(started))
    if waited:
        check_ready(started)


def follow(store: "Store", number: int) -> "Round":
    """Show the round's progress until it has ended: a bar on a terminal, a line per state elsewhere."""
    from annotator.rounds.start import follow_round

    doing, note = "", ""
    with progress_bar("Round") as progress:
        for now, rows in follow_round(store, number):
            note = rows[-1].note if rows else note
            before, doing = doing, "reading" if note and now.state == "training" else now.state
            if doing != before and not sys.stderr.isatty():
                click.echo(f"Round {number}: {doing}", err=True)
            if rows:
                progress(rows[-1].step, rows[-1].steps_total)
    return now

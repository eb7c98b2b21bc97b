"""What the commands print: tables and progress for people, one JSON object for programs."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from annotator.commands.arguments import wants_json
from annotator.errors import NotConfirmed

if TYPE_CHECKING:
    from annotator.importing.run import ImportReport
    from db.records import Round
    from db.store import Store


def say(text: str) -> None:
    """Print a line."""
    click.echo(text)


def confirm(question: str) -> None:
    """Ask at the terminal, and raise NotConfirmed unless the answer is yes."""
    if not sys.stdin.isatty():
        raise NotConfirmed(f"{question} There is no terminal to ask at; nothing was changed, add --yes to go on.")
    if not click.confirm(question, err=True):
        raise NotConfirmed("Nothing was changed.")


def show(renderable: Any) -> None:
    """Print a table, or anything else that rich can draw."""
    from rich.console import Console

    # Without a terminal there is no width to respect, and a wrapped table is of no use to anybody.
    width = None if sys.stdout.isatty() else 160
    Console(width=width, highlight=False).print(renderable)


def emit(facts: dict[str, Any]) -> None:
    """Print `facts` as the last line, one JSON object, where the command was given `--json`."""
    if wants_json():
        click.echo(json.dumps(facts, ensure_ascii=False, default=str))


def show_round(shown: "Round") -> None:
    """Print all that is known of a round, and what a reader of its figures should know."""
    from annotator.commands.tables import round_table
    from annotator.wording import round_notes

    show(round_table(shown))
    for note in round_notes(shown):
        say(note)


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function of (done, total) that moves a bar on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed} of {task.total}"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def show_import(report: "ImportReport") -> None:
    """Print in words and tables what an import did, or would do."""
    from annotator.commands.tables import label_table, preview_table
    from annotator.importing.reports import remarks

    splits = ", ".join(f"{number} {split}" for split, number in report.by_split.items())
    words = f"{'Nothing was written; an import would add' if report.dry_run else 'Added'} {report.added} sentences"
    words += f" ({splits})"
    words += f", with {report.answers_kept} answers" if report.answers_kept else ""
    words += f" ({report.answers_without_marks} of them without marks)" if report.answers_without_marks else ""
    words += f"; left out {report.answers_left_out} answers to pool sentences" if report.answers_left_out else ""
    words += f"; {report.skipped} were there already" if report.skipped else ""
    words += f"; {report.duplicate_texts} have the text of an earlier one" if report.duplicate_texts else ""
    words += f"; {report.known_texts} have a text that the project has" if report.known_texts else ""
    words += f" ({report.skipped_texts} were skipped)" if report.skipped_texts else ""
    moved = ", ".join(f"{number} {way}" for way, number in report.moved.items())
    words += f"; put into another split than the file gives, because their text is there: {moved}" if moved else ""
    words += f"; {report.turned_texts} hold invisible characters that turn the writing" if report.turned_texts else ""
    words += "; an import of this file had been cut off, and this one went on with it" if report.went_on else ""
    say(words + ".")
    facts = asdict(report)
    for remark in remarks(facts):
        say(remark)
    if report.labels:
        show(label_table(facts))
    if report.preview:
        show(preview_table(facts))


def follow(store: "Store", number: int) -> "Round":
    """Show the round's progress until it has ended: a bar on a terminal, now and then a line elsewhere."""
    from annotator.rounds.start import follow_round

    state = ""
    with progress_bar("Training") as progress:
        for now, rows in follow_round(store, number):
            if now.state != state and not sys.stderr.isatty():
                click.echo(f"Round {number}: {now.state}", err=True)
            state = now.state
            if rows:
                progress(rows[-1].step, rows[-1].steps_total)
    return now

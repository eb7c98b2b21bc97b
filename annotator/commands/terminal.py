"""What the commands print: tables and progress for people, one JSON object for programs."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from annotator.commands.arguments import wants_json
from annotator.errors import NotConfirmed


def say(text: str) -> None:
    """Print a line."""
    click.echo(text)


def confirm(question: str) -> None:
    """Ask at the terminal, and raise NotConfirmed unless the answer is yes."""
    if not sys.stdin.isatty():
        refused = "Whylight cannot ask without a terminal, so nothing was changed; add --yes to continue."
        raise NotConfirmed(f"{question} {refused}")
    if not click.confirm(question, err=True):
        raise NotConfirmed("Nothing was changed.")


def show(renderable: Any) -> None:
    """Print a table, or anything else that rich can draw."""
    from rich.console import Console

    # Without a terminal there is no width to respect, and a wrapped table is of no use.
    width = None if sys.stdout.isatty() else 160
    Console(width=width, highlight=False).print(renderable)


def emit(facts: dict[str, Any]) -> None:
    """Print `facts` as the last line, one JSON object, where the command was given `--json`."""
    if wants_json():
        click.echo(json.dumps(facts, ensure_ascii=False, default=str))


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function of (done, total) that moves a bar on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed} of {task.total}"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)

"""What the commands show while they work and at the end: on standard error for eyes, as JSON for programs."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Column, Table

if TYPE_CHECKING:
    from learner.fitting import Progress

_STEPS_BETWEEN_LINES = 100
_STEPS_BETWEEN_LOSSES = 10


@contextmanager
def followed_training() -> "Iterator[Callable[[Progress], None]]":
    """Give a callback that shows a training's progress: a bar on a terminal, else a line now and then."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda now: _print_line(console, now)
        return
    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, TextColumn("{task.description}"), console=console, transient=True) as bars:
        task = bars.add_task("")
        yield lambda now: _move_bar(bars, task, now)


def show_figures(title: str, figures: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the figures on standard output: one JSON object on a line, or a table."""
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False, allow_nan=False))
        return
    table = Table("figure", Column("value", overflow="fold"), title=title, show_header=False)
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), f"{value:.2f}" if isinstance(value, float) else str(value))
    Console().print(table)


def _move_bar(bars: Bars, task: TaskID, now: "Progress") -> None:
    bars.update(task, completed=now.step, total=now.steps_total)
    if now.step % _STEPS_BETWEEN_LOSSES == 0:  # reading them makes a GPU wait
        bars.update(task, description=_losses(now))


def _print_line(console: Console, now: "Progress") -> None:
    if now.step % _STEPS_BETWEEN_LINES == 0 or now.step == now.steps_total:
        console.print(f"step {now.step} of {now.steps_total}: {_losses(now)}", highlight=False)


def _losses(now: "Progress") -> str:
    accuracy = "" if now.dev_accuracy is None else f", dev accuracy {now.dev_accuracy:.1f} %"
    return f"label loss {now.label_loss:.3f}, saliency loss {now.saliency_loss:.3f}{accuracy}"

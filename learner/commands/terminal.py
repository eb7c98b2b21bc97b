"""What the commands show while they work and at the end: on standard error for eyes, as JSON for programs."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from learner.trials.parallel import minutes_left

if TYPE_CHECKING:
    from learner.training.fitting import Progress

_STEPS_BETWEEN_LINES = 100
_STEPS_BETWEEN_LOSSES = 10  # reading them makes a GPU wait
_CLEAR_LINE = "\r\x1b[K"


def say(text: str, *, to: TextIO | None = None) -> None:
    """Write a line on standard output, or elsewhere."""
    stream = to or sys.stdout
    stream.write(f"{text}\n")
    stream.flush()


def show_json(facts: Mapping[str, Any]) -> None:
    """Print one JSON object on a line."""
    say(json.dumps(facts, ensure_ascii=False, allow_nan=False))


def show_figures(title: str, figures: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the figures on standard output: one JSON object on a line, or a line each under the title."""
    if as_json:
        show_json(figures)
        return
    width = max(map(len, figures))
    say(f"{title}\n")
    for name, value in figures.items():
        shown = f"{value:.2f}" if isinstance(value, float) else str(value)
        say(f"  {name.replace('_', ' '):{width}}  {shown}")


def takes_colour(stream: TextIO) -> bool:
    """Whether the stream is a terminal whose owner has nothing against colours (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextmanager
def followed_training() -> "Iterator[Callable[[Progress], None]]":
    """Give a callback that shows a training's progress: one line that moves on a terminal, else one now and then."""
    began, stream = time.monotonic(), sys.stderr
    if not stream.isatty():
        yield lambda now: _print_line(now, stream)
        return
    try:
        yield lambda now: _move_line(now, stream, seconds=time.monotonic() - began)
    finally:
        stream.write(_CLEAR_LINE)
        stream.flush()


def _print_line(now: "Progress", stream: TextIO) -> None:
    if now.step % _STEPS_BETWEEN_LINES == 0 or now.step == now.steps_total:
        say(_told(now), to=stream)


def _move_line(now: "Progress", stream: TextIO, *, seconds: float) -> None:
    if now.step % _STEPS_BETWEEN_LOSSES == 0:
        left = minutes_left(seconds, done=now.step, of=now.steps_total)
        stream.write(f"{_CLEAR_LINE}{_told(now)}, at most {left} min left")
        stream.flush()


def _told(now: "Progress") -> str:
    losses = f"label loss {now.label_loss:.3f}, saliency loss {now.saliency_loss:.3f}"
    accuracy = "" if now.dev_accuracy is None else f", dev accuracy {now.dev_accuracy:.1f} %"
    return f"step {now.step} of {now.steps_total}: {losses}{accuracy}"

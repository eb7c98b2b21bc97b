"""What the commands show while they work and at the end: text for people, JSON for programs."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from learner.trials.parallel import minutes_left
from learner.wording import counted

if TYPE_CHECKING:
    from learner.training.fitting import Progress

_STEPS_BETWEEN_LINES = 100
_STEPS_BETWEEN_LOSSES = 10  # reading them makes a GPU wait
_CLEAR_LINE = "\r\x1b[K"


def say(text: str, *, to: TextIO | None = None) -> None:
    """Write a line to standard output, or to another stream."""
    stream = to or sys.stdout
    stream.write(f"{text}\n")
    stream.flush()


def say_remark(remark: str) -> None:
    """Write a line to standard error, where it does not mix with what a program reads."""
    say(remark, to=sys.stderr)


def sentences(count: int) -> str:
    """Return how many sentences there are, as `1 sentence` or `1,200 sentences`."""
    return counted(count, "sentence")


def show_json(facts: Mapping[str, Any]) -> None:
    """Print one JSON object on one line."""
    say(json.dumps(facts, ensure_ascii=False, allow_nan=False))


def show_figures(title: str, figures: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the figures to standard output: one JSON object on one line, or one line per figure under the title."""
    if as_json:
        show_json(figures)
        return
    width = max(map(len, figures))
    say(f"{title}\n")
    for name, value in figures.items():
        shown = f"{value:.2f}" if isinstance(value, float) else str(value)
        say(f"  {name.replace('_', ' '):{width}}  {shown}")


def takes_colour(stream: TextIO) -> bool:
    """Return whether the stream is a terminal, and its owner has not turned colours off (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextmanager
def training_progress() -> "Iterator[Callable[[Progress], None]]":
    """Yield a callback that shows a training's progress: one line rewritten on a terminal, else a line now and then."""
    began, stream = time.monotonic(), sys.stderr
    if not stream.isatty():
        yield lambda now: _print_line(now, stream)
        return
    try:
        yield lambda now: _rewrite_line(now, stream, seconds=time.monotonic() - began)
    finally:
        stream.write(_CLEAR_LINE)
        stream.flush()


def _print_line(now: "Progress", stream: TextIO) -> None:
    if now.step % _STEPS_BETWEEN_LINES == 0 or now.step == now.steps_total:
        say(_describe(now), to=stream)


def _rewrite_line(now: "Progress", stream: TextIO, *, seconds: float) -> None:
    if now.step % _STEPS_BETWEEN_LOSSES == 0:
        left = minutes_left(seconds, done=now.step, of=now.steps_total)
        stream.write(f"{_CLEAR_LINE}{_describe(now)}, at most {left} min left")
        stream.flush()


def _describe(now: "Progress") -> str:
    losses = f"label loss {now.label_loss:.3f}, saliency loss {now.saliency_loss:.3f}"
    accuracy = "" if now.dev_accuracy is None else f", dev accuracy {now.dev_accuracy:.1f} %"
    return f"step {now.step} of {now.steps_total}: {losses}{accuracy}"

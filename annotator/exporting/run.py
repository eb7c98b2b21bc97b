"""Export examples: write them in one of the formats, and say what they are and what was left out."""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator.exporting.choosing import format_with
from annotator.exporting.chosen import number_of
from annotator.exporting.example import ExampleRow
from annotator.exporting.examples import Examples
from annotator.exporting.registry import FORMATS, FileFormat, FolderFormat, Format
from annotator.exporting.summary import Summary
from annotator.exporting.target import (
    STANDARD_OUTPUT,
    Output,
    check_folder,
    check_target,
    explained,
    folder_aside,
    written_aside,
)
from annotator.exporting.writing import About, NotCarried
from annotator.progress import Progress
from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.learning.deciding import PolicyName, Why
from annotator.wording import counted
from db.finding.filters import EVERYTHING, SentenceFilter
from db.store import Store
from db.team import audit, project

_LEFT_OUT: dict[Why, str] = {
    "tie": "on which people are tied",
    "no answer": "without an answer that counts",
    "retired label": "all of whose answers have a retired label",
    "held out elsewhere": "whose text is also in dev or test, as rounds leave them out",
}


@dataclass(frozen=True)
class Asked:
    """Which examples are asked for, and in which format."""

    format: str
    chosen: SentenceFilter = EVERYTHING
    policy: PolicyName = "majority"
    with_names: bool = True
    separator: str | None = None
    """Of the cells of a CSV file; a comma by default."""


@dataclass(frozen=True)
class Written:
    """What an export of examples wrote, and what it left out."""

    asked: Asked
    summary: Summary
    left_out: Mapping[Why, int]
    lost: NotCarried
    """What the format could not hold."""

    @property
    def remarks(self) -> list[str]:
        """Return a sentence for each kind of sentence that was left out, and for what the format could not hold."""
        return remarks_on(self.asked, self.left_out, self.lost)


def remarks_on(asked: Asked, left_out: Mapping[Why, int], lost: NotCarried) -> list[str]:
    """Return a sentence for each reason why sentences are left out, and for each thing that the format cannot hold."""
    return _left_out_in_words(left_out) + lost.sentences(FORMATS[asked.format].title)


def about_examples(store: Store, asked: Asked) -> About:
    """Return what a writer of these examples may want to know next to the rows."""
    return About(project.read(store).name, project.labels(store), notes=[how_made(asked.policy)])


def _left_out_in_words(left_out: Mapping[Why, int]) -> list[str]:
    """Return a sentence for each reason why sentences are not examples."""
    numbers = ((left_out.get(why, 0), what) for why, what in _LEFT_OUT.items())
    return [f"Left out {counted(number, 'sentence')} {what}." for number, what in numbers if number]


def export_examples(
    store: Store, target: Path | str | Output | None, asked: Asked, *, progress: Progress | None = None, actor: Actor
) -> Written:
    """Write the examples to `target`: a file, a folder where the format is one, or `-`, standard output.

    A file or a folder gets its name when it is complete, and no folder is overwritten. `progress` is called with the
    sentences looked at and those to look at.
    """
    check_may_act(store, actor, least="researcher")
    chosen = format_with(asked.format, asked.separator)
    examples = Examples(
        store,
        asked.chosen,
        policy=asked.policy,
        with_names=asked.with_names,
        progress=None if progress is None else _of(progress, number_of(store, asked.chosen)),
    )
    summary, lost = Summary(), NotCarried()
    _write(chosen, summary.counted(examples), target, about_examples(store, asked), lost)
    return Written(asked, summary, dict(examples.left_out), lost)


def record_examples(store: Store, actor: Actor, written: Written, *, target: str) -> None:
    """Record in the audit who took the examples out; after the export, so that a full disk does not prevent it."""
    detail = {"examples": written.summary.sentences, "format": written.asked.format, "to": target}
    audit.record(store, actor, "export", detail)


def how_made(policy: PolicyName) -> str:
    """Return how people's answers became one example for each sentence."""
    rule = {
        "majority": "the label of more than half of the people who answered it; sentences without one are left out",
        "newest": "the label of the newest answer to it",
    }
    return f"Each sentence has the label that a researcher decided on, or else {rule[policy]}."


def _write(chosen: Format, rows: Iterable[ExampleRow], target: Any, about: About, lost: NotCarried) -> None:
    if isinstance(chosen, FolderFormat):
        _write_folder(chosen, rows, Path(target).resolve(), about, lost)
    elif target == STANDARD_OUTPUT:
        chosen.write(rows, sys.stdout.buffer, about=about, lost=lost)
    elif not isinstance(target, Path | str):
        chosen.write(rows, target, about=about, lost=lost)
    else:
        _write_file(chosen, rows, Path(target).resolve(), about, lost)


def _write_file(chosen: FileFormat, rows: Iterable[ExampleRow], path: Path, about: About, lost: NotCarried) -> None:
    with explained(path):
        check_target(path)
        with written_aside(path) as file:
            chosen.write(rows, file, about=about, lost=lost)


def _write_folder(chosen: FolderFormat, rows: Iterable[ExampleRow], path: Path, about: About, lost: NotCarried) -> None:
    with explained(path):
        check_folder(path)
        with folder_aside(path) as folder:
            chosen.write(rows, folder, about=about, lost=lost)


def _of(progress: Progress, total: int) -> Callable[[int], None]:
    return lambda done: progress(done, total)

"""What every writer of examples gets and does: the rows, what the project is called, and a place for what it drops."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from annotator.exporting.example import ExampleRow
from annotator.exporting.target import Output
from annotator.wording import counted
from db.records import Label


@dataclass(frozen=True)
class About:
    """What a writer may want to know next to the rows."""

    title: str
    """The project's name."""
    labels: Sequence[Label]
    """In the project's order, retired ones included."""
    notes: Sequence[str] = ()
    """How the examples were made, a sentence each."""

    @property
    def label_names(self) -> list[str]:
        """Return the names of the labels in the project's order."""
        return [label.name for label in self.labels]


class NotCarried(Counter[str]):
    """How many sentences lose what, in a format that has no place for it.

    The keys complete "cannot hold …", such as "marks of words that must not matter".
    """

    def sentences(self, title: str) -> list[str]:
        """Return one sentence for each thing that the format called `title` could not hold."""
        name = f"{title[:1].upper()}{title[1:]}"
        return [
            f"{name} cannot hold {what}: left out of {counted(number, 'sentence')}." for what, number in (+self).items()
        ]


class FileWriter(Protocol):
    """What writes a format that is one file."""

    def __call__(self, rows: Iterable[ExampleRow], file: Output, *, about: About, lost: NotCarried) -> None:
        """Write each row as it comes, keep none, and count in `lost` what the format cannot hold.

        The file is empty, and is put in place by the caller once this returns. The same rows give the same bytes.
        """


class FolderWriter(Protocol):
    """What writes a format that is a folder."""

    def __call__(self, rows: Iterable[ExampleRow], folder: Path, *, about: About, lost: NotCarried) -> None:
        """Write the rows into the empty `folder`, as a FileWriter writes them into its file."""

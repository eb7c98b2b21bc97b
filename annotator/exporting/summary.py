"""What an export of examples contains, counted while its rows pass: for what is said of it, and for its datacard."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from annotator.exporting.example import ExampleRow


@dataclass
class Summary:
    """Counts of the rows that have passed; nothing of a row is kept."""

    sentences: int = 0
    splits: Counter[str] = field(default_factory=Counter)
    labels: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By split and label."""
    marked: int = 0
    """Sentences with a word marked as a reason."""
    must_not_matter: int = 0
    """Sentences with a word that must not matter."""
    decided: int = 0
    by_several: int = 0
    """Sentences that two people or more have answered."""
    chosen: Counter[str] = field(default_factory=Counter)
    """Sentences of the pool by how they were chosen; those of which it is unknown are left out."""
    answers: Counter[str] = field(default_factory=Counter)
    """People's answers that count, by person."""
    blind: int = 0
    """How many of them were given before a model was seen."""
    suggested: int = 0
    """How many of them were given after a look at a suggestion of a language model."""
    timed: int = 0
    """Sentences whose time is known."""
    seconds: float = 0.0
    round: int | None = None
    """The one whose predictions the rows have."""

    def counted(self, rows: Iterable[ExampleRow]) -> Iterator[ExampleRow]:
        """Yield the rows as they come, and count them."""
        for row in rows:
            self._count(row)
            yield row

    def _count(self, row: ExampleRow) -> None:
        self.sentences += 1
        self.splits[row.split] += 1
        self.labels[row.split, row.label] += 1
        marks = row.marks or ""
        self.marked += "+" in marks
        self.must_not_matter += "-" in marks
        self.decided += row.decided
        if row.chosen is not None:
            self.chosen[row.chosen] += 1
        if row.seconds is not None:
            self.timed += 1
            self.seconds = math.fsum((self.seconds, row.seconds))
        if row.prediction is not None:
            self.round = row.prediction.round
        self._count_answers(row)

    def _count_answers(self, row: ExampleRow) -> None:
        own = row.overruled if row.decided else row.answers
        self.by_several += len(own) > 1
        self.answers.update(given.person for given in own)
        self.blind += sum(not given.saw_model for given in own)
        self.suggested += sum(given.saw_suggestion for given in own)

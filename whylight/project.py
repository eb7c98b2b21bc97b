"""An open project: each method is one use case of the application, on behalf of one person."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

from annotator.answering.queue import upcoming
from annotator.errors import NoCheckpoint
from annotator.exporting.answers import export_project, record_export
from annotator.exporting.choosing import choose
from annotator.exporting.example import ExampleRow
from annotator.exporting.examples import Examples
from annotator.exporting.run import Asked, Written, export_examples, record_examples
from annotator.importing.report import ImportReport
from annotator.importing.run import import_file
from annotator.importing.settings import DEFAULT_SETTINGS, ImportSettings
from annotator.progress import Progress
from annotator.project import labels, people
from annotator.project.permissions import OWNER, Actor, check_may_act
from annotator.project.projects import describe_project
from annotator.rounds import overview, start
from annotator.rounds.learning import checkpoints
from annotator.rounds.learning.deciding import PolicyName
from annotator.rounds.measuring.measured import Measured, measure_round
from annotator.rounds.settings import RoundSettings
from db.corpus import sentences
from db.finding import browse
from db.learning import rounds
from db.learning.round_records import Round
from db.records import Label, Person, Role
from db.store import Store
from db.team import project
from whylight.errors import ProjectClosed
from whylight.filters import Filters, chosen_by
from whylight.records import QueuedSentence, Sentence
from whylight.rows import Row, answer_rows, bring, sentence_rows
from whylight.said_in_python import all_say_it_in_python

if TYPE_CHECKING:
    from pandas import DataFrame

Yielded = TypeVar("Yielded")


@all_say_it_in_python
class Project:
    """A project file that is open; `open_project` and `create_project` return one.

    Every thread may use it. Errors are `whylight.Error`s with one sentence for a person, and change nothing.
    """

    def __init__(self, store: Store, actor: Actor) -> None:
        self._opened, self._actor, self._is_closed = store, actor, False

    @property
    def path(self) -> Path:
        """Return the project's file."""
        return self._opened.path

    @property
    def _store(self) -> Store:
        """Return the open file; raises ProjectClosed once it was closed."""
        if self._is_closed:
            raise ProjectClosed(f"The project {self.path.name} was closed; open it again with whylight.open_project().")
        return self._opened

    def close(self) -> None:
        """Close the file; then every other method raises ProjectClosed."""
        self._is_closed = True
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def describe(self) -> dict[str, Any]:
        """Return the project's settings, and how many sentences, answers, people and rounds it has."""
        return describe_project(self._store, actor=self._actor)

    def labels(self) -> list[labels.CountedLabel]:
        """Return the labels in their order, retired ones too, each with its number of answers."""
        return labels.list_labels(self._store, actor=self._actor)

    def add_label(self, name: str, *, takes_rationale: bool = True) -> Label:
        """Add a label; rounds that start from now on know it. Raises BadLabels for a name that cannot be one."""
        return labels.add_label(self._store, name, takes_rationale=takes_rationale, actor=self._actor)

    def people(self) -> list[Person]:
        """Return everyone who may sign in, or could before they were deactivated, by name."""
        return people.list_people(self._store, actor=self._actor)

    def add_person(self, name: str, *, role: Role = "annotator") -> Person:
        """Let a person sign in. Raises AlreadyExists for a name that is taken, and BadPerson."""
        return people.add_person(self._store, name, role=role, actor=self._actor)

    def add_sentences(self, given: Iterable[Row | str], settings: ImportSettings = DEFAULT_SETTINGS) -> ImportReport:
        """Add sentences: texts, or mappings with the fields of a native line (`text`, `id`, `label`, `marks`, …).

        All are added, or none and BadInput says which are wrong. A sentence that the project has is skipped.
        """
        return bring(self._store, sentence_rows(given), settings, actor=self._actor, called="The list of sentences")

    def add_answers(self, answers: Iterable[Row]) -> ImportReport:
        """Add people's answers: mappings with `id` (of the sentence), `label`, `marks` and `person`.

        `marks` are words (`["paying again"]`), spans of characters (`[(12, 24)]`), signs (`"..++."`), 0 and 1 for each
        word, or None if none were asked for; `person` is by default the one for whom the project is open. All are
        added, or none and BadInput says which are wrong: no answer that a person gave in the project is replaced.
        """
        called = "The list of answers"
        person = None if self._actor is OWNER else self._actor.name
        rows = answer_rows(self._store, answers, person=person, called=called)
        return bring(self._store, rows, ImportSettings(people=("person",)), actor=self._actor, called=called)

    def import_file(
        self, path: Path | str, settings: ImportSettings = DEFAULT_SETTINGS, *, progress: Progress | None = None
    ) -> ImportReport:
        """Import a file or a folder as `whylight import` does: all of it, or nothing. Raises BadInput."""
        return import_file(self._store, Path(path), settings, actor=self._actor, progress=progress)

    def export(self, path: Path | str, *, progress: Progress | None = None, **filters: Unpack[Filters]) -> int:
        """Write the sentences that match with all their answers, to be imported again; return how many."""
        chosen = chosen_by(self._store, filters, self._actor)
        written = export_project(self._store, path, chosen=chosen, progress=progress, actor=self._actor)
        record_export(self._store, self._actor, written=written, target=Path(path).name)
        return written

    def export_examples(
        self,
        path: Path | str,
        *,
        format: str | None = None,
        policy: PolicyName = "majority",
        with_names: bool = True,
        progress: Progress | None = None,
        **filters: Unpack[Filters],
    ) -> Written:
        """Write the examples that match, in the format of this name or the one that the path's suffix stands for.

        What is returned counts what was written; its `remarks` say what was left out.
        """
        chosen = choose(Path(path), kind="examples", format=format)
        asked = Asked(chosen.format, chosen_by(self._store, filters, self._actor), policy, with_names)
        written = export_examples(self._store, path, asked, progress=progress, actor=self._actor)
        record_examples(self._store, self._actor, written, target=Path(path).name)
        return written

    def sentences(self, **filters: Unpack[Filters]) -> Iterator[Sentence]:
        """Yield the sentences that match, in the order of their import."""
        check_may_act(self._store, self._actor, least="researcher")
        chosen = chosen_by(self._store, filters, self._actor)
        found = (Sentence.of(stored) for page in browse.pages(self._store, chosen) for stored in page)
        return self._while_open(found)

    def examples(self, **filters: Unpack[Filters]) -> Iterator[ExampleRow]:
        """Yield the answered sentences that match, each with what people decided, by the rule by which rounds learn.

        Ties and skipped sentences are not examples. Each has the words, spans and votes, and what the newest round's
        model says of the sentence, if it is kept.
        """
        check_may_act(self._store, self._actor, least="researcher")
        return self._while_open(Examples(self._store, chosen_by(self._store, filters, self._actor)))

    def frame(self, **filters: Unpack[Filters]) -> "DataFrame":
        """Return the examples that match as a table: a row for each, with its words and its soft label."""
        from pandas import DataFrame

        rows = [vars(row) | {"words": row.words, "soft_label": row.soft_label} for row in self.examples(**filters)]
        return DataFrame(rows, columns=[*(field.name for field in fields(ExampleRow)), "words", "soft_label"])

    def queue(self, limit: int = 10) -> list[QueuedSentence]:
        """Return the sentences that are next, each with the reason."""
        rows = upcoming(self._store, limit, actor=self._actor)
        ids = {row["sentence"]: sentences.read(self._store, row["sentence"]).external_id for row in rows}
        return [QueuedSentence(id=ids[row.pop("sentence")], **row) for row in rows]

    def start_round(self, settings: RoundSettings | None = None) -> Round:
        """Start a round on all answers so far, in a process of its own; `wait` follows it. Raises CannotTrain."""
        return start.start_round(self._store, actor=self._actor, settings=settings)

    def wait(self, started: Round | int, *, progress: Progress | None = None) -> Round:
        """Wait until a round has ended, and return it; raises RoundFailed unless it is ready."""
        for _, rows in start.follow_round(self._store, _number(started)):
            if progress is not None and rows:
                progress(rows[-1].step, rows[-1].steps_total)
        ended = rounds.read(self._store, _number(started))
        start.check_ready(ended)
        return ended

    def cancel(self, working: Round | int) -> None:
        """Ask a round to stop at its next step."""
        start.cancel_round(self._store, _number(working), actor=self._actor)

    def rounds(self) -> list[Round]:
        """Return every round and twin, newest first."""
        return overview.all_rounds(self._store, actor=self._actor)

    def figures(self, ended: Round | int) -> Measured | None:
        """Return a round's figures on test, or on dev without test, with 95 % intervals; None without either."""
        check_may_act(self._store, self._actor, least="researcher")
        return measure_round(self._store, rounds.read(self._store, _number(ended)))

    def predict(
        self, texts: Sequence[str], *, round: Round | int | None = None, query: str | None = None
    ) -> list[checkpoints.PredictedText]:
        """Return label, probability and saliency of each text, by a round's model; by default the one that serves."""
        number = project.read(self._store).serving_round if round is None else _number(round)
        if number is None:
            raise NoCheckpoint("No round serves yet, so there is no model; start a round first.")
        return checkpoints.predict_texts(self._store, number, texts, query=query, actor=self._actor)

    def _while_open(self, rows: Iterable[Yielded]) -> Iterator[Yielded]:
        """Yield the rows until the project is closed, which raises ProjectClosed."""
        for row in rows:
            yield row
            _ = self._store


def _number(named: Round | int) -> int:
    return named if isinstance(named, int) else named.id

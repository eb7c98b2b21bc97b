"""Give sentences that the project has the text of the file, all in one transaction: the old texts are gone for good.

What one correction does is in `putting_right`; here are those of an import, and what it reports about them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from annotator.errors import CannotRemove
from annotator.importing.source import MOST_ROWS
from annotator.project.permissions import Actor, check_may_act
from annotator.putting_right.at_work import refuse_training
from annotator.putting_right.correcting import Correction, plan_correction, put_in_place
from annotator.putting_right.traces import clean_files
from db.corpus import sentences
from db.corpus.sentences import EncodedSentence, decoded
from db.corpus.spool import Spool
from db.records import Sentence
from db.store import Store

MOST_NAMED = 3
MOST_TEXTS = 2_000
"""They are replaced in one transaction, and people's answers wait for it: no longer than they can."""


@dataclass(frozen=True)
class TextChange:
    """A sentence that gets another text."""

    id: str
    before: str | None
    """None once it is gone."""
    after: str


@dataclass
class NewTexts:
    """What became of sentences that got another text from the file, and of their answers."""

    sentences: int = 0
    kept: int = 0
    """Answers, decisions and skips that stay as they were."""
    asked_again: int = 0
    """Answers that lost their marks, because a marked word is no longer there."""
    notes_dropped: int = 0
    metadata_dropped: int = 0
    """Sentences that lost metadata with a word which was taken out."""
    examples: list[TextChange] = field(default_factory=list)
    """The first few."""
    rounds: list[str] = field(default_factory=list)
    """Rounds whose models know words that only the old texts had."""
    guidelines: list[int] = field(default_factory=list)
    """Versions of the guidelines that quote an old text."""
    files: list[str] = field(default_factory=list)
    """Files next to the project, of others, that have an old text."""
    exports: list[str] = field(default_factory=list)
    """Exports of the project next to it, which may have one."""
    shards: str | None = None
    """The folder of the pool outside the project, which may have one; None if none is attached."""
    not_erased: str | None = None
    """Why the file could not be rewritten without the old texts yet; None if it was, or if there were none."""

    def note(self, correction: Correction, *, is_done: bool) -> None:
        """Count one."""
        self.sentences += 1
        self.kept += correction.kept
        self.asked_again += correction.asked_again
        self.notes_dropped += correction.notes_dropped
        self.metadata_dropped += bool(correction.metadata_dropped)
        if len(self.examples) < MOST_NAMED:
            old, new = correction.sentence, correction.corrected
            self.examples.append(TextChange(old.external_id, None if is_done else old.text, new.text))


class TextReplacement:
    """The texts of one import, on their way into the project."""

    def __init__(self, store: Store, spool: Spool, actor: Actor) -> None:
        """Remove what quotes the old texts from logs, while they are known.

        Raises CannotRemove for too many texts, and a refusal while a model learns.
        """
        _refuse_many(spool.count_corrected())
        refuse_training(store)
        self._store, self._spool, self._actor = store, spool, actor
        olds = [old for chunk in _chunks(store, spool) for old, _ in chunk]
        self._traces = clean_files(store, olds)

    def carry_out(self, import_id: int) -> NewTexts:
        """Replace all texts, in the caller's transaction."""
        check_may_act(self._store, self._actor, least="researcher")
        refuse_training(self._store)
        self._traces.clean_rows(self._store)
        holding = self._traces.holding
        done = NewTexts(
            rounds=holding.rounds,
            guidelines=holding.guidelines,
            files=[str(file) for file in holding.files],
            exports=[str(file) for file in holding.exports],
            shards=None if holding.shards is None else str(holding.shards),
        )
        for correction in _corrections(self._store, self._spool):
            put_in_place(self._store, correction, reason=None, actor=self._actor, import_id=import_id)
            done.note(correction, is_done=True)
        return done


def count_texts(store: Store, spool: Spool) -> NewTexts:
    """Return what replacing the texts would do; raises CannotRemove for too many."""
    _refuse_many(spool.count_corrected())
    would = NewTexts()
    for correction in _corrections(store, spool):
        would.note(correction, is_done=False)
    return would


def _refuse_many(number: int) -> None:
    if number > MOST_TEXTS:
        raise CannotRemove(
            f"The file gives {number:,} sentences another text, and an import replaces at most {MOST_TEXTS:,}, because "
            "people's answers wait for it; nothing was changed. Cut the file into parts with at most that many other "
            f"texts, as `split -l {MOST_TEXTS}` cuts JSON lines, and import them one after another."
        )


def _corrections(store: Store, spool: Spool) -> Iterator[Correction]:
    for chunk in _chunks(store, spool):
        for old, row in chunk:
            yield plan_correction(store, old, replace(decoded(row), split=old.split))


def _chunks(store: Store, spool: Spool) -> Iterator[Sequence[tuple[Sentence, EncodedSentence]]]:
    """Yield the sentences as they are, each with its corrected row."""
    for rows in spool.corrected_sentences(size=MOST_ROWS):
        found = sentences.find(store, [row.external_id for row in rows])
        yield [(found[row.external_id], row) for row in rows]

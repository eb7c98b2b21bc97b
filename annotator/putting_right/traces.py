"""Where a sentence leaves traces apart from its own row, and how they are removed."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from annotator.failures import log_of
from annotator.project.folders import left_out_files, own_shards_in, pool_scores_of, project_folder, vectors_of
from annotator.putting_right.quoting import Quotation
from annotator.putting_right.still_holding import StillHolding, still_holding
from annotator.rounds.files import is_plain_file, rounds_folder
from db.answers import annotations
from db.corpus import quotes
from db.records import Sentence
from db.store import Store
from learner.encoders.kept_vectors import forget

_FEWEST_WORDS = 4
"""Metadata of fewer words, such as a source's name, may be in any text."""


@dataclass(frozen=True)
class Traces:
    """What sentences leave that are about to go, found while their text is known."""

    quotation: Quotation
    holding: StillHolding
    """What still has the text after the removal."""
    files: int
    """Files that had it, and no longer do."""

    def clean_rows(self, store: Store) -> int:
        """Remove quotes from outcomes of uploads, the audit, saved searches and tried sentences; count the rows."""
        return quotes.clean(store, self.quotation.without) + quotes.remove_tried(store, self.quotation.is_in)


def clean_files(store: Store, leaving: Sequence[Sentence]) -> Traces:
    """Remove the sentences' vectors and shards, and overwrite what logs quote of them; return what is left to do."""
    quotation = _quotation_of(store, leaving)
    holding = still_holding(store, leaving, quotation)
    changed = forget(vectors_of(store.path), [(sentence.tokens, sentence.query_tokens) for sentence in leaving])
    changed += sum(_clean_log(log, quotation) for log in _logs(store))
    return Traces(quotation, holding, changed + _remove_own_shards(store))


def _remove_own_shards(store: Store) -> int:
    """Remove the project's sentences that a killed round left next to its scores of a pool outside; count the files."""
    found = own_shards_in(pool_scores_of(store.path))
    files = sum(1 for folder in found for _ in folder.iterdir())
    for folder in found:
        shutil.rmtree(folder)
    return files


def _quotation_of(store: Store, removed: Sequence[Sentence]) -> Quotation:
    """Return what finds quotes of these sentences, their queries, their longer metadata and people's notes on them."""
    log = annotations.of_sentences(store, [sentence.id for sentence in removed])
    texts = [text for sentence in removed for text in (sentence.text, sentence.query) if text]
    longer = [value for sentence in removed for value in _strings(sentence.metadata) if _is_long(value)]
    notes = [answer.observed.note for answers in log.values() for answer in answers if answer.observed.note]
    return Quotation([*texts, *longer, *(note for note in notes if _is_long(note))])


def _logs(store: Store) -> Iterable[Path]:
    rounds = rounds_folder(store.path)
    yield log_of(store.path)
    yield project_folder(store.path, "uploads") / "log.txt"
    yield from left_out_files(store.path)
    yield project_folder(store.path, "backups") / "log.txt"
    if rounds.is_dir() and not rounds.is_symlink():
        yield from (*rounds.glob("*.log"), *rounds.glob("*/log.txt"))


def _clean_log(log: Path, quotation: Quotation) -> bool:
    """Overwrite the lines that quote, in place and with as many bytes: another process may be adding to the log."""
    if not is_plain_file(log):
        return False
    changed = False
    with log.open("rb+") as file:
        place = 0
        for line in file:
            if quotation.is_in(line.decode(errors="replace")):
                file.seek(place)
                file.write(b"-" * len(line.rstrip(b"\n")))
                file.seek(place + len(line))
                changed = True
            place += len(line)
    return changed


def _is_long(text: str) -> bool:
    return len(text.split()) >= _FEWEST_WORDS


def _strings(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)

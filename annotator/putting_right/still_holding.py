"""What still has a sentence after it was removed, which its owner has to know; nothing here changes anything."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from annotator.putting_right.quoting import Quotation
from annotator.rounds.files import is_in_its_place
from db import quotes, rounds, search
from db.files import is_database
from db.records import Sentence
from db.store import Store

MOST_BYTES = 100_000_000
"""Files that are larger are not searched."""


@dataclass(frozen=True)
class StillHolding:
    """What still has the text, or words that only it had."""

    rounds: list[str]
    """Rounds whose models have words in their vocabulary that no other sentence has."""
    guidelines: list[int]
    """Versions of the guidelines that quote it."""
    files: list[Path]
    """Files next to the project that are not Whylight's, such as the one that was imported."""


NOTHING = StillHolding([], [], [])


def still_holding(store: Store, removed: Sequence[Sentence], quotation: Quotation) -> StillHolding:
    """Return what still has these sentences; call it before they are removed, while their text is known."""
    tokens = {token.lower() for sentence in removed for token in (*sentence.tokens, *(sentence.query_tokens or ()))}
    words = {token for token in tokens if any(map(str.isalnum, token))}
    only = search.words_only_in(store, words, [sentence.id for sentence in removed])
    return StillHolding(
        rounds=[name for name, known in _vocabularies(store) if not only.isdisjoint(known)],
        guidelines=quotes.guidelines_with(store, quotation.is_in),
        files=_files_with(store.path, [sentence.text for sentence in removed]),
    )


def _vocabularies(store: Store) -> Iterable[tuple[str, set[str]]]:
    """Yield the rounds whose checkpoints are on the disk, newest first, with the words that their models know."""
    for one in rounds.all_of(store):
        if one.checkpoint is None or not is_in_its_place(store, one):
            continue
        file = store.path.absolute().parent / one.checkpoint / "vocabulary.json"
        if file.is_file() and not file.is_symlink():
            with suppress(OSError, ValueError, AttributeError, TypeError):  # the doctor reports damaged files
                yield one.name, {word for words in json.loads(file.read_bytes()).values() for word in words}


def _files_with(project: Path, texts: Sequence[str]) -> list[Path]:
    wanted = [form for text in texts for form in _written(text)]
    siblings = sorted(project.parent.iterdir())
    ours = [file for file in siblings if file.name == project.name or file.name.startswith(f"{project.name}.")]
    return [file for file in siblings if file not in ours and _has(file, wanted)]


def _written(text: str) -> set[bytes]:
    """Return a text as files have it: as it is, and as JSON with and without escapes."""
    return {text.encode(), *(json.dumps(text, ensure_ascii=escapes)[1:-1].encode() for escapes in (True, False))}


def _has(file: Path, wanted: Sequence[bytes]) -> bool:
    try:
        if file.is_symlink() or not file.is_file() or file.stat().st_size > MOST_BYTES or is_database(file):
            return False
        content = file.read_bytes()
    except OSError:
        return False  # a file of someone else, which we may not read
    return any(form in content for form in wanted)

"""What still has a sentence after it was removed, which its owner has to know; nothing here changes anything."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from annotator.putting_right.quoting import Quotation
from annotator.rounds.files import is_in_its_place, is_plain_file
from db.corpus import pools, quotes
from db.finding import search
from db.learning import rounds
from db.records import Sentence
from db.store import Store
from db.team import audit

MOST_BYTES = 100_000_000
"""Files that are larger are not searched."""
_AS_WRITTEN = (".jsonl", ".ndjson")


@dataclass(frozen=True)
class StillHolding:
    """What still has the text, or words that only it had."""

    rounds: list[str]
    """Rounds whose models have words in their vocabulary that no other sentence has."""
    guidelines: list[int]
    """Versions of the guidelines that quote it."""
    files: list[Path]
    """Files next to the project that are not Whylight's, such as the one that was imported."""
    exports: list[Path] = field(default_factory=list)
    """Exports next to the project in which the text cannot be searched for, such as packed ones: they may have it."""
    shards: Path | None = None
    """The folder of the pool outside the project, which may have it; None if none is attached."""


NOTHING = StillHolding([], [], [])


def still_holding(store: Store, removed: Sequence[Sentence], quotation: Quotation) -> StillHolding:
    """Return what still has these sentences; call it before they are removed, while their text is known."""
    tokens = {token.lower() for sentence in removed for token in (*sentence.tokens, *(sentence.query_tokens or ()))}
    words = {token for token in tokens if any(map(str.isalnum, token))}
    only = search.words_only_in(store, words, [sentence.id for sentence in removed])
    files, exports = _files_with(store, [sentence.text for sentence in removed])
    pool = pools.attached(store)
    return StillHolding(
        rounds=[name for name, known in _vocabularies(store) if not only.isdisjoint(known)],
        guidelines=quotes.guidelines_with(store, quotation.is_in),
        files=files,
        exports=exports,
        shards=None if pool is None else Path(pool.folder),
    )


def _vocabularies(store: Store) -> Iterable[tuple[str, set[str]]]:
    """Yield the rounds whose checkpoints are on the disk, newest first, with the words that their models know."""
    for one in rounds.all_of(store):
        if one.checkpoint is None or not is_in_its_place(store, one):
            continue
        file = store.path.absolute().parent / one.checkpoint / "vocabulary.json"
        if is_plain_file(file):
            # The doctor reports damaged files.
            with suppress(OSError, ValueError, AttributeError, TypeError, RecursionError):
                yield one.name, {word for words in json.loads(file.read_bytes()).values() for word in words}


def _files_with(store: Store, texts: Sequence[str]) -> tuple[list[Path], list[Path]]:
    """Return the files next to the project that have one of the texts, and its exports that may have it."""
    wanted, exported = [form for text in texts for form in _written(text)], audit.exported(store)
    siblings = sorted(store.path.parent.iterdir())
    ours = [file for file in siblings if file.name == store.path.name or file.name.startswith(f"{store.path.name}.")]
    others = [file for file in siblings if file not in ours]
    having = [file for file in others if _has(file, wanted)]
    may = [one for one in others if one.name in exported and one not in having and not _is_searched(one)]
    return having, may


def _is_searched(export: Path) -> bool:
    """Return whether a text that an export has is found in its bytes: other formats pack it, or cut it into words."""
    return export.suffix in _AS_WRITTEN and export.is_file() and export.stat().st_size <= MOST_BYTES


def _written(text: str) -> set[bytes]:
    """Return a text as files have it: as it is, and as JSON with and without escapes."""
    return {text.encode(), *(json.dumps(text, ensure_ascii=escapes)[1:-1].encode() for escapes in (True, False))}


def _has(file: Path, wanted: Sequence[bytes]) -> bool:
    try:
        if not is_plain_file(file) or file.stat().st_size > MOST_BYTES:
            return False
        content = file.read_bytes()
    except OSError:
        return False  # a file of someone else, which we may not read
    return any(form in content for form in wanted)

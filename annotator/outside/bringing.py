"""Bring sentences of a pool outside the project into it, as an import of these few: the same checks, the same rules.

A sentence whose text the project has, in whatever split and whether answered or not, is never brought: it is the same
sentence. Nor is one whose id the project has or had.
"""

import json
import logging
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from annotator.formats.faults import Fault, Faults
from annotator.formats.fields import EXPORTED, FIXED, OTHER_MARKS
from annotator.formats.tables.typed_cells import plain_values
from annotator.importing.run import complete_imports, import_file
from annotator.importing.settings import ImportSettings
from annotator.importing.source import open_source
from annotator.project.permissions import Actor
from db.corpus import pools, sentences
from db.errors import LostLog, StoreUnavailable
from db.finding import texts
from db.finding.texts import Text
from db.records import NewSentence
from db.store import Store
from learner.acquisition.pool import Rows
from learner.data.example import Sentence
from learner.data.strict_json import BadJson, BrokenJson, parse_json
from learner.shards.candidates import Keys
from learner.shards.scores import keys_of
from learner.wording import counted

if TYPE_CHECKING:
    from learner.shards.head import Head

METADATA = "metadata"
"""The column of a shard with the other fields of a sentence, an object as JSON; any other column is such a field."""
_WORDS = ("id", "text", "tokens", "query", "query_tokens")
_NOT_READ = {*EXPORTED, *FIXED, *OTHER_MARKS, "label", "marks", METADATA}
"""Columns that are not fields of their own: what a sentence is, and answers, which a pool has none of."""
_SETTINGS = ImportSettings(format="native", split="pool", duplicates="skip", leave_out_faulty=True)
SECONDS_BETWEEN_TRIES = 1.0
TRIES = 600

_Refused = tuple[object, BadJson]
"""A sentence's id, and why its metadata cannot be read."""

logger = logging.getLogger(__name__)


def known_keys(store: Store) -> Keys:
    """Return a hash of each id that the project has or had."""
    return keys_of(pools.known_ids(store))


def choose_new(store: Store, choose: "Callable[[Keys], Head]", *, outside: int) -> "Head":
    """Return what `choose` chooses once all that the project has, and all that an import refuses, is left out.

    `choose` takes the keys to leave out. The first `outside` files are those of the pool outside the project. Of
    sentences with the same text there, one is brought.
    """
    without = known_keys(store)
    while True:
        head = choose(without)
        wrong = np.concatenate([_known(store, head, outside=outside), _refused(head, outside=outside)])
        if not len(wrong):
            return head
        without = np.concatenate([without, wrong])


def bring(
    store: Store, head: "Head", *, outside: int, actor: Actor, name: str, check_wanted: Callable[[], None] | None = None
) -> int:
    """Bring what is chosen in the first `outside` files into the project, and return how many sentences came.

    `name` is what the list of imports calls them. With `check_wanted`, which may raise and is called every second,
    wait for another import that is at work, for some ten minutes; without it, raise StoreUnavailable at once.
    """
    chosen = np.flatnonzero(head.contents.candidates.files < outside)
    if not len(chosen):
        return 0
    refused: list[_Refused] = []
    with _written(head, chosen, refused) as file:
        _warn_of_texts(refused)
        return _import(store, file, actor, name, check_wanted)


def complete_brought(store: Store) -> None:
    """Put into the queue and the search what an earlier process brought before it was killed.

    No one can import these sentences again, which completes any other import that was cut off.
    """
    try:
        complete_imports(store)
    except LostLog:
        raise
    except StoreUnavailable as error:  # an import at work does the same at its end
        logger.warning("%s What an earlier round brought may not be in the queue yet.", error)


def _import(store: Store, file: Path, actor: Actor, name: str, check_wanted: Callable[[], None] | None) -> int:
    for left in reversed(range(TRIES if check_wanted else 1)):
        try:
            report = import_file(store, file, _SETTINGS, actor=actor, name=name)
            break
        except LostLog:
            raise
        except StoreUnavailable as error:
            if not left or check_wanted is None:
                raise
            logger.warning("%s Trying again, at most %d times.", error, left)
            check_wanted()
            time.sleep(SECONDS_BETWEEN_TRIES)
    if report.faulty:
        kinds = "; ".join(kind.first for kind in report.fault_kinds)
        logger.warning("%d sentences of the pool outside were left out: %s", report.faulty, kinds)
    return report.added


def _known(store: Store, head: "Head", *, outside: int) -> Keys:
    """Return the keys of what is chosen outside the project though the project, or a better place, has its text."""
    candidates, chosen = head.contents.candidates, head.contents.sentences
    is_outside = (candidates.files < outside).tolist()
    own = [_text(sentence) for sentence in chosen]
    seen = {text for text, is_one in zip(own, is_outside, strict=True) if not is_one}
    seen |= texts.splits_of(store, own).keys()
    known = []
    for key, text, is_one in zip(candidates.keys, own, is_outside, strict=True):
        if is_one and text in seen:
            known.append(key)
        seen.add(text)
    return np.array(known, dtype=np.uint64)


def _refused(head: "Head", *, outside: int) -> Keys:
    """Return the keys of what is chosen outside and an import would not read, such as a text with too many words."""
    chosen = np.flatnonzero(head.contents.candidates.files < outside)
    found: list[Fault] = []
    if len(chosen):
        with _written(head, chosen, []) as file, open_source(file, "native", _SETTINGS.fields, None) as source:
            for _ in source.chunks(Faults(file.name, leave_out=found.append)):
                pass
    places = chosen[[fault.line - 1 for fault in found if fault.line is not None]]
    if found:
        first, id_ = found[0], head.contents.sentences[int(places[0])].id
        logger.warning(
            "%d chosen sentences were left out, because an import refuses them. The first: id %s, %s: found %s, "
            "expected %s.",
            *(len(found), id_, first.field, first.found, first.expected),
        )
    return head.contents.candidates.keys[places]


@contextmanager
def _written(head: "Head", chosen: Rows, refused: list[_Refused]) -> Iterator[Path]:
    """Yield a file with a line for each of the chosen places, which is removed afterwards.

    `refused` gets those whose metadata is JSON that an import does not read, and is kept as a text.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "head.jsonl"
        with file.open("w", encoding="utf-8") as lines:
            for row in head.contents.rows(chosen):
                lines.write(f"{json.dumps(_fields(row, refused), ensure_ascii=False)}\n")
        yield file


def _text(sentence: Sentence) -> Text:
    whole = NewSentence(sentence.id or "", "", sentence.tokens, (), "pool", query_tokens=sentence.query)
    row = sentences.encode(whole)
    return Text(row.token_hash, row.query_tokens)


def _fields(row: Mapping[str, Any], refused: list[_Refused]) -> dict[str, Any]:
    """Return the fields of a sentence, as JSON lines have them, of a row of a shard."""
    own = {name: row[name] for name in _WORDS if row.get(name) is not None}
    others, _ = plain_values([*row], [*row.values()])
    others = {name: value for name, value in others.items() if name not in _NOT_READ and value is not None}
    return others | _metadata(row, refused) | own


def _metadata(row: Mapping[str, Any], refused: list[_Refused]) -> dict[str, Any]:
    given = row.get(METADATA)
    if isinstance(given, str):
        try:
            given = parse_json(given, on_nan=lambda: None)
        except BrokenJson:
            pass  # a text like any other
        except BadJson as error:
            refused.append((row.get("id"), error))
    if isinstance(given, Mapping):
        return {name: value for name, value in given.items() if name not in _NOT_READ}
    return {} if given is None else {METADATA: given}


def _warn_of_texts(refused: Sequence[_Refused]) -> None:
    """Log how many sentences have metadata that is JSON, but none that an import reads."""
    if refused:
        (first, error), count = refused[0], counted(len(refused), "sentence")
        logger.warning("The metadata of %s was kept as a text. The first: id %s, %s.", count, first, error)

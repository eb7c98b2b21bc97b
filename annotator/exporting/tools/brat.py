"""brat: a folder for each split, with each text in a file, and its marked words in another."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from annotator.exporting.example import ExampleRow
from annotator.exporting.tools.losses import PREDICTION, QUERY, TOKENS, WITHOUT_PEOPLE, count_lost
from annotator.exporting.tools.marked import characters, runs
from annotator.exporting.tools.names import file_name, made_name, one_word
from annotator.exporting.writing import About, NotCarried
from learner.data.tokenizer import is_unseen

CONFIG = "annotation.conf"
UNMARKED = "the label of a sentence without marked words"
LABEL = "a label with white space in it, which became _"
NO_FILE = "an id that cannot be the name of a file"
LAST_BREAKS = "line breaks at the end of a text"
ANY_METADATA = "metadata"

_LOST = (*WITHOUT_PEOPLE, PREDICTION, QUERY, TOKENS)
_MARK = "\ufeff"
"""What a reader takes off the start of a file."""


def write(rows: Iterable[ExampleRow], folder: Path, *, about: About, lost: NotCarried) -> None:
    """Write NAME.txt and NAME.ann per row, where the entities have the label's name."""
    homes: set[Path] = set()
    for row in rows:
        count_lost(row, lost, _LOST)
        entities = list(_entities(row))
        _count_own(row, entities, lost)
        path = folder / row.split / (file_name(row.id) or made_name(row.id))
        if path.parent not in homes:
            path.parent.mkdir(parents=True, exist_ok=True)
            homes.add(path.parent)
        text = row.text.rstrip("\n")
        text = _MARK + text if text.startswith(_MARK) else text
        path.with_name(f"{path.name}.txt").write_bytes(f"{text}\n".encode())
        path.with_name(f"{path.name}.ann").write_bytes("".join(entities).encode())
    names = "\n".join(dict.fromkeys(map(one_word, about.label_names)))
    for split in [path for path in folder.iterdir() if path.is_dir()]:
        (split / CONFIG).write_bytes(f"[entities]\n{names}\n\n[relations]\n\n[events]\n\n[attributes]\n".encode())


def _count_own(row: ExampleRow, entities: Sequence[str], lost: NotCarried) -> None:
    found = {
        UNMARKED: not entities,
        LABEL: one_word(row.label) != row.label,
        NO_FILE: file_name(row.id) is None,
        LAST_BREAKS: row.text.endswith("\n"),
        ANY_METADATA: bool(row.metadata),
    }
    lost.update([fact for fact, is_so in found.items() if is_so])


def _entities(row: ExampleRow) -> Iterator[str]:
    name = one_word(row.label)
    places_of = [list(_parts(row, *characters(row, run))) for run in runs(row.marks)]
    for number, parts in enumerate(filter(None, places_of), 1):
        places = ";".join(f"{start} {end}" for start, end in parts)
        text = " ".join(re.sub(r"\s", " ", row.text[start:end]) for start, end in parts)
        yield f"T{number}\t{name} {places}\t{text}\n"


def _parts(row: ExampleRow, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a run of words between line breaks, which brat's entities cannot cross; those that show."""
    for found in re.finditer(r"[^\n]*[^\s]", row.text[start:end]):
        part = found[0]
        if not is_unseen(part):
            yield start + found.start() + len(part) - len(part.lstrip()), start + found.end()

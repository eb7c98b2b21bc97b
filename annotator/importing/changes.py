"""What a row changes of the sentence that the project has under its id, if the caller wants that."""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace

from annotator.formats.rows import SentenceRow
from annotator.formats.sentence import check_size
from annotator.importing.settings import Update
from annotator.putting_right.carrying import Carrying
from db.records import Sentence, Split


@dataclass(frozen=True)
class Change:
    """What the row changes; nothing by default."""

    split: Split | None = None
    """The split that the file gives, if splits are taken from it."""
    moves: bool = False
    """Whether it is another one than the project's."""
    fields: str | None = None
    """The metadata that differs, as JSON; None if nothing does, or if metadata is not taken from the file."""


def change_of(
    row: SentenceRow, stored: Sentence, wanted: Collection[Update], carried: Carrying | None = None
) -> Change:
    """Return what the row changes of what is `wanted` from the file; raises Unfit for too much metadata.

    A sentence whose text is corrected, as `carried` says, has lost metadata with a word that was taken out.
    """
    if carried is not None:
        stored = replace(stored, metadata=carried.metadata(stored.metadata))
    split = row.split if "split" in wanted else None
    other = other_fields(row, stored) if "metadata" in wanted else {}
    if other:
        check_size(stored.metadata | other)
    return Change(split, split not in (None, stored.split), json.dumps(other) if other else None)


def other_fields(row: SentenceRow, stored: Sentence) -> dict[str, object]:
    """Return the row's metadata that the project's sentence lacks, or has otherwise."""
    has = stored.metadata
    return {name: value for name, value in row.metadata.items() if name not in has or has[name] != value}

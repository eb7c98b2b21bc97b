"""What restoring a backup brings back: sentences that were removed for good, and texts that were corrected, since."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import join

from annotator.wording import counted, first_names
from db.care import backups
from db.corpus import removals
from db.errors import StoreError
from db.store import Store

_MOST_NAMED = 10


@dataclass(frozen=True)
class ComingBack:
    """The sentences by the ids that their files gave them."""

    removed: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()
    """Those that get the text back that was corrected."""


def coming_back(project: Path, backup: Path) -> ComingBack:
    """Return what a restore of this backup brings back; nothing where one of the files cannot be read."""
    try:
        with Store.inspect(project) as store:
            gone = {one.sentence_id: one for one in removals.all_of(store)}
        back = [gone[number] for number in backups.held(backup, list(gone))] if gone else []
    except (StoreError, sqlite3.DatabaseError, OSError):
        return ComingBack()
    return ComingBack(
        removed=tuple(one.external_id for one in back if one.replaced_by is None),
        corrected=tuple(dict.fromkeys(one.external_id for one in back if one.replaced_by is not None)),
    )


def coming_back_lines(back: ComingBack, project: Path) -> Iterator[str]:
    """Yield what comes back, and how it is removed or corrected again."""
    if back.removed:
        one = len(back.removed) == 1
        them, ids = "it" if one else "them", back.removed if len(back.removed) <= _MOST_NAMED else ("ID...",)
        named = first_names(back.removed, _MOST_NAMED)
        yield (
            f"{counted(len(back.removed), 'sentence')} {'was' if one else 'were'} removed for good and "
            f"{'is' if one else 'are'} in this backup: restoring it brings {them} back ({named}). To "
            f"remove {them} again, run `{join(['whylight', 'sentence', 'remove', str(project), *ids])}`."
        )
    if back.corrected:
        number = counted(len(back.corrected), "sentence has", "sentences have")
        yield (
            f"{number} an older text in this backup, which was corrected since: restoring it brings that back "
            f"({first_names(back.corrected, _MOST_NAMED)}). `whylight sentence replace` corrects a text again."
        )

"""What restoring a backup brings back: sentences that were removed for good, and texts that were corrected, since."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import join

from db import backups, removals
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
        yield (
            f"{_number(back.removed, 'sentence')} {'was' if one else 'were'} removed for good and "
            f"{'is' if one else 'are'} in this backup: restoring it brings {them} back ({_named(back.removed)}). To "
            f"remove {them} again, run `{join(['whylight', 'sentence', 'remove', str(project), *ids])}`."
        )
    if back.corrected:
        one = len(back.corrected) == 1
        yield (
            f"{_number(back.corrected, 'sentence')} {'has' if one else 'have'} an older text in this backup, which was "
            f"corrected since: restoring it brings that back ({_named(back.corrected)}). `whylight sentence replace` "
            "corrects a text again."
        )


def _number(ids: tuple[str, ...], noun: str) -> str:
    return f"1 {noun}" if len(ids) == 1 else f"{len(ids):,} {noun}s"


def _named(ids: tuple[str, ...]) -> str:
    return ", ".join(ids[:_MOST_NAMED]) + (", …" if len(ids) > _MOST_NAMED else "")

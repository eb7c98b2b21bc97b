"""Find the round that an address or a person names: `6`, or `6-twin`."""

import re

from annotator.project.permissions import Actor
from annotator.rounds.overview import all_rounds
from db.errors import UnknownRound
from db.learning.round_records import Round
from db.store import Store

_NAME = re.compile(r"([1-9][0-9]{0,8})(-twin)?")
_ID = re.compile(r"-?[1-9][0-9]{0,8}")


def find_round(store: Store, name: str, *, actor: Actor) -> Round:
    """Return the round of that name; raise UnknownRound if there is none, or if it was deleted."""
    known = {one.name: one for one in all_rounds(store, actor=actor) if one.deleted_ms is None}
    if not _NAME.fullmatch(name) or name not in known:
        raise UnknownRound(f"The project has no round {name[:40]!r}; the page Rounds lists those it has.")
    return known[name]


def id_named(name: str | None) -> int | None:
    """Return the id of the round that an address names, whether it exists or not: -6 for `6-twin`, and for `-6`."""
    if name is not None and _ID.fullmatch(name):
        return int(name)
    found = _NAME.fullmatch(name or "")
    return None if found is None else -int(found[1])

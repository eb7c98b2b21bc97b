"""Who may do what: every use case asks here, with the person who acts, each time."""

from enum import Enum
from typing import Final, Literal

from annotator.errors import Deactivated, NotAllowed
from db import people
from db.records import Person, Role
from db.store import Store


class Owner(Enum):
    """The owner of the project's file, who gives commands without a name and may do everything."""

    OWNER = "owner"


OWNER: Final = Owner.OWNER
Actor = Person | Literal[Owner.OWNER]
"""On whose behalf a use case runs: a person, or the owner of the file. Never None: a forgotten argument is an error."""

RANKS: dict[Role, int] = {"annotator": 0, "researcher": 1, "admin": 2}
"""Whoever ranks higher may do all that those below may."""


def check_may_act(store: Store, person: Actor | None, *, least: Role = "annotator") -> None:
    """Raise unless the store, asked now, says that this person is active and has at least this role.

    Nobody (None) is whoever has the file itself and gives a command without a name: they may do all.
    Raises Deactivated or NotAllowed.
    """
    if person is None or person is OWNER:
        return
    now = as_stored(store, person)
    if now is None:
        raise Deactivated(f"{person.name} is nobody of this project any more; sign in again.")
    if not now.active:
        raise Deactivated(f"{person.name} was deactivated; `whylight person activate` lets them go on.")
    if RANKS[now.role] < RANKS[least]:
        raise NotAllowed(
            f"{now.name} is {_with_article(now.role)}, and this takes {_with_article(least)}; ask an admin."
        )


def as_stored(store: Store, person: Person) -> Person | None:
    """Give the person as the store has them now; None where a restored backup has given their id to somebody else."""
    now = people.read(store, person.id)
    return now if now is not None and (now.uid, now.name) == (person.uid, person.name) else None


def ranks_as(person: Person | None, least: Role) -> bool:
    """Whether this person's role is at least that: what a page may offer. The use case asks again."""
    return person is None or RANKS[person.role] >= RANKS[least]


def _with_article(role: Role) -> str:
    return f"{'a' if role == 'researcher' else 'an'} {role}"

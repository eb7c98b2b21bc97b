"""Who may do what: every use case asks here, with the person who acts, each time."""

from annotator.errors import Deactivated, NotAllowed
from db.records import OWNER, Actor, Person, Role
from db.store import Store
from db.team import people

__all__ = ["OWNER", "RANKS", "Actor", "as_stored", "check_may_act", "ranks_as"]

RANKS: dict[Role, int] = {"annotator": 0, "researcher": 1, "admin": 2}
"""A higher rank may do all that the lower ones may."""


def check_may_act(store: Store, actor: Actor, *, least: Role = "annotator") -> None:
    """Raise unless the store, asked now, says that this person is active and has at least this role.

    The owner of the file may do everything. Raises Deactivated or NotAllowed; a TypeError for anything
    that is not an Actor, so that a person who was not found is never taken for the owner.
    """
    if actor is OWNER:
        return
    if not isinstance(actor, Person):
        raise TypeError(f"A use case ran on behalf of {actor!r}; expected a Person or OWNER.")
    now = as_stored(store, actor)
    if now is None:
        raise Deactivated(f"{actor.name} is no longer a person of this project; sign in again.")
    if not now.active:
        raise Deactivated(f"{actor.name} was deactivated; `whylight person activate` lets them act again.")
    if RANKS[now.role] < RANKS[least]:
        raise NotAllowed(
            f"{now.name} is {_with_article(now.role)}, but this takes {_with_article(least)}; ask an admin."
        )


def as_stored(store: Store, person: Person) -> Person | None:
    """Return the person as the store has them now; None if a restored backup has given their id to another person."""
    now = people.read(store, person.id)
    return now if now is not None and (now.uid, now.name) == (person.uid, person.name) else None


def ranks_as(person: Person, least: Role) -> bool:
    """Return whether this person's role is at least that: what a page may offer. The use case asks again."""
    return RANKS[person.role] >= RANKS[least]


def _with_article(role: Role) -> str:
    return f"{'a' if role == 'researcher' else 'an'} {role}"

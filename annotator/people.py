"""Who is here, and who may act. Signing in by name is for one machine and is no access control."""

from annotator.errors import BadPerson, Deactivated, SignInRefused
from db import audit, people
from db.records import Person, Role
from db.store import Store

LONGEST_NAME = 64


def sign_in(store: Store, name: str) -> Person:
    """Give the active person of that name, making one on the first visit."""
    name = " ".join(name.split())
    if not _can_be(name):
        raise SignInRefused(f"A name has 1 to {LONGEST_NAME} printable characters; type another one.")
    with store.writing():
        person = people.find(store, name)
        if person is None:
            person = people.add(store, name)
            audit.record(store, person, "person added", {"name": name})
    if not person.active:
        raise SignInRefused(f"{person.name} can't sign in here; type another name.")
    return person


def may_sign_in(store: Store) -> list[Person]:
    """Give the people whom the name picker offers."""
    return [person for person in people.all_of(store) if person.active]


def refuse_inactive(store: Store, person: Person | None) -> None:
    """Raise Deactivated unless the store, asked now, says that this person may act; nobody is whoever has the file."""
    if person is None:
        return
    now = people.read(store, person.id)
    if now is None or not now.active:
        raise Deactivated(f"{person.name} was deactivated; `whylight person activate` lets them go on.")


def acting_person(store: Store, name: str | None) -> Person | None:
    """Give the person for whom a command is given; nobody without a name. One who may not act is refused."""
    if name is None:
        return None
    person = people.find(store, " ".join(name.split()))
    if person is None or person.name.lower() == people.GOLD:
        raise BadPerson(f"The project has no person {name!r} who could act; `whylight person add` adds them.")
    refuse_inactive(store, person)
    return person


def add_person(store: Store, name: str, *, role: Role = "annotator", actor: Person | None = None) -> Person:
    """Add somebody who may sign in from now on; a name that is taken raises AlreadyExists."""
    name = " ".join(name.split())
    if not _can_be(name) or name.lower() == people.GOLD:
        raise BadPerson(
            f"A name has 1 to {LONGEST_NAME} printable characters and is not {people.GOLD!r}; give another one."
        )
    with store.writing():
        refuse_inactive(store, actor)
        person = people.add(store, name, role=role)
        audit.record(store, actor, "person added", {"name": name, "role": role})
    return person


def set_active(store: Store, name: str, active: bool, *, actor: Person | None = None) -> Person:
    """Deactivate a person, or let them act again. Their answers stay, and so do the drafts in their browser."""
    with store.writing():
        refuse_inactive(store, actor)
        person = people.find(store, " ".join(name.split()))
        if person is None:
            raise BadPerson(f"The project has no person {name!r}; `whylight person list` shows those it has.")
        if person.name.lower() == people.GOLD:
            raise BadPerson(f"{people.GOLD!r} stands for a file's own answers and is nobody who could sign in.")
        if person.active != active:
            people.set_active(store, person.id, active)
            done = "person activated" if active else "person deactivated"
            audit.record(store, actor, done, {"name": person.name})
    return Person(person.id, person.name, person.role, active)


def _can_be(name: str) -> bool:
    return 1 <= len(name) <= LONGEST_NAME and name.isprintable()

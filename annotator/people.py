"""Who is here. Signing in by name is for one machine and is no access control."""

from annotator.errors import SignInRefused
from db import audit, people
from db.records import Person
from db.store import Store

LONGEST_NAME = 64


def sign_in(store: Store, name: str) -> Person:
    """Give the active person of that name, making one on the first visit."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise SignInRefused(f"A name has 1 to {LONGEST_NAME} printable characters; type another one.")
    with store.writing():
        person = people.find(store, name)
        if person is None:
            person = people.add(store, name)
            audit.record(store, person.id, "person added", {"name": name})
    if not person.active:
        raise SignInRefused(f"{person.name} can't sign in here; type another name.")
    return person


def may_sign_in(store: Store) -> list[Person]:
    """Give the people whom the name picker offers."""
    return [person for person in people.all_of(store) if person.active]

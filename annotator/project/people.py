"""The people of a project: who they are, and who may act. Signing in by name is not access control."""

from dataclasses import dataclass, replace
from itertools import chain, count

from annotator.errors import BadPerson, SignInRefused
from annotator.names import LONGEST_NAME, broken_rule, folded, is_gold, is_valid_name, tidied
from annotator.project.permissions import OWNER, Actor, check_may_act
from annotator.wording import listed
from db.errors import AlreadyExists
from db.records import Person, Role
from db.store import Store
from db.team import audit, people

LONGEST_IDENTITY = 500


@dataclass(frozen=True)
class Identity:
    """A person whom an identity provider has authenticated."""

    issuer: str
    subject: str
    name: str
    """What the provider calls them; it does not identify them."""


def sign_in(store: Store, name: str) -> Person:
    """Return the active person of that name; add them on their first visit.

    The first to come to a project without an admin becomes its admin.
    """
    name = tidied(name)
    with store.writing():
        person = find_person(store, name)
        broken = broken_rule(name) if person is None or is_gold(name) else None
        if broken is not None:
            raise SignInRefused(broken)
        if person is None:
            person = people.add(store, name, role="annotator" if _has_admin(store) else "admin")
            audit.record(store, person, "person added", {"name": name, "role": person.role})
    if not person.active:
        raise SignInRefused(f"{person.name} can't sign in here; type another name.")
    return person


def sign_in_by_identity(store: Store, identity: Identity, *, welcome: bool) -> Person:
    """Return the active person whom this identity belongs to.

    An unknown one becomes an annotator if everyone is `welcome`, and is refused otherwise.
    """
    person = people.find_identity(store, identity.issuer, identity.subject)
    if person is None and welcome:
        person = _welcome(store, identity)
    if person is None:
        raise SignInRefused(
            "No person in this project has your identity yet. Ask an admin to run "
            f"`whylight person link` with --issuer {identity.issuer} --subject {identity.subject}."
        )
    if not person.active:
        raise SignInRefused(f"{person.name} was deactivated in this project; ask an admin.")
    return person


def _welcome(store: Store, identity: Identity) -> Person:
    with store.writing():
        person = people.find_identity(store, identity.issuer, identity.subject)
        if person is None:  # asked again: another page of theirs may have come first
            person = people.add(store, _free_name(store, identity.name))
            people.set_identity(store, person.id, identity.issuer, identity.subject)
            audit.record(store, person, "person added", {"name": person.name, "issuer": identity.issuer})
    return person


def may_sign_in(store: Store) -> list[Person]:
    """Return the people whom the name picker offers."""
    return [person for person in people.all_of(store) if person.active and not is_gold(person.name)]


def list_people(store: Store, *, actor: Actor) -> list[Person]:
    """Return everyone who can sign in, or could before they were deactivated, by name."""
    check_may_act(store, actor, least="admin")
    return [person for person in people.all_of(store) if not is_gold(person.name)]


def whom_to_ask(store: Store, person: Person) -> str:
    """Return what this person may do here, and whom to ask for more, in a sentence or two."""
    if person.role == "admin":
        return "You are this project's admin: on the page Project you say who else may do what."
    others = listed([name for name in name_admins(store) if name != person.name])
    ask = f"Ask {others}, who is admin, for more." if others else ""
    what = "You annotate here." if person.role == "annotator" else "You annotate here, and see everyone's answers."
    return f"{what} {ask}".strip()


def name_admins(store: Store) -> list[str]:
    """Return the names of the active admins, whom the others can ask."""
    return [person.name for person in _admins(store)]


def acting_person(store: Store, name: str | None) -> Actor:
    """Return the person on whose behalf a command runs, or OWNER without a name; refuse one who may not act."""
    if name is None:
        return OWNER
    person = find_person(store, tidied(name))
    if person is None or is_gold(person.name):
        raise BadPerson(f"The project has no person {name!r} who can act; add them with `whylight person add`.")
    check_may_act(store, person)
    return person


def add_person(store: Store, name: str, *, role: Role = "annotator", actor: Actor) -> Person:
    """Add a person who may sign in from now on; raises AlreadyExists for a name that is taken."""
    name = tidied(name)
    broken = broken_rule(name)
    if broken is not None:
        raise BadPerson(broken)
    with store.writing():
        check_may_act(store, actor, least="admin")
        taken = find_person(store, name)
        if taken is not None:
            raise AlreadyExists(f"A person called {taken.name!r} already exists; choose another name.")
        person = people.add(store, name, role=role)
        audit.record(store, actor, "person added", {"name": name, "role": role})
    return person


def set_active(store: Store, name: str, active: bool, *, actor: Actor) -> Person:
    """Deactivate a person, or let them act again. Their answers stay, and so do the drafts in their browser."""
    with store.writing():
        check_may_act(store, actor, least="admin")
        person = _one_who_signs_in(store, name)
        if not active:
            _refuse_last_admin(store, person)
        if person.active != active:
            people.set_active(store, person.id, active)
            done = "person activated" if active else "person deactivated"
            audit.record(store, actor, done, {"name": person.name})
    return replace(person, active=active)


def set_role(store: Store, name: str, role: Role, *, actor: Actor) -> Person:
    """Change a person's role; a project keeps at least one admin."""
    with store.writing():
        check_may_act(store, actor, least="admin")
        person = _one_who_signs_in(store, name)
        if role != "admin":
            _refuse_last_admin(store, person)
        if person.role != role:
            people.set_role(store, person.id, role)
            audit.record(store, actor, "role changed", {"name": person.name, "role": role})
    return replace(person, role=role)


def link_identity(store: Store, name: str, issuer: str, subject: str, *, actor: Actor) -> Person:
    """Let a person sign in through an identity provider, which calls itself `issuer` and them `subject`."""
    if not 1 <= len(issuer) <= LONGEST_IDENTITY or not 1 <= len(subject) <= LONGEST_IDENTITY:
        raise BadPerson(f"Issuer and subject have 1 to {LONGEST_IDENTITY} characters; give them as the provider does.")
    with store.writing():
        check_may_act(store, actor, least="admin")
        person = _one_who_signs_in(store, name)
        people.set_identity(store, person.id, issuer, subject)
        audit.record(store, actor, "identity linked", {"name": person.name, "issuer": issuer, "subject": subject})
    return replace(person, issuer=issuer, subject=subject)


def find_person(store: Store, name: str) -> Person | None:
    """Return the person of that name, in upper or lower case of any script, or None."""
    return next((person for person in people.all_of(store) if folded(person.name) == folded(name)), None)


def _one_who_signs_in(store: Store, name: str) -> Person:
    person = find_person(store, tidied(name))
    if person is None:
        raise BadPerson(f"The project has no person {name!r}; `whylight person list` shows its people.")
    if is_gold(person.name):
        raise BadPerson(f"{people.GOLD!r} is the name of a file's own answers, not a person who can sign in.")
    return person


def _refuse_last_admin(store: Store, person: Person) -> None:
    if _admins(store) == [person]:
        raise BadPerson(f"{person.name} is the only admin; make another person admin first.")


def _admins(store: Store) -> list[Person]:
    return [person for person in people.all_of(store) if person.role == "admin" and person.active]


def _has_admin(store: Store) -> bool:
    return bool(_admins(store))


def _free_name(store: Store, wanted: str) -> str:
    """Return a valid name that is free: the wanted one, or with a number after it."""
    name = tidied(tidied(wanted)[:LONGEST_NAME])
    name = name if is_valid_name(name) else "Somebody"
    taken = {folded(person.name) for person in people.all_of(store)}
    numbered = (f"{name[: LONGEST_NAME - len(str(number)) - 1].rstrip()} {number}" for number in count(2))
    return next(free for free in chain([name], numbered) if folded(free) not in taken)

"""Ask people to answer a set's sentences next: they come before everything else in their queue.

Sentences that people are given because of that are on record as chosen by a person, so they never count as drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from annotator.errors import BadPerson, BadSet
from annotator.names import is_gold
from annotator.project.people import find_person
from annotator.project.permissions import Actor, check_may_act
from annotator.project.sets import find_set
from db.finding import sets, texts
from db.queue import set_requests
from db.records import id_of
from db.store import Store
from db.team import audit
from db.team.people import all_of as people_of


@dataclass(frozen=True)
class Asked:
    """What was asked for."""

    name: str
    sentences: int
    """Those that come next."""
    left_out: int
    """Those that do not: of dev and test, or with a text that is in those, or with all the answers they need."""
    people: tuple[str, ...]
    """The names of those who are asked; empty for everybody."""


def ask_next(store: Store, name: str, people: Sequence[str] = (), *, actor: Actor) -> Asked:
    """Ask these people, or with no name everybody, to answer the set's open sentences next; return how many that are.

    Anyone who was asked for the set before and is not named is no longer asked. Only sentences of the pool that need an
    answer come; dev and test are answered in random order only. Raises BadSet if none is left, and BadPerson for a
    person who cannot answer.
    """
    with store.writing():
        check_may_act(store, actor, least="researcher")
        asked = find_set(store, name)
        chosen = [_answering(store, person) for person in dict.fromkeys(people)]
        open_now = set_requests.open_members(store, asked.id)
        held_out = texts.held_out_among(store, open_now)
        left = [sentence_id for sentence_id in open_now if sentence_id not in held_out]
        if not left:
            raise BadSet(
                f"No sentence of “{asked.name}” is left to ask for: each is in dev or test, or has its answers."
            )
        set_requests.replace(
            store, asked.id, left, asked_of=[one for one, _ in chosen] or [None], person_id=id_of(actor)
        )
        names = tuple(person for _, person in chosen)
        audit.record(
            store, actor, "set asked for", {"set": asked.name, "of": list(names) or "everybody", "sentences": len(left)}
        )
    return Asked(asked.name, len(left), sets.sizes(store)[asked.id] - len(left), names)


def people_to_ask(store: Store, *, actor: Actor) -> list[str]:
    """Return the names of those who can be asked: all who may answer now."""
    check_may_act(store, actor, least="researcher")
    return [person.name for person in people_of(store) if person.active and not is_gold(person.name)]


def take_back(store: Store, name: str, *, actor: Actor) -> str:
    """Ask no one for a set any more, and return its name; what people have not answered goes back to the queue."""
    with store.writing():
        check_may_act(store, actor, least="researcher")
        asked = find_set(store, name)
        if not set_requests.end_all(store, asked.id, person_id=id_of(actor)):
            raise BadSet(f"No one is asked for “{asked.name}”, so there is nothing to take back.")
        audit.record(store, actor, "set asked for no more", {"set": asked.name})
    return asked.name


def _answering(store: Store, name: str) -> tuple[int, str]:
    person = None if is_gold(name) else find_person(store, name)
    if person is None:
        raise BadPerson(f"The project has no person {name!r}; `whylight person list` shows its people.")
    if not person.active:
        raise BadPerson(f"{person.name} was deactivated and cannot answer; choose another person.")
    return person.id, person.name

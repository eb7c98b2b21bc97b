"""Save what a search finds as a set, which stays as it is, and list, rename and delete sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.errors import BadSet
from annotator.names import label_key, tidied
from annotator.project.permissions import Actor, check_may_act
from db.finding import browse, sets
from db.finding.filters import SentenceFilter
from db.finding.sets import SentenceSet
from db.queue import set_requests
from db.records import id_of
from db.store import Store
from db.team import audit, people

LONGEST_NAME = 100
EVERYBODY = "everybody"


@dataclass(frozen=True)
class ListedSet:
    """A set, how far its sentences are answered, and who is asked for it."""

    id: int
    name: str
    search: Mapping[str, Any]
    saved_by: str | None
    """None for the owner of the file."""
    created_ms: int
    sentences: int
    answered: int
    """Those with an answer that counts."""
    asked_of: tuple[str, ...]
    """The names of those who are to answer it next, or `EVERYBODY`; empty if no one is."""
    to_come: int
    """Those that are still to be answered because of that."""

    @property
    def left(self) -> int:
        """Return how many have no answer that counts."""
        return self.sentences - self.answered


def save_set(store: Store, name: str, chosen: SentenceFilter, search: Mapping[str, Any], *, actor: Actor) -> ListedSet:
    """Save the sentences that a filter finds now, under a name; `search` has what was asked for.

    Raises BadSet for a name that cannot be and for a search that finds nothing, AlreadyExists for a name that is taken.
    """
    check_may_act(store, actor, least="researcher")
    name = read_name(name)
    found = browse.all_ids(store, chosen)
    if not found:
        raise BadSet("This search finds no sentence, so there is nothing to save; change it, and save the set then.")
    with store.writing():
        check_may_act(store, actor, least="researcher")
        saved = sets.add(store, found, name=name, key=label_key(name), search=search, person_id=id_of(actor))
        audit.record(store, actor, "set saved", {"set": name, "sentences": len(found), "search": dict(search)})
    return _listed(store, [saved])[0]


def list_sets(store: Store, *, actor: Actor) -> list[ListedSet]:
    """Return all sets, the newest first."""
    check_may_act(store, actor, least="researcher")
    return _listed(store, sets.all_of(store))


def set_names(store: Store, *, actor: Actor) -> list[str]:
    """Return the names of all sets, the newest first, without counting anything."""
    check_may_act(store, actor, least="researcher")
    return [one.name for one in sets.all_of(store)]


def rename_set(store: Store, name: str, new_name: str, *, actor: Actor) -> str:
    """Give a set another name, and return it tidied."""
    with store.writing():
        check_may_act(store, actor, least="researcher")
        renamed, new_name = find_set(store, name), read_name(new_name)
        sets.rename(store, renamed.id, name=new_name, key=label_key(new_name))
        audit.record(store, actor, "set renamed", {"set": renamed.name, "to": new_name})
    return new_name


def delete_set(store: Store, name: str, *, actor: Actor) -> str:
    """Delete a set and take back what was asked for it; return its name. Answers to its sentences stay."""
    with store.writing():
        check_may_act(store, actor, least="researcher")
        deleted = find_set(store, name)
        sets.delete(store, deleted.id, person_id=id_of(actor))
        audit.record(store, actor, "set deleted", {"set": deleted.name})
    return deleted.name


def search_in_words(search: Mapping[str, Any]) -> str:
    """Return what was asked for when a set was saved, in words."""
    parts = [
        words.format(search[name])
        for name, words in _IN_WORDS.items()
        if search.get(name) is not None and search[name] is not False
    ]
    if search.get("answered") is False:
        parts.append("not answered")
    return ", ".join(parts) or "every sentence"


_IN_WORDS = {
    "search": "“{}”",
    "split": "split {}",
    "label": "label {}",
    "person": "answered by {}",
    "answered": "answered",
    "disagreement": "disagreement",
    "flagged": "flagged",
    "set_name": "set “{}”",
    "tag": "tag {}",
    "model": "model {}",
    "changed_since": "changed since round {}",
    "round": "by round {}",
}
"""What each filter of a search is called, in the order in which they are named."""


def find_set(store: Store, name: str) -> SentenceSet:
    """Return the set of that name, whatever its case; raise BadSet if there is none."""
    found = sets.find(store, label_key(name))
    if found is None:
        raise BadSet(f"The project has no set {tidied(name)!r}; `whylight set list` shows its sets.")
    return found


def read_name(name: str) -> str:
    """Return a set's name, tidied; raise BadSet for one that cannot be."""
    name = tidied(name)
    if not label_key(name):
        raise BadSet("A set needs a name; type one, such as what its sentences have in common.")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise BadSet(f"A set's name has at most {LONGEST_NAME} printable characters; choose another one.")
    return name


def _listed(store: Store, chosen: Sequence[SentenceSet]) -> list[ListedSet]:
    sizes, answered = sets.sizes(store), sets.answered(store)
    names = {person.id: person.name for person in people.all_of(store)}
    return [
        ListedSet(
            id=one.id,
            name=one.name,
            search=one.search,
            saved_by=names.get(one.person_id or 0),
            created_ms=one.created_ms,
            sentences=sizes.get(one.id, 0),
            answered=answered.get(one.id, 0),
            asked_of=_asked_of(store, one.id, names),
            to_come=set_requests.count_left(store, one.id),
        )
        for one in chosen
    ]


def _asked_of(store: Store, set_id: int, names: Mapping[int, str]) -> tuple[str, ...]:
    asked = [request.asked_of for request in set_requests.live(store, set_id=set_id)]
    return tuple(EVERYBODY if one is None else names[one] for one in reversed(asked))

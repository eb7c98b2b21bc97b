"""What a project has apart from sentences and answers: labels, sets, rules for words and guidelines.

The project that others are merged into comes first: what it says is never changed, only what it lacks is added.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count, islice
from typing import Literal

from annotator.errors import CannotMerge
from annotator.names import label_key
from annotator.project.guidelines import current, write_guidelines
from annotator.project.labels import add_label, by_any_name, retire_label, set_colour
from annotator.project.people import find_person
from annotator.project.permissions import Actor
from annotator.project.sets import LONGEST_NAME
from db.corpus import sentences
from db.finding import sets
from db.finding.sets import SentenceSet
from db.records import Label
from db.store import Store
from db.team import audit, people, project, word_rules

_MOST_NAMES = 1000
"""Names that are tried for a set before one of them is free."""


@dataclass(frozen=True)
class Around:
    """What a merge added, by name, and how the guidelines compare."""

    labels: tuple[str, ...]
    sets: tuple[str, ...]
    """The names that they have now: another than before where the project has a set of that name."""
    word_rules: tuple[str, ...]
    guidelines: Literal["same", "taken", "different"]

    @property
    def brought(self) -> bool:
        """Return whether anything was added."""
        return bool(self.counts())

    def counts(self) -> dict[str, int]:
        """Return how much was added of each kind, apart from nothing, for the audit."""
        found = {"labels": len(self.labels), "sets": len(self.sets), "rules": len(self.word_rules)}
        found["guidelines"] = int(self.guidelines == "taken")
        return {what: number for what, number in found.items() if number}


def merge_labels(store: Store, other: Store, *, source: str, actor: Actor) -> tuple[str, ...]:
    """Add the labels that the project lacks, and return their names.

    Raises CannotMerge for one that takes a rationale in one project only: answers would mean different things.
    """
    known = {label_key(name): label for name, label in by_any_name(project.labels(store)).items()}
    theirs = project.labels(other)
    for label in theirs:
        _check_same(label, known.get(label_key(label.name)), source)
    added = [label for label in theirs if label_key(label.name) not in known]
    for label in added:
        add_label(store, label.name, takes_rationale=label.takes_rationale, actor=actor)
        set_colour(store, label.name, label.colour, actor=actor)
        if label.retired:
            retire_label(store, label.name, actor=actor)
    return tuple(label.name for label in added)


def merge_around(store: Store, other: Store, labels: tuple[str, ...], stem: str, *, actor: Actor) -> Around:
    """Add the sets and rules that the project lacks, and its guidelines if it has none; `labels` were added before."""
    saved = [_merge_set(store, other, one, stem, actor) for one in reversed(sets.all_of(other))]
    return Around(
        labels=labels,
        sets=tuple(name for name in saved if name is not None),
        word_rules=tuple(_merge_rules(store, other, actor)),
        guidelines=_merge_guidelines(store, other, actor),
    )


def _check_same(label: Label, known: Label | None, source: str) -> None:
    if known is None or known.takes_rationale == label.takes_rationale:
        return
    takes, takes_none = ("this project", source) if known.takes_rationale else (source, "this project")
    raise CannotMerge(
        f"The label {label.name!r} takes a rationale in {takes} and none in {takes_none}, so their answers mean "
        "different things; nothing was changed."
    )


def _merge_set(store: Store, other: Store, one: SentenceSet, stem: str, actor: Actor) -> str | None:
    """Save the set under a free name, and return it; None if the project has the same set under one of these names."""
    members = _members_here(store, other, one.id)
    for name in _names(one.name, stem):
        taken = sets.find(store, label_key(name))
        if taken is None:
            break
        if sets.member_ids(store, taken.id) == members:
            return None
    else:
        raise CannotMerge(f"The project has too many sets called {one.name!r}; rename some, and merge again.")
    with store.writing():
        sets.add(store, members, name=name, key=label_key(name), search=one.search, person_id=_here(store, other, one))
        audit.record(store, actor, "set saved", {"set": name, "sentences": len(members), "from": stem})
    return name


def _names(name: str, stem: str) -> Sequence[str]:
    """Return the names that a set may get: its own, or with the name of its project, and with a number."""
    numbered = (f" ({stem} {number})" for number in count(2))
    endings = chain(["", f" ({stem})"], numbered)
    return [name[: LONGEST_NAME - len(ending)] + ending for ending in islice(endings, _MOST_NAMES)]


def _members_here(store: Store, other: Store, set_id: int) -> list[int]:
    ids = list(sentences.external_ids(other, sets.member_ids(other, set_id)).values())
    return sorted(sentence.id for sentence in sentences.find(store, ids).values())


def _here(store: Store, other: Store, one: SentenceSet) -> int | None:
    """Return the person of this project who has the name of the one who saved the set, or None."""
    by = None if one.person_id is None else people.read(other, one.person_id)
    person = None if by is None else find_person(store, by.name)
    return None if person is None else person.id


def _merge_rules(store: Store, other: Store, actor: Actor) -> list[str]:
    """Add the rules for words about which the project has never said anything, and return the words."""
    known = word_rules.words(store)
    lacking = [rule for rule in word_rules.applying(other) if rule.word not in known]
    with store.writing():
        for rule in lacking:
            person = None if rule.person is None else find_person(store, rule.person)
            word_rules.add(store, rule.word, applies=True, person_id=None if person is None else person.id)
            audit.record(store, actor, "word rule added", {"word": rule.word})
    return [rule.word for rule in lacking]


def _merge_guidelines(store: Store, other: Store, actor: Actor) -> Literal["same", "taken", "different"]:
    ours, theirs = current(store), current(other)
    if theirs is None or (ours is not None and ours.text == theirs.text):
        return "same"
    if ours is not None:
        return "different"
    write_guidelines(store, theirs.text, actor=actor)
    return "taken"

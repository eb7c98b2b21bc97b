"""Find sentences by their split, their answers and their words."""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from annotator.errors import BadFilter
from annotator.project.people import find_person
from annotator.project.permissions import Actor, check_may_act
from annotator.project.sets import find_set
from annotator.project.tags import read_tag
from annotator.reviewing.history import sentence_history
from db.answers import annotations
from db.corpus import sentences
from db.finding import browse, sets, tags
from db.finding.browse import Found
from db.finding.filters import SentenceFilter
from db.queue import queue_entries
from db.records import SPLITS, Annotation, Person, Sentence, Split
from db.store import Store
from db.team import people, project
from learner.data.split_names import split_of
from learner.data.tokenizer import tokenize

PAGE_SIZE = 25
MOST_COUNTED = 10_000
LONGEST_SEARCH = 500
LONGEST_SHOWN = 400
"""Characters of a sentence that a list shows; the sentence's own page shows all."""


def choose(
    store: Store,
    *,
    split: str | None = None,
    label: str | None = None,
    person: str | None = None,
    answered: bool | None = None,
    disagreement: bool = False,
    flagged: bool = False,
    search: str = "",
    among: Sequence[int] | None = None,
    set_name: str | None = None,
    tag: str | None = None,
) -> SentenceFilter:
    """Return the filter for these names and this text; raises BadFilter for a filter that cannot be.

    The search takes the text as it is, never as query syntax: its words one after the other, whatever
    is between them and whatever their case and accents; the last may be only the beginning of a word.
    A text without any letter or digit is searched for literally. `among` names sentences by id, in order.
    Raises BadSet for a set that does not exist, and BadTag for a word that cannot be a tag.
    """
    if answered is False and (label is not None or disagreement):
        raise BadFilter("A sentence without answers has no label and no disagreement; ask for one or the other.")
    words, literal = search_terms(search)
    return SentenceFilter(
        split=_split(split),
        label=_label(store, label),
        person=_person(store, person),
        answered=answered,
        disagreement=disagreement,
        flagged=flagged,
        words=words,
        literal=literal,
        among=None if among is None else tuple(among),
        set_id=None if set_name is None else find_set(store, set_name).id,
        tag=None if tag is None else read_tag(tag),
    )


def list_sentences(
    store: Store, chosen: SentenceFilter, *, after_id: int = 0, actor: Actor
) -> tuple[list[dict[str, Any]], int | None]:
    """Return the next sentences after that id, as a list draws them, and the id to continue after, or None."""
    check_may_act(store, actor, least="researcher")
    found, continue_after = browse.page(store, chosen, after_id=after_id, size=PAGE_SIZE)
    ids = [sentence.id for sentence in found]
    log, tagged = annotations.of_sentences(store, ids), tags.of_sentences(store, ids)
    names = {person.id: person.name for person in people.all_of(store)}
    labels = [label.name for label in project.labels(store)]
    rows = [_listed(sentence, log[sentence.id], names, labels) for sentence in found]
    return [row | {"tags": tagged.get(row["sentence_id"], [])} for row in rows], continue_after


def count_sentences(store: Store, chosen: SentenceFilter, *, actor: Actor) -> Found:
    """Count the sentences that match, as far as that is quick."""
    check_may_act(store, actor, least="researcher")
    return browse.count(store, chosen, at_most=MOST_COUNTED)


def describe_sentence(store: Store, external_id: str, *, actor: Actor) -> dict[str, Any]:
    """Return one sentence with its words, its metadata, every answer to it, who holds it, and why rounds chose it."""
    history = sentence_history(store, external_id, actor=actor)
    sentence = sentences.find(store, [external_id])[external_id]
    chosen = [asdict(one) for one in queue_entries.of_sentence(store, sentence.id)]
    drawn = {"starts": list(sentence.starts), "query": sentence.query, "metadata": sentence.metadata}
    named = {
        "tags": tags.of_sentences(store, [sentence.id]).get(sentence.id, []),
        "sets": sets.names_of(store, sentence.id),
    }
    return history | drawn | named | {"chosen": chosen}


def choices(store: Store, *, actor: Actor) -> tuple[list[str], list[str]]:
    """Return the names of the labels and of the people that a filter can name."""
    check_may_act(store, actor, least="researcher")
    return [label.name for label in project.labels(store)], [person.name for person in people.all_of(store)]


def _listed(sentence: Sentence, log: list[Annotation], names: dict[int, str], labels: list[str]) -> dict[str, Any]:
    text, people_by_label = sentence.text, defaultdict[str, list[str]](list)
    for answer in log:
        if answer.label is not None and answer.has_a_vote and not answer.superseded:
            people_by_label[labels[answer.label]].append(names[answer.person_id])
    return {
        "sentence_id": sentence.id,
        "id": sentence.external_id,
        "split": sentence.split,
        "text": text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…",
        "answers": [{"label": label, "people": people} for label, people in people_by_label.items()],
        "disagreement": len(people_by_label) > 1,
    }


def _split(name: str | None) -> Split | None:
    """Return the split that a name means: the pool is `train` in exports, and files call dev `validation`."""
    if name is None:
        return None
    meant = split_of(name)
    split = next((split for split in SPLITS if split == (meant if meant != "train" else "pool")), None)
    if split is None:
        raise BadFilter(f"There is no split {name!r}; choose one of {', '.join(SPLITS)}.")
    return split


def _label(store: Store, name: str | None) -> int | None:
    known = project.labels(store)
    for label in known:
        if label.name == name:
            return label.index
    if name is not None:
        raise BadFilter(f"There is no label {name!r}; choose one of {', '.join(label.name for label in known)}.")
    return None


def _person(store: Store, name: str | None) -> int | None:
    if name is None:
        return None
    person: Person | None = find_person(store, name)
    if person is None:
        raise BadFilter(f"The project has no person {name!r}; `whylight person list` shows its people.")
    return person.id


def search_terms(search: str) -> tuple[tuple[str, ...], str]:
    """Return the words to search for or, if there are none, the text to search for literally."""
    if len(search) > LONGEST_SEARCH:
        raise BadFilter(f"A search has at most {LONGEST_SEARCH} characters, and this has {len(search)}; shorten it.")
    # No sentence can hold U+0000 or half a pair of surrogates, but a terminal can pass them in.
    search = search.replace("\0", " ").encode("utf-8", "replace").decode()
    words = tuple(token.text for token in tokenize(search) if any(map(_is_in_words, token.text)))
    return words, "" if words else search.strip()


def _is_in_words(character: str) -> bool:
    """Return whether the full-text index keeps the character: a letter, a digit, or one of private use."""
    return unicodedata.category(character)[0] in "LN" or unicodedata.category(character) == "Co"

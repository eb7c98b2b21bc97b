"""The sentences with a word, and a person's own marks on it: that it must not matter there, and the way back.

Only the pool is shown: sentences of dev and test, and texts that are also there, never are. A mark is a new answer
of that person, which supersedes their last one; everything else in it stays as it was.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from annotator.answering.queue import Receipt, submit
from annotator.errors import CannotMark
from annotator.project.permissions import check_may_act
from annotator.reviewing.browsing import search_terms
from db import annotations, browse, picks, project, sentences, texts
from db.records import Annotation, Label, NewAnnotation, OwnWork, Person, Sentence, SentenceFilter
from db.store import Store

PAGE_SIZE = 10
_AT_A_TIME = 100
_MOST_READ = 2_000
"""Candidates that are read for a page; the index of words also finds words that only begin with this one."""


@dataclass(frozen=True)
class OwnSentence:
    """A sentence with the word that the person has answered."""

    sentence: Sentence
    answer: Annotation
    label: Label
    places: tuple[int, ...]
    """Where the word is among the tokens."""

    @property
    def is_marked(self) -> bool:
        """Return whether the answer says of the word, wherever it is, that it must not matter."""
        return self.answer.marks is not None and all(self.answer.marks[place] == "-" for place in self.places)

    @property
    def takes_marks(self) -> bool:
        """Return whether a click can mark the word: marks were asked for, and the label is in use."""
        return self.answer.marks is not None and self.label.takes_rationale and not self.label.retired


@dataclass(frozen=True)
class WordSentences:
    """Sentences of the pool with a word."""

    word: str
    own: tuple[OwnSentence, ...]
    """Those that the person answered, newest answer first."""
    next_before: int | None
    """The answer to continue before; None at the end."""
    open: tuple[Sentence, ...]
    """The first of those that they have not answered, and could."""


def sentences_with_word(store: Store, person: Person, word: str, *, before: int | None = None) -> WordSentences:
    """Return the pool sentences in which this word occurs, in any case: the person's own, and some open ones."""
    check_may_act(store, person, least="researcher")
    held_out = texts.pool_held_out_elsewhere(store)
    own, next_before = _own(store, person, word, held_out, before)
    return WordSentences(word, tuple(own), next_before, tuple(_open(store, person, word, held_out)))


def must_not_matter(store: Store, person: Person, external_id: str, word: str) -> Receipt:
    """Mark every occurrence of the word in the person's answer as one that must not matter."""
    with store.writing():
        own = _find(store, person, external_id, word)
        return _answer_again(store, person, own, dict.fromkeys(own.places, "-"))


def take_back(store: Store, person: Person, external_id: str, word: str) -> Receipt:
    """Give the word the marks that it had before it was marked, or none; nothing else in the answer changes."""
    with store.writing():
        own = _find(store, person, external_id, word)
        return _answer_again(store, person, own, _earlier_marks(store, own))


def places_of(word: str, tokens: Sequence[str]) -> tuple[int, ...]:
    """Return where a word is among the tokens, whatever its case."""
    return tuple(place for place, token in enumerate(tokens) if token.lower() == word.lower())


def _own(
    store: Store, person: Person, word: str, held_out: set[int], before: int | None
) -> tuple[list[OwnSentence], int | None]:
    labels, found = project.labels(store), list[OwnSentence]()
    for answer, sentence in _own_answers(store, person, word, before):
        places = places_of(word, sentence.tokens)
        if answer.label is None or sentence.split != "pool" or sentence.id in held_out or not places:
            continue
        if len(found) == PAGE_SIZE:
            return found, found[-1].answer.id
        found.append(OwnSentence(sentence, answer, labels[answer.label], places))
    return found, None


def _own_answers(store: Store, person: Person, word: str, before: int | None) -> Iterator[tuple[Annotation, Sentence]]:
    """Yield the person's answers to sentences that the index finds for the word, newest first."""
    words, literal = search_terms(word)
    wanted = OwnWork(kind="answer", words=words, literal=literal)
    while answers := annotations.of_person(store, person.id, before=before, limit=_AT_A_TIME, wanted=wanted):
        by_id = {one.id: one for one in sentences.of_ids(store, [answer.sentence_id for answer in answers])}
        yield from ((answer, by_id[answer.sentence_id]) for answer in answers)
        before = answers[-1].id


def _open(store: Store, person: Person, word: str, held_out: set[int]) -> list[Sentence]:
    words, literal = search_terms(word)
    wanted = SentenceFilter(split="pool", person=person.id, answered=False, words=words, literal=literal)
    found, after_id, read = list[Sentence](), 0, 0
    while len(found) < PAGE_SIZE and read < _MOST_READ:
        page, resume_after = browse.page(store, wanted, after_id=after_id, size=_AT_A_TIME)
        can_be_picked = picks.can_be_picked(store, person.id, [sentence.id for sentence in page])
        found += [one for one in page if one.id in can_be_picked - held_out and places_of(word, one.tokens)]
        if resume_after is None:
            break
        after_id, read = resume_after, read + len(page)
    return found[:PAGE_SIZE]


def _find(store: Store, person: Person, external_id: str, word: str) -> OwnSentence:
    """Return the person's answer to the sentence as it is now, if a click can mark this word in it."""
    check_may_act(store, person, least="researcher")
    sentence = sentences.find(store, [external_id]).get(external_id)
    answer = None if sentence is None else annotations.newest(store, sentence.id, person.id)
    if sentence is None or answer is None or answer.kind != "answer" or answer.label is None:
        raise CannotMark(f"You have not answered {external_id!r}; answer it first.")
    own = OwnSentence(sentence, answer, project.labels(store)[answer.label], places_of(word, sentence.tokens))
    if sentence.split != "pool" or not own.places:
        raise CannotMark(f"{external_id!r} is no pool sentence with the word {word!r}; nothing was marked.")
    if not own.takes_marks:
        raise CannotMark(f"Your answer to {external_id!r} has no marks; open it to answer again.")
    return own


def _answer_again(store: Store, person: Person, own: OwnSentence, marks: dict[int, str]) -> Receipt:
    before, given = own.answer, own.answer.marks or ""
    # What an import observed names rounds and guidelines of another project.
    saw = None if before.import_id is not None else before.observed.saliency_round
    read = None if before.import_id is not None else before.observed.guidelines_version
    not_timed = replace(before.observed, seconds=None, seconds_to_first_mark=None, edits=None, shown=None)
    new = NewAnnotation(
        sentence_id=own.sentence.id,
        person_id=person.id,
        kind="answer",
        submission_key=uuid.uuid4().hex,
        label=before.label,
        marks="".join(marks.get(place, mark) for place, mark in enumerate(given)),
        observed=replace(not_timed, saliency_round=saw, guidelines_version=read),
    )
    receipt = submit(store, person, new)
    if receipt.state == "rejected":
        raise CannotMark(receipt.message)
    return receipt


def _earlier_marks(store: Store, own: OwnSentence) -> dict[int, str]:
    """Return the word's marks in the person's newest answer with the same label in which it was not marked all over."""
    log = annotations.of_sentences(store, [own.sentence.id])[own.sentence.id]
    for earlier in reversed([one for one in log if one.person_id == own.answer.person_id and one.marks is not None]):
        was = replace(own, answer=earlier)
        if earlier.label == own.answer.label and not was.is_marked:
            return {place: (earlier.marks or "")[place] for place in own.places}
    return dict.fromkeys(own.places, ".")

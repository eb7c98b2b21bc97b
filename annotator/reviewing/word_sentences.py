"""The sentences with a word, and a person's own marks on it: that it must not matter there, and the way back.

Only the pool is shown: sentences of dev and test, and texts that are also there, never are. A mark is a new answer
of that person, which supersedes their last one; everything else in it stays as it was.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from annotator.answering.queue import Receipt, submit
from annotator.errors import CannotMark
from annotator.project.permissions import check_may_act
from annotator.reviewing.browsing import search_terms
from db.answers import annotations
from db.corpus import sentences
from db.finding import browse, texts
from db.finding.filters import SentenceFilter
from db.queue import picks
from db.records import Annotation, Label, NewAnnotation, Observed, Person, Sentence
from db.store import Store
from db.team import project

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
    """Those that the person answered, in the order of the file."""
    next_after: int | None
    """The sentence to continue after; None at the end."""
    open: tuple[Sentence, ...]
    """The first of those that they have not answered, and could."""


def sentences_with_word(store: Store, person: Person, word: str, *, after: int = 0) -> WordSentences:
    """Return the pool sentences in which this word occurs, in any case: the person's own, and some open ones."""
    check_may_act(store, person, least="researcher")
    own, next_after = _own(store, person, word, after)
    return WordSentences(word, tuple(own), next_after, tuple(_open(store, person, word)))


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


def still_observed(before: Annotation) -> Observed:
    """Return what was observed of an answer and is still so of one that only marks other words.

    Only what is named here stays: how long it took, and any fact that comes later, belongs to the answer before.
    """
    seen = before.observed
    # What an import observed names rounds and guidelines of another project.
    is_ours = before.import_id is None
    return Observed(
        saliency_round=seen.saliency_round if is_ours else None,
        marks_at_reveal=seen.marks_at_reveal,
        note=seen.note,
        guidelines_version=seen.guidelines_version if is_ours else None,
        flagged=seen.flagged,
        suggestion=seen.suggestion,
    )


def _own(store: Store, person: Person, word: str, after: int) -> tuple[list[OwnSentence], int | None]:
    labels, found = project.labels(store), list[OwnSentence]()
    wanted = replace(_with_word(word), person=person.id, answered=True)
    for sentence in _pool_sentences(store, wanted, word, after):
        if len(found) == PAGE_SIZE:
            return found, found[-1].sentence.id
        answer = annotations.newest(store, sentence.id, person.id)
        if answer is not None and answer.label is not None:
            found.append(OwnSentence(sentence, answer, labels[answer.label], places_of(word, sentence.tokens)))
    return found, None


def _open(store: Store, person: Person, word: str) -> list[Sentence]:
    wanted = replace(_with_word(word), person=person.id, answered=False)
    found = _pool_sentences(store, wanted, word, 0)
    return list(islice((one for one in found if picks.can_be_picked(store, person.id, one.id)), PAGE_SIZE))


def _with_word(word: str) -> SentenceFilter:
    words, literal = search_terms(word)
    return SentenceFilter(split="pool", words=words, literal=literal)


def _pool_sentences(store: Store, wanted: SentenceFilter, word: str, after_id: int) -> Iterator[Sentence]:
    """Yield the sentences that pass and have the word, by id, without texts that are also in dev or test."""
    held_out, read = texts.pool_held_out_elsewhere(store), 0
    resume_after: int | None = after_id
    while resume_after is not None and read < _MOST_READ:
        page, resume_after = browse.page(store, wanted, after_id=resume_after, size=_AT_A_TIME)
        read += max(1, len(page))
        yield from (one for one in page if one.id not in held_out and places_of(word, one.tokens))


def _find(store: Store, person: Person, external_id: str, word: str) -> OwnSentence:
    """Return the person's answer to the sentence as it is now, if a click can mark this word in it."""
    check_may_act(store, person, least="researcher")
    sentence = sentences.find(store, [external_id]).get(external_id)
    answer = None if sentence is None else annotations.newest(store, sentence.id, person.id)
    if sentence is None or answer is None or answer.kind != "answer" or answer.label is None:
        raise CannotMark(f"You have not answered {external_id!r}; answer it first.")
    own = OwnSentence(sentence, answer, project.labels(store)[answer.label], places_of(word, sentence.tokens))
    if sentence.split != "pool" or not own.places:
        raise CannotMark(f"{external_id!r} is not a pool sentence with the word {word!r}; nothing was marked.")
    if not own.takes_marks:
        raise CannotMark(f"Your answer to {external_id!r} has no marks; open it to answer again.")
    return own


def _answer_again(store: Store, person: Person, own: OwnSentence, marks: dict[int, str]) -> Receipt:
    before, given = own.answer, own.answer.marks or ""
    new = NewAnnotation(
        sentence_id=own.sentence.id,
        person_id=person.id,
        kind="answer",
        submission_key=uuid.uuid4().hex,
        label=before.label,
        marks="".join(marks.get(place, mark) for place, mark in enumerate(given)),
        observed=still_observed(before),
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

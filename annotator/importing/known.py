"""What the project already has of a chunk of a file's rows."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from annotator.formats.rows import SentenceRow
from annotator.putting_right.carrying import Carrying, carried_key, to_carry
from db.answers import annotations
from db.corpus import corrections, removals, sentences
from db.finding import tags
from db.queue import asked_again
from db.queue.asked_again import Asked
from db.records import Annotation, Sentence
from db.store import Store
from db.team import people


@dataclass(frozen=True)
class Known:
    """What the project already has of some rows."""

    sentences: dict[str, Sentence]
    answers: dict[int, list[Annotation]]
    people: dict[int, str]
    asked: dict[int, list[Asked]]
    tags: dict[int, list[str]]
    removed: AbstractSet[str] = frozenset()
    """The ids of sentences that were removed for good."""
    corrected: AbstractSet[str] = frozenset()
    """The ids of sentences whose text was corrected."""
    carried: dict[int, set[str]] = field(default_factory=dict)
    """By sentence, the keys of answers that an older text had, also of what became of them."""

    @classmethod
    def read(cls, store: Store, external_ids: Sequence[str]) -> "Known":
        """Look up the sentences with these ids, and all answers to them."""
        found = sentences.find(store, external_ids)
        ids = [sentence.id for sentence in found.values()]
        names = {person.id: person.name for person in people.all_of(store)}
        answers, asked = annotations.of_sentences(store, ids), asked_again.of_sentences(store, ids)
        gone = removals.removed_among(store, external_ids), removals.corrected_among(store, external_ids)
        carried = corrections.keys_of_carried(store, ids)
        return cls(found, answers, names, asked, tags.of_sentences(store, ids), *gone, carried=carried)

    def with_text(self, external_id: str, carried: Carrying, token_hash: bytes) -> "Known":
        """Return what the project will have once the words of this sentence are where `carried` says."""
        log = self.answers[self.sentences[external_id].id]
        keys = {one.submission_key for one in log}
        answers = [
            replace(one, marks=carried.marks(one.marks), submission_key=carried_key(one.submission_key, token_hash))
            for one in to_carry(log)
        ]
        keys |= {one.submission_key for one in answers} | self.carried_keys(external_id)
        number = self.sentences[external_id].id
        return replace(self, answers=self.answers | {number: answers}, carried=self.carried | {number: keys})

    def carried_keys(self, external_id: str) -> set[str]:
        """Return the keys of answers that an older text of one sentence had, also of what became of them."""
        sentence = self.sentences.get(external_id)
        return self.carried.get(sentence.id, set()) if sentence else set()

    def is_outdated(self, external_id: str, row: SentenceRow) -> bool:
        """Return whether a row has another text than its sentence, whose text was corrected: the file is older."""
        stored = self.sentences.get(external_id)
        is_same = stored is not None and (row.text, row.query) == (stored.text, stored.query)
        return external_id in self.corrected and not is_same

    def answers_to(self, external_id: str) -> list[tuple[str, Annotation]]:
        """Return the answers to one sentence with the names of their people, oldest first."""
        sentence = self.sentences.get(external_id)
        stored = self.answers[sentence.id] if sentence else []
        return [(self.people[answer.person_id], answer) for answer in stored]

    def asked_about(self, external_id: str) -> list[Asked]:
        """Return what was asked again about one sentence, oldest first."""
        sentence = self.sentences.get(external_id)
        return self.asked.get(sentence.id, []) if sentence else []

    def lacking_tags(self, external_id: str, given: Sequence[str]) -> list[str]:
        """Return those of these tags that one sentence does not have."""
        sentence = self.sentences.get(external_id)
        has = self.tags.get(sentence.id, ()) if sentence else ()
        return [tag for tag in given if tag not in has]

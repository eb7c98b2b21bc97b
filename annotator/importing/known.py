"""What the project already has of a chunk of a file's rows."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from annotator.formats.rows import SentenceRow
from db import annotations, asked_again, people, removals, sentences, tags
from db.asked_again import Asked
from db.records import Annotation, Sentence
from db.store import Store


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

    @classmethod
    def read(cls, store: Store, external_ids: Sequence[str]) -> "Known":
        """Look up the sentences with these ids, and all answers to them."""
        found = sentences.find(store, external_ids)
        ids = [sentence.id for sentence in found.values()]
        names = {person.id: person.name for person in people.all_of(store)}
        answers, asked = annotations.of_sentences(store, ids), asked_again.of_sentences(store, ids)
        gone = removals.removed_among(store, external_ids), removals.corrected_among(store, external_ids)
        return cls(found, answers, names, asked, tags.of_sentences(store, ids), *gone)

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

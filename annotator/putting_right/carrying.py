"""Which marks of an answer hold after its sentence's text was corrected: those on words that are still there."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from annotator.names import origin_in
from db.records import Annotation, Observed


@dataclass(frozen=True)
class Carrying:
    """Where each word of the old text is in the new one."""

    places: dict[int, int]
    """Old word → new word, both by index; those that are gone are left out."""
    words: int
    """How many the new text has."""
    gone: frozenset[str]
    """Words, in one case, that the old text had and the new one has not."""

    def marks(self, marks: str | None) -> str | None:
        """Return marks for the new words; None without marks, or if a marked word is gone."""
        marked = {place: sign for place, sign in enumerate(marks or "") if sign != "."}
        if marks is None or not marked.keys() <= self.places.keys():
            return None
        signs = {self.places[place]: sign for place, sign in marked.items()}
        return "".join(signs.get(place, ".") for place in range(self.words))

    def loses_marks_of(self, answer: Annotation) -> bool:
        """Return whether an answer has marks that cannot be carried."""
        return answer.marks is not None and self.marks(answer.marks) is None

    def quotes(self, text: str | None) -> bool:
        """Return whether a text has a word that was taken out."""
        return not self.gone.isdisjoint(_folded((text or "").split()))

    def metadata(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return metadata without the fields that have a word which was taken out."""
        return {name: value for name, value in fields.items() if not self.quotes(str(value))}

    def observed(self, observed: Observed) -> Observed:
        """Return what was observed of an answer, without what points at words or quotes words that are gone."""
        return replace(
            observed,
            marks_at_reveal=self.marks(observed.marks_at_reveal),
            suggestion=self._suggestion(observed.suggestion),
            note=None if self.quotes(observed.note) else observed.note,
        )

    def _suggestion(self, seen: dict[str, Any] | None) -> dict[str, Any] | None:
        if seen is None or not set(seen["words"]) <= self.places.keys():
            return None
        return seen | {"words": [self.places[word] for word in seen["words"]]}


def carrying(before: Sequence[str], after: Sequence[str], *, taken_out: Sequence[str] = ()) -> Carrying:
    """Return where the words of the old text are in the new one, whatever their case; `taken_out` are gone as well."""
    old, new = [word.casefold() for word in before], [word.casefold() for word in after]
    places = {
        block.a + step: block.b + step
        for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        for step in range(block.size)
    }
    gone = (_folded(before) | _folded(taken_out)) - _folded(after)
    return Carrying(places, len(after), frozenset(gone))


def to_carry(log: Iterable[Annotation]) -> list[Annotation]:
    """Return each person's newest answer, decision or skip, without decisions that do not hold, oldest first."""
    return [one for one in log if not one.superseded and not one.withdrawn and one.kind != "withdrawn"]


def carried_key(key: str, token_hash: bytes) -> str:
    """Return the key of an answer after its sentence got the text with this hash: the same in every project."""
    digest = hashlib.sha256(f"{key}\0".encode() + token_hash).hexdigest()[:32]
    return f"{origin_in(key)}carried-{digest}"


def _folded(words: Sequence[str]) -> set[str]:
    """Return words in one case and without the punctuation around them."""
    bare = {"".join(filter(str.isalnum, word.casefold())) for word in words}
    return bare - {""}

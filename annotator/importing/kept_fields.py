"""Fields that an import only keeps as metadata, and what they look like, so that nothing is ignored silently."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from annotator.formats.answers.verdict import is_verdict
from annotator.formats.files.strict_json import part_or_text
from annotator.formats.likely_fields import is_like_id
from annotator.formats.rows import MOST_TOKENS, SentenceRow
from annotator.formats.tools.predictions import are_predictions
from learner.data.split_names import split_of

Likeness = Literal["marks", "an answer", "who answered", "a split", "an id", ""]

MOST_FIELDS = 1_000
"""The most fields that are counted; a file with more of them is odd enough to be checked by hand."""
LONGEST_EXAMPLE = 60
LONGEST_NAME = 80

_CHUNK_TAG = re.compile(r"O|[BIESLU]-\S+")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SIGNS = ("0", "1", "+", "-", ".")
_STARTS, _ENDS = ("start", "start_offset", "token_start", "begin"), ("end", "end_offset", "token_end", "stop")

_NAMES: Mapping[Likeness, re.Pattern[str]] = {
    "marks": re.compile(
        "spans?|rationales?|highlight(s|ed)?|evidences?|entity|entities|ents|ner|tags?|masks?|marks?|marked|bio|iob|"
        "explanations?|attention|saliency|z"
    ),
    "who answered": re.compile("ann|annotators?|coders?|raters?|workers?|persons?|judges?|session"),
    "an answer": re.compile(
        "labels?|class|classes|annotations?|answers?|accept(ed)?|options?|choices?|codes?|responses?|predictions?|"
        "suggestions?|gold|verdict|cats|category|categories|status|state|rejected|skipped"
    ),
    "a split": re.compile("splits?|partition|subset|fold"),
}


@dataclass(frozen=True)
class KeptField:
    """A field of the file that has no meaning here; `looks_like` says what it may have been meant as."""

    name: str
    count: int
    """Lines with this field."""
    looks_like: Likeness
    line: int
    """The first line with it, or with a value that looks like that."""
    example: str


class _Seen:
    """What was seen of one field so far."""

    def __init__(self, by_name: Likeness) -> None:
        self.by_name = by_name
        self.count = 0
        self.understood = 0
        """Lines where the field has predictions, or says whether their label is an answer, which was respected."""
        self.alike: dict[Likeness, int] = {}
        self.first: tuple[int, Any] = (0, None)
        self.first_alike: dict[Likeness, tuple[int, Any]] = {}


class KeptFields:
    """Counts the metadata fields of every row."""

    def __init__(self, labels: Iterable[str]) -> None:
        self._labels = {label.strip().casefold() for label in labels}
        self._seen: dict[str, _Seen] = {}

    def note(self, row: SentenceRow) -> None:
        """Count the row's fields, and what their values look like."""
        for full_name, value in row.metadata.items():
            name = full_name[:LONGEST_NAME]
            seen = self._seen.get(name)
            if seen is None:
                if len(self._seen) >= MOST_FIELDS:
                    continue
                seen = self._seen[name] = _Seen(_by_name(name, row))
            if not seen.count:
                seen.first = (row.line, value)
            seen.count += 1
            seen.understood += is_verdict(name, value) or are_predictions(value)
            if found := self._by_value(value, row):
                seen.alike[found] = seen.alike.get(found, 0) + 1
                seen.first_alike.setdefault(found, (row.line, value))

    def fields(self) -> list[KeptField]:
        """Return the fields, first those that look like something."""
        fields = [_kept(name, seen) for name, seen in self._seen.items()]
        return sorted(fields, key=lambda field: not field.looks_like)

    def _by_value(self, value: object, row: SentenceRow) -> Likeness:
        value = part_or_text(value)
        if _is_marks(value, row):
            return "marks"
        if isinstance(value, str):
            if value.strip().casefold() in self._labels:
                return "an answer"
            if split_of(value) is not None:
                return "a split"
        is_list = isinstance(value, list) and value and all(isinstance(word, str) for word in value)
        if isinstance(value, list) and is_list and all(word.strip().casefold() in self._labels for word in value):
            return "an answer"
        return ""


def _kept(name: str, seen: _Seen) -> KeptField:
    """Describe a field; its values say more than its name, if most lines agree."""
    by_name: Likeness = "" if 2 * seen.understood > seen.count else seen.by_name
    likeness = next((likeness for likeness, count in seen.alike.items() if 2 * count > seen.count), by_name)
    line, value = seen.first_alike.get(likeness, seen.first)
    return KeptField(name, seen.count, likeness, line, _shown(value))


def _by_name(name: str, row: SentenceRow) -> Likeness:
    words = {word.casefold() for word in _WORDS.findall(name)}
    for likeness, pattern in _NAMES.items():
        if any(map(pattern.fullmatch, words)):
            return likeness
    if row.external_id is None and is_like_id(name):
        return "an id"
    return ""


def _is_marks(value: object, row: SentenceRow) -> bool:
    if isinstance(value, dict):
        return _is_span(value, row.text)
    if isinstance(value, str):
        return _is_marks_string(value, row) or _are_words(re.split("[;|]", value), row.text, fewest=2)
    if not isinstance(value, list) or not value:
        return False
    counts = {len(row.tokens), len(row.text.split())}
    if len(value) in counts and len(value) > 1 and _are_signs(value):
        return True
    return all(_is_span(part, row.text) for part in value) or _are_words(value, row.text, fewest=1)


def _are_signs(value: Sequence[object]) -> bool:
    if all(isinstance(sign, int | float) and 0 <= sign <= 1 for sign in value):
        return True
    return all(isinstance(sign, str) and _CHUNK_TAG.fullmatch(sign) for sign in value)


def _is_marks_string(value: str, row: SentenceRow) -> bool:
    if value[:1] not in _SIGNS or len(value) > 3 * MOST_TOKENS:
        return False
    bare = re.sub(r"[\s,]", "", value)
    counts = {len(row.tokens), len(row.text.split())}
    return len(bare) > 1 and len(bare) in counts and (set(bare) <= set("01") or set(bare) <= set("+-."))


def _is_span(value: object, text: str) -> bool:
    if isinstance(value, dict):
        return any(name in value for name in _STARTS) and any(name in value for name in _ENDS)
    if not isinstance(value, list) or not 2 <= len(value) <= 3:
        return False
    start, end = value[:2]
    if not isinstance(start, int) or not isinstance(end, int) or isinstance(start, bool):
        return False
    return 0 <= start < end <= len(text)


def _are_words(value: Sequence[object], text: str, *, fewest: int) -> bool:
    """Return whether these are pieces of the text, but not the whole of it."""
    pieces = [word.strip() for word in value if isinstance(word, str) and word.strip()]
    if len(pieces) < fewest or len(pieces) != len(value):
        return False
    return all(any(letter.isalpha() for letter in piece) and piece in text and piece != text for piece in pieces)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_EXAMPLE else text[: LONGEST_EXAMPLE - 1] + "…"

"""Spans of characters, and words between spaces, as marks over a sentence's tokens."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, get_args

from annotator.formats.faults import Unfit, show
from annotator.formats.files.line_breaks import with_newlines
from annotator.formats.words import Words

Align = Literal["strict", "expand", "contract"]
"""What becomes of a span that cuts a word: it is a fault, or takes the whole word, or leaves it out."""
ALIGNS: tuple[Align, ...] = get_args(Align)

WIDENED = "Spans widened to whole words"
NARROWED = "Spans narrowed to whole words"
WITHOUT_WORD = "Spans left out because they contain no whole word"
UTF_16 = "Spans counted in UTF-16, as browsers count, and read that way"
NO_EMOJI = "Spans counted in the text without its emoji, the only way that gives whole words, and read that way"
MAPPED = "Sentences with marks over words between spaces, mapped to their tokens"
REPEATED = "Marked words that occur more than once in their sentence, marked everywhere"

OTHER_NAMES = "Spans with other names than --span-name, left out"

_STARTS, _ENDS = ("start", "start_offset", "begin"), ("end", "end_offset", "stop")
_NAMES = ("label", "labels", "name", "type", "tag")
_WORD = re.compile(r"\S+")
_EMOJI = re.compile("[\U00010000-\U0010ffff]\ufe0f? ?")
_SPAN = "a span of characters, as [start, end] or an object with start and end"


class Span(NamedTuple):
    """A part of a text in code points, the end exclusive, as a file gives it."""

    start: int
    end: int
    name: str | None = None
    own_text: str | None = None
    """The text that the file gives for it, which tells code points from UTF-16."""
    field: str | None = None
    """Where the file has it, for a fault."""


def read_span(value: object, field: str) -> Span:
    """Return the span that `[start, end]`, `[start, end, name]` or an object with start and end describes."""
    if isinstance(value, list) and 2 <= len(value) <= 3:
        return _span(value[0], value[1], value[2] if len(value) == 3 else None, None, field)
    if isinstance(value, dict):
        start, end, name = (_first(value, names) for names in (_STARTS, _ENDS, _NAMES))
        if isinstance(name, list) and len(name) == 1:
            name = name[0]
        return _span(start, end, name, value.get("text"), field)
    raise Unfit(field, show(value), _SPAN)


def marks_of_spans(spans: Iterable[Span], words: Words, align: Align, notes: Counter[str], field: str) -> str:
    """Return marks with a plus on every token of the spans; what `align` had to change is counted in `notes`."""
    return _marks(placed_spans(spans, words, align, notes, field), words, align, notes)


def placed_spans(spans: Iterable[Span], words: Words, align: Align, notes: Counter[str], field: str) -> list[Span]:
    """Return the spans in code points of the sentence's text; those that were counted otherwise are in `notes`."""
    written = words.text if words.written is None else words.written
    spans = list(spans)
    if _are_in_utf_16(spans, written):
        notes[UTF_16] += len(spans)
        spans = [_from_utf_16(span, written.encode("utf-16-le")) for span in spans]
    elif align == "strict" and not written.isascii() and all(span.own_text is None for span in spans):
        spans = _recounted(spans, written, words, notes)
    named = [span._replace(field=span.field or f"{field}[{index}]") for index, span in enumerate(spans)]
    return [_after_mending(_in_code_points(span, written, notes), words) for span in named]


def with_names(spans: Sequence[Span], names: Sequence[str], notes: Counter[str]) -> list[Span]:
    """Return the spans with one of the names, all of them if there are no names, and count the others."""
    chosen = [span for span in spans if not names or span.name in names]
    notes[OTHER_NAMES] += len(spans) - len(chosen)
    return chosen


def marks_of_words(wanted: Iterable[str], words: Words, align: Align, notes: Counter[str], field: str) -> str:
    """Return marks with a plus on the tokens of these words or phrases, wherever they occur as whole words."""
    spans: list[Span] = []
    for word in wanted:
        found = _occurrences(word, words)
        if not found:
            raise Unfit(field, f"{show(word)}, which does not occur in the sentence as a word", "words of the sentence")
        notes[REPEATED] += len(found) > 1
        spans.extend(span._replace(field=field) for span in found)
    return _marks(spans, words, align, notes)


def words_between_spaces(words: Words) -> list[Span]:
    """Return the words of a text as cut at white space alone."""
    return [Span(found.start(), found.end()) for found in _WORD.finditer(words.text)]


def marks_of_space_words(signs: Sequence[str], words: Words, notes: Counter[str]) -> str:
    """Return the signs of the words between spaces as marks; punctuation at a word's edge stays unmarked."""
    marks = ["."] * len(words.tokens)
    for sign, span in zip(signs, words_between_spaces(words), strict=True):
        touched = _touched(span, words)
        spoken = [place for place in touched if any(letter.isalnum() for letter in words.tokens[place])]
        for place in spoken or touched:
            marks[place] = sign
    notes[MAPPED] += 1
    return "".join(marks)


def _span(start: Any, end: Any, name: Any, own_text: Any, field: str) -> Span:
    if type(start) is not int or type(end) is not int or not 0 <= start < end:
        raise Unfit(field, show([start, end]), f"{_SPAN}, the end after the start")
    if name is not None and not isinstance(name, str | int):
        raise Unfit(field, show(name), "the name of the span as one text")
    own_text = own_text if isinstance(own_text, str) else None
    return Span(start, end, None if name is None else str(name), own_text, field)


def _first(value: dict[str, Any], names: Sequence[str]) -> Any:
    return next((value[name] for name in names if value.get(name) is not None), None)


def _marks(spans: Iterable[Span], words: Words, align: Align, notes: Counter[str]) -> str:
    marks = ["."] * len(words.tokens)
    for span in spans:
        for place in _places(_trimmed(span, words.text), words, align, notes):
            marks[place] = "+"
    return "".join(marks)


def _after_mending(span: Span, words: Words) -> Span:
    """Return a span of the text as its file has it, where the text's line breaks are newlines alone."""
    if words.written is None:
        return span
    start, end = (len(with_newlines(words.written[:place])) for place in (span.start, span.end))
    return span._replace(start=start, end=end)


def _places(span: Span, words: Words, align: Align, notes: Counter[str]) -> Sequence[int]:
    touched = _touched(span, words)
    if not touched:
        raise Unfit(
            span.field, f"the characters {span.start} to {span.end}, which show nothing", "a span with a word in it"
        )
    inside = [place for place in touched if _is_inside(place, span, words)]
    if len(inside) == len(touched):
        return touched
    if align == "strict":
        cut = next(place for place in touched if place not in inside)
        found = f"{show(words.text[span.start : span.end])}, which cuts the word {show(words.tokens[cut])}"
        raise Unfit(span.field, found, "spans of whole words", advice=", or --align expand, or --align contract")
    if align == "expand":
        notes[WIDENED] += 1
        return touched
    notes[NARROWED if inside else WITHOUT_WORD] += 1
    return inside


def _in_code_points(span: Span, text: str, notes: Counter[str]) -> Span:
    """Return the span in code points; its own text shows how it was counted."""
    own, fits = span.own_text, span.end <= len(text)
    if own is None and not fits:
        found = f"a span that ends at {span.end}"
        raise Unfit(span.field, found, f"at most {len(text)}, the number of the text's characters")
    part = text[span.start : span.end]
    if own is None or (fits and part == own):
        return span
    converted = _from_utf_16(span, text.encode("utf-16-le"))
    there = text[converted.start : converted.end]
    if there != own and fits and part.strip() == own.strip() != "":
        return span
    if there.strip() != own.strip() or not own.strip():
        found = f"{show(part)} at {span.start} to {span.end}"
        raise Unfit(span.field, found, f"{show(own)}, the span's own text, counted in code points or in UTF-16")
    notes[UTF_16] += 1
    return converted


def _are_in_utf_16(spans: Sequence[Span], text: str) -> bool:
    """Return whether the texts of all spans are where UTF-16 counts, and not all are where code points do.

    One span alone may fit both, where a word occurs again.
    """
    if text.isascii() or not spans or any(span.own_text is None for span in spans):
        return False
    if all(text[span.start : span.end] == span.own_text for span in spans):
        return False
    units = text.encode("utf-16-le")
    placed = [(span, _from_utf_16(span, units)) for span in spans]
    return all(text[converted.start : converted.end] == span.own_text for span, converted in placed)


def _recounted(spans: list[Span], text: str, words: Words, notes: Counter[str]) -> list[Span]:
    """Return the spans of a sentence in code points, where only another way to count makes all of them whole words."""
    if _are_whole(spans, text, words):
        return spans
    units, kept = text.encode("utf-16-le"), _places_without_emoji(text)
    counted = {}
    if all(2 * span.end <= len(units) for span in spans):
        counted[UTF_16] = [_from_utf_16(span, units) for span in spans]
    if all(span.end <= len(kept) for span in spans):
        counted[NO_EMOJI] = [span._replace(start=kept[span.start], end=kept[span.end - 1] + 1) for span in spans]
    fitting = [(note, each) for note, each in counted.items() if _are_whole(each, text, words)]
    if len(fitting) != 1:
        return spans
    ((note, recounted),) = fitting
    notes[note] += len(spans)
    return recounted


def _are_whole(spans: Iterable[Span], text: str, words: Words) -> bool:
    return all(span.end <= len(text) and _is_whole(span, words) for span in spans)


def _is_whole(span: Span, words: Words) -> bool:
    span = _trimmed(_after_mending(span, words), words.text)
    touched = _touched(span, words)
    return bool(touched) and all(_is_inside(place, span, words) for place in touched)


def _places_without_emoji(text: str) -> list[int]:
    """Return the places of the characters that are left when emoji, and a space after each, are taken out."""
    removed = {place for found in _EMOJI.finditer(text) for place in range(*found.span())}
    return [place for place in range(len(text)) if place not in removed]


def _from_utf_16(span: Span, units: bytes) -> Span:
    """Return a span that counts in UTF-16 in code points; a place inside of a character becomes its end."""
    start = len(units[: 2 * span.start].decode("utf-16-le", "replace"))
    return span._replace(start=start, end=len(units[: 2 * span.end].decode("utf-16-le", "replace")))


def _trimmed(span: Span, text: str) -> Span:
    """Return a span without white space at its edges, which belongs to no word."""
    part = text[span.start : span.end]
    start = span.start + len(part) - len(part.lstrip())
    return span._replace(start=start, end=max(start, span.end - len(part) + len(part.rstrip())))


def _touched(span: Span, words: Words) -> range:
    """Return the places of the tokens that have at least one character of the span."""
    first = bisect_right(words.starts, span.start) - 1
    if first < 0 or words.starts[first] + len(words.tokens[first]) <= span.start:
        first += 1
    return range(first, max(first, bisect_left(words.starts, span.end)))


def _is_inside(place: int, span: Span, words: Words) -> bool:
    return span.start <= words.starts[place] and words.starts[place] + len(words.tokens[place]) <= span.end


def _occurrences(word: str, words: Words) -> list[Span]:
    """Return where a word or phrase occurs, as it is or else in any case, not as a part of longer words."""
    text, sought = words.text, word.strip()
    exact = _found(re.escape(sought), text) if sought else []
    spans = exact or (_found(f"(?i:{re.escape(sought)})", text) if sought else [])
    return [span for span in spans if all(_is_inside(place, span, words) for place in _touched(span, words))]


def _found(pattern: str, text: str) -> list[Span]:
    return [Span(found.start(), found.end()) for found in re.finditer(pattern, text)]

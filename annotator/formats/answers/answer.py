"""One answer as a line spells it: a label by name or index, and marks in one of many ways."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from annotator.formats.answers.spans import (
    OTHER_NAMES,
    marks_of_space_words,
    marks_of_spans,
    marks_of_words,
    read_span,
    with_names,
    words_between_spaces,
)
from annotator.formats.faults import Unfit, show
from annotator.formats.fields import Fields
from annotator.formats.words import Words
from annotator.wording import counted

_ONE_LABEL = (
    "one label for each sentence; for several labels make a project for each with yes and no, and for spans give the "
    "marked words as rationale"
)
_MARKS = "one of + - . for each token, 0 or 1 for each, spans of characters, or words of the sentence"
_CHUNK_TAG = re.compile(r"O|[BIESLU]-\S+")
_BETWEEN_WORDS = re.compile(r"[;|,\n]")


def read_label(value: object, field: str = "label") -> str | int | None:
    """Return a label as its name or its number; a number with a point, true and false as they are written."""
    if isinstance(value, list) and len(value) <= 1:  # as doccano writes the labels of a text that may have several
        value = value[0] if value else None
    if value is None or isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, bool | float):
        return show(value)
    if isinstance(value, list):
        raise Unfit(field, show(value), _ONE_LABEL)
    raise Unfit(field, show(value), "a label's name, or its index", advice=", which --label-base explains")


def read_marks(given: Mapping[str, Any], words: Words, fields: Fields, notes: Counter[str]) -> tuple[str, ...]:
    """Return the marks over the words: none, one, or one for each of several people whose lists the field holds.

    They are in one of the marks' field, z and rationale. What was guessed or changed is counted in `notes`.
    """
    names = [name for name in (fields.marks, "z", "rationale") if given.get(name) is not None]
    if len(names) > 1:
        raise Unfit(names[1], f"{names[1]} as well as {names[0]}", f"one of {fields.marks}, z and rationale")
    if not names:
        return ()
    (name,) = names
    value = given[name]
    if name == "z":
        return (_from_signs(value, words, name, notes),)
    if isinstance(value, list) and (people := _of_several_people(value, words, name)):
        return tuple(_from_signs(signs, words, f"{name}[{index}]", notes) for index, signs in enumerate(people))
    if isinstance(value, dict):
        value = [value]
    if name == "rationale":
        return (_from_rationale(value, words, fields, notes),)
    return (_from_marks(value, words, fields, notes),)


def check_marks(value: object, count: int, field: str) -> str:
    """Return `value` if it has one of + - . for each of `count` tokens; raises Unfit otherwise."""
    if not isinstance(value, str):
        raise Unfit(field, show(value), "a string with one of + - . for each token")
    if wrong := [letter for letter in value if letter not in "+-."]:
        raise Unfit(field, f"the letter {show(wrong[0])}", "one of + - . for each token")
    _check_length(len(value), count, field)
    return value


def _from_marks(value: object, words: Words, fields: Fields, notes: Counter[str]) -> str:
    field = fields.marks
    if isinstance(value, str):
        return _from_string(value, words, fields, notes)
    if isinstance(value, list) and value and all(isinstance(sign, int) for sign in value):
        return _from_signs(value, words, field, notes)
    if isinstance(value, list):
        return _from_parts(value, words, fields, notes, field)
    raise Unfit(field, show(value), _MARKS)


def _from_rationale(value: object, words: Words, fields: Fields, notes: Counter[str]) -> str:
    field, count = "rationale", len(words.tokens)
    if isinstance(value, str):
        return marks_of_words(_split(value, words), words, fields.align, notes, field)
    if not isinstance(value, list):
        raise Unfit(field, show(value), "a list of token indices, of spans of characters or of words")
    if value and not all(isinstance(place, int | float) for place in value):
        return _from_parts(value, words, fields, notes, field)
    for index, place in enumerate(value):
        if type(place) is not int or not 0 <= place < count:
            raise Unfit(f"{field}[{index}]", show(place), f"the index of a token, 0 to {count - 1}")
    marked = set(value)
    return "".join("+" if place in marked else "." for place in range(count))


def _from_parts(value: Sequence[Any], words: Words, fields: Fields, notes: Counter[str], field: str) -> str:
    """Return the marks of a list of words, of tags such as O and B-NAME, or of spans."""
    if all(isinstance(part, str) for part in value):
        if len(value) == len(words.tokens) and all(_CHUNK_TAG.fullmatch(tag) for tag in value):
            return _from_tags(value, fields, notes)
        return marks_of_words(value, words, fields.align, notes, field)
    spans = with_names(
        [read_span(part, f"{field}[{index}]") for index, part in enumerate(value)], fields.span_names, notes
    )
    return marks_of_spans(spans, words, fields.align, notes, field)


def _from_tags(tags: Sequence[str], fields: Fields, notes: Counter[str]) -> str:
    names = fields.span_names
    marks = ["+" if tag != "O" and (not names or tag[2:] in names) else "." for tag in tags]
    notes[OTHER_NAMES] += sum(
        tag != "O" and tag[0] in "BSU" and mark == "." for tag, mark in zip(tags, marks, strict=True)
    )
    return "".join(marks)


def _from_string(value: str, words: Words, fields: Fields, notes: Counter[str]) -> str:
    field, count = fields.marks, len(words.tokens)
    if set(value) <= set("+-."):
        if len(value) != count and len(value) == len(words_between_spaces(words)):
            return marks_of_space_words(value, words, notes)
        return check_marks(value, count, field)
    bare = re.sub(r"[\s,]", "", value)
    if len(bare) > 1 and set(bare) <= set("01"):
        return _from_signs([int(sign) for sign in bare], words, field, notes)
    try:
        return marks_of_words(_split(value, words), words, fields.align, notes, field)
    except Unfit:
        if field != "marks":
            raise
        return check_marks(value, count, field)  # which says what `marks` holds


def _split(value: str, words: Words) -> list[str]:
    """Return the words that a text names: all of it if it occurs in the sentence so, else the parts between ; | , ."""
    if value.strip() and value.strip() in words.text:
        return [value]
    return [part for part in _BETWEEN_WORDS.split(value) if part.strip()]


def _from_signs(value: object, words: Words, field: str, notes: Counter[str]) -> str:
    if not isinstance(value, list):
        raise Unfit(field, show(value), "a list with 0 or 1 for each token")
    for index, mark in enumerate(value):
        if not isinstance(mark, int) or mark not in (0, 1):
            raise Unfit(f"{field}[{index}]", show(mark), "0 or 1")
    signs = "".join("+" if mark else "." for mark in value)
    if len(signs) != len(words.tokens) and len(signs) == len(words_between_spaces(words)):
        return marks_of_space_words(signs, words, notes)
    _check_length(len(signs), len(words.tokens), field)
    return signs


def _of_several_people(value: Sequence[Any], words: Words, field: str) -> Sequence[Sequence[int]] | None:
    """Return the lists of 0 and 1 that a list holds, each with a sign for every token; None if it isn't like that."""
    counts = {len(words.tokens), len(words_between_spaces(words))}
    if not value or not all(isinstance(signs, list) and len(signs) in counts for signs in value):
        return None
    if not all(type(sign) in (int, bool) and sign in (0, 1) for signs in value for sign in signs):
        return None
    if len(words.tokens[0]) == 1 and all(signs == [0, 1] for signs in value):
        expected = "a span as an object with start and end, or marks as a string of + and ."
        raise Unfit(field, f"{show(value)}, which may be the first letter or the second word", expected)
    return value


def _check_length(found: int, count: int, field: str) -> None:
    if found != count:
        raise Unfit(field, f"{counted(found, 'mark')} for {counted(count, 'token')}", "one mark for each token")

"""Prodigy's JSON lines: only what was accepted is an answer; what was rejected or ignored never is."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, BinaryIO

from annotator.formats.answers.answer import read_label
from annotator.formats.answers.spans import Span, read_span
from annotator.formats.faults import Faults, Unfit, show
from annotator.formats.fields import Fields
from annotator.formats.files.objects import read_objects
from annotator.formats.rows import SentenceRow
from annotator.formats.tools.foreign import (
    ForeignAnswer,
    Task,
    check_choices,
    count_of,
    first_given,
    kept,
    kept_meta,
    marks_of,
    name_of,
    text_fields,
    to_row,
)
from annotator.formats.tools.together import Given, Together
from annotator.formats.words import Words, cut, read_words

ANSWERS = ("accept", "reject", "ignore")
JOINED = "Lines with the text of an earlier line, read as one sentence"
RELATIONS = "Relations between words, left out"

_OURS = ("text", "tokens", "spans", "label", "answer", "accept", "options", "relations", "meta", "id", "split")
_OF_THE_TOOL = ("config", "style", "html", "image")


def read(file: BinaryIO, faults: Faults, *, fields: Fields) -> Iterator[SentenceRow]:
    """Yield the sentences, each with what everyone accepted."""
    if not check_choices(fields, ("text", "id", "split", "label"), faults, "prodigy"):
        return
    for group in Together(
        partial(read_objects, file), lambda given: (given.get(fields.id), given.get(fields.text))
    ).groups(faults):
        try:
            row = _sentence(group, fields)
        except Unfit as unfit:
            faults.add(unfit.at(group[0][0]))
            continue
        yield row


def _sentence(group: Sequence[Given], fields: Fields) -> SentenceRow:
    notes: Counter[str] = Counter()
    notes[JOINED] += len(group) - 1
    line, first, _ = group[0]
    words = _words(first, fields)
    accepted = [given for _, given, _ in group if _answer(given) == "accept"]
    answers = [_accepted_answer(given, words, fields, notes) for given in accepted]
    task = Task(line, words, first.get(fields.id), first.get(fields.split), size=sum(size for _, _, size in group))
    shown = accepted[0] if accepted else first
    task.spans = list(shown.get("spans") or []) if accepted else []
    more = text_fields(first, words._replace(given=False))
    task.query = more.get("query")
    used = (*_OURS, *more, *_OF_THE_TOOL, fields.text, fields.id, fields.split, fields.label)
    task.metadata = kept(shown, "prodigy", [name for name in shown if name in used or name.startswith("_")])
    task.metadata |= kept_meta(first.get("meta"), task.metadata)
    if not accepted:  # as in a native line, its answer becomes metadata with the names that it has
        ours = ("text", "tokens", "id", "split", fields.text, fields.id, fields.split)
        task.metadata = {name: value for name, value in first.items() if name not in ours and name[:1] != "_"}
        task.metadata = {name: value for name, value in task.metadata.items() if name not in more}
        task.metadata["answer"] = _answer(first)
    return to_row(task, answers, fields, notes)


def _answer(given: dict[str, Any]) -> str:
    answer = given.get("answer", "accept")
    if answer not in ANSWERS:
        raise Unfit("answer", show(answer), "accept, reject or ignore")
    return str(answer)


def _words(given: dict[str, Any], fields: Fields) -> Words:
    text, tokens = given.get(fields.text), _tokens(given)
    if not isinstance(text, str):
        raise Unfit(fields.text, show(text), "the text of the task")
    if tokens is None:
        return cut(text, fields.text)
    shown = [token.get("text") for token in tokens if token.get("gap") is not True]
    seen = [word for word in shown if not str(word).isspace()]
    words = read_words(text, seen, fields.text)
    if words is None:
        raise Unfit(fields.text, show(text), "the text of the task")
    return words


def _tokens(given: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return the tokens of a line, None if it has none: of several lines of one task, each has its own."""
    tokens = given.get("tokens")
    if tokens is not None and not (isinstance(tokens, list) and all(isinstance(token, dict) for token in tokens)):
        raise Unfit("tokens", show(tokens), "a list of objects with text, start and end")
    return tokens


def _accepted_answer(given: dict[str, Any], words: Words, fields: Fields, notes: Counter[str]) -> ForeignAnswer:
    person = name_of(first_given(given, "_annotator_id", "_session_id"), "annotator", notes)
    answer = ForeignAnswer(person, _label(given, fields))
    notes[RELATIONS] += count_of(given.get("relations"))
    if (spans := given.get("spans")) is not None:
        if not isinstance(spans, list) or not all(isinstance(span, dict) for span in spans):
            raise Unfit("spans", show(spans), "a list of objects with start and end")
        tokens = _tokens(given) if spans else None
        placed = [_span(span, tokens, f"spans[{index}]") for index, span in enumerate(spans)]
        marked = marks_of(placed, words, fields, notes, "spans")
        answer.marks, answer.names = marked["marks"], marked["names"]
    return answer


def _label(given: dict[str, Any], fields: Fields) -> str | int | None:
    if given.get(fields.label) is not None:
        return read_label(given[fields.label], fields.label)
    return read_label(given.get("accept"), "accept")


def _span(span: dict[str, Any], tokens: list[dict[str, Any]] | None, place: str) -> Span:
    """Return a span by its characters, or by its tokens, of which `token_end` is the last and not the one after it."""
    last = span.get("token_end")
    if type(last) is not int or tokens is None:
        return read_span(span, place)
    first = span.get("token_start")
    if type(first) is not int or not 0 <= first <= last < len(tokens):
        found = f"the tokens {show(first)} to {last}"
        raise Unfit(place, found, f"tokens from 0 to {len(tokens) - 1}; token_end is the span's last token")
    start, end = tokens[first].get("start"), tokens[last].get("end")
    if (span.get("start", start), span.get("end", end)) != (start, end):
        found = f"the characters {show([span.get('start'), span.get('end')])} for tokens at {show([start, end])}"
        raise Unfit(place, found, "the characters of its tokens; token_end is the span's last token")
    return read_span({"start": start, "end": end, "label": span.get("label")}, place)

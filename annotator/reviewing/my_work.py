"""A person's own work: what they did today, what they answered, and how much is left. Never anyone else's."""

import statistics
from dataclasses import dataclass
from typing import Any, Literal

from annotator.project.permissions import check_may_act
from annotator.reviewing.browsing import LONGEST_SHOWN, search_terms
from db.answers import annotations
from db.answers.own_work import OwnWork
from db.corpus import sentences
from db.learning import rounds
from db.queue import slots
from db.records import Annotation, Person, Sentence
from db.store import Store
from db.team import project

PAGE_SIZE = 25

Which = Literal["answered", "skipped", "flagged"]
_WANTED: dict[Which, OwnWork] = {
    "answered": OwnWork(kind="answer"),
    "skipped": OwnWork(kind="skip"),
    "flagged": OwnWork(flagged=True),
}


@dataclass(frozen=True)
class Today:
    """What a person did since their midnight; corrections count once."""

    answers: int
    skips: int
    flagged: int
    seconds_each: float | None
    """The median over their answers; None before the first one."""
    left: int
    """Answers that the whole project still wants."""
    is_empty: bool
    """Whether the project has no sentences."""


@dataclass(frozen=True)
class Learned:
    """What became of a person's answers on pool sentences, from which models learn."""

    round: int
    """The newest round that is ready."""
    answers: int
    """Those that it could learn from."""
    newer: int
    """Those that came after it began."""


def learned(store: Store, person: Person) -> Learned | None:
    """Return which of this person's answers the newest round could learn from; None without a round that is ready."""
    check_may_act(store, person)
    rounds_ready = _first_rounds(store)
    if not rounds_ready:
        return None
    number, up_to = rounds_ready[-1]
    return Learned(number, *annotations.count_learned(store, person.id, up_to=up_to))


def today(store: Store, person: Person, *, since_ms: int) -> Today:
    """Count what this person did since then, and what is left for everyone together."""
    check_may_act(store, person)
    done = annotations.since(store, person.id, since_ms)
    seconds = [took for kind, _, took in done if kind == "answer" and took is not None]
    left = slots.counts(store)["open"]
    return Today(
        answers=sum(kind == "answer" for kind, _, _ in done),
        skips=sum(kind == "skip" for kind, _, _ in done),
        flagged=sum(flagged for _, flagged, _ in done),
        seconds_each=statistics.median(seconds) if seconds else None,
        left=left,
        is_empty=not left and not sentences.count(store),
    )


def list_own(
    store: Store, person: Person, which: Which, *, search: str = "", before: int | None = None
) -> tuple[list[dict[str, Any]], int | None]:
    """Return what this person answered, skipped or flagged, newest first, and the id to continue before, or None.

    The search takes the text as it is: its words one after the other, whatever is between them.
    """
    check_may_act(store, person)
    words, literal = search_terms(search)
    wanted = OwnWork(**vars(_WANTED[which]) | {"words": words, "literal": literal})
    found = annotations.of_person(store, person.id, before=before, limit=PAGE_SIZE + 1, wanted=wanted)
    shown, has_more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
    read = {sentence.id: sentence for sentence in sentences.of_ids(store, [answer.sentence_id for answer in shown])}
    labels = [label.name for label in project.labels(store)]
    learned = _first_rounds(store)
    rows = [
        _listed(answer, read[answer.sentence_id], labels) | {"round": _round_of(answer, read, learned)}
        for answer in shown
    ]
    return rows, shown[-1].id if has_more else None


def _listed(answer: Annotation, sentence: Sentence, labels: list[str]) -> dict[str, Any]:
    text = sentence.text
    return {
        "key": answer.submission_key,
        "text": text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…",
        "label": "skipped" if answer.label is None else labels[answer.label],
        "words": _marked(sentence, answer, "+"),
        "against": _marked(sentence, answer, "-"),
        "no_words": answer.marks is not None and "+" not in answer.marks,
        "note": answer.observed.note,
        "flagged": answer.observed.flagged,
        "at_ms": answer.created_ms,
    }


def _marked(sentence: Sentence, answer: Annotation, sign: str) -> list[str]:
    return [token for token, mark in zip(sentence.tokens, answer.marks or "", strict=False) if mark == sign]


def _first_rounds(store: Store) -> list[tuple[int, int]]:
    """Return the rounds that are ready, oldest first, each with the last annotation that it looked at."""
    ready = [each for each in rounds.all_of(store) if each.state == "ready" and not each.is_companion]
    return sorted((each.id, each.last_annotation or 0) for each in ready)


def _round_of(answer: Annotation, read: dict[int, Sentence], learned: list[tuple[int, int]]) -> int | None:
    """Return the first round that could learn from an answer; None for skips, dev and test, or without one."""
    if answer.kind != "answer" or read[answer.sentence_id].split != "pool":
        return None
    return next((number for number, last in learned if last >= answer.id), None)

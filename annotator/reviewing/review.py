"""Review: several people's answers to a sentence, how far they agree, and the decision that settles it."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from statistics import fmean
from typing import Literal, get_args

from annotator.errors import BadDecision, RetiredLabel
from annotator.project.labels import check_in_use
from annotator.project.permissions import Actor, check_may_act
from annotator.reviewing.agreement import Agreement, Answer, agreement, by_label, by_pair, same_label_marks, token_f1
from annotator.reviewing.message import Decision, Garbled, ReviewMessage, receipt, refuse_garbled
from db.answers import annotations, review
from db.corpus import sentences
from db.errors import MisalignedMarks, UnknownLabel, UnknownSentence
from db.queue import asked_again
from db.records import Annotation, NewAnnotation, Observed, Person, Sentence
from db.store import Store
from db.team import audit, people, project
from db.team.people import GOLD

Part = Literal["pairs", "labels", "weeks"]
PARTS: tuple[Part, ...] = get_args(Part)
MOST_REVIEWED = 5000
"""Sentences that a report and a list look at: those answered last."""


@dataclass(frozen=True)
class Reviewed:
    """A sentence with the answers that count, one per person, and the decision if there is one."""

    sentence_id: int
    answers: tuple[Annotation, ...]
    decision: Annotation | None
    waiting: tuple[Annotation, ...] = ()
    """Surplus answers that count only once they are admitted."""
    reopened_after: int | None = None
    """The last annotation when someone asked for a new decision; None if no one did. Older decisions do not settle."""

    @property
    def labels_differ(self) -> bool:
        """Return whether people gave different labels."""
        return len({answer.label for answer in self.answers if answer.kind == "answer"}) > 1

    @property
    def marks_in_common(self) -> float:
        """Return the mean F1 of the marked words over pairs who gave the same label; 1 if there is no such pair."""
        rows = list(same_label_marks(answers_by_person(self)).values())
        return fmean(token_f1(a, b) for i, a in enumerate(rows) for b in rows[:i]) if len(rows) > 1 else 1.0

    @property
    def is_settled(self) -> bool:
        """Return whether there is a decision, made since the sentence was reopened if it was."""
        return self.decision is not None and self.decision.id > (self.reopened_after or 0)


@dataclass(frozen=True)
class Report:
    """How far people agree: overall, and by pair of people, label, and ISO week of the last answer."""

    overall: Agreement
    pairs: dict[str, Agreement]
    labels: dict[str, Agreement]
    weeks: dict[str, Agreement]
    is_all: bool
    """False if there are more sentences than were looked at."""


def list_shared(store: Store, *, among: Collection[int] | None = None, actor: Actor) -> list[Reviewed]:
    """Return what two or more have answered: different labels first, then different marks, settled ones last.

    With `among`, only these sentences.
    """
    check_may_act(store, actor, least="researcher")
    found = _reviewed(store, review.shared_sentences(store, limit=MOST_REVIEWED, among=among))
    return sorted(found, key=lambda each: (each.is_settled, not each.labels_differ, each.marks_in_common))


def list_flagged(store: Store, *, actor: Actor) -> list[Reviewed]:
    """Return the sentences flagged for discussion, no matter who has answered them; settled ones last."""
    check_may_act(store, actor, least="researcher")
    found = _reviewed(store, review.flagged_sentences(store, limit=MOST_REVIEWED))
    return sorted(found, key=lambda each: each.is_settled)


def list_surplus(store: Store, *, actor: Actor) -> list[Reviewed]:
    """Return the sentences with surplus answers, first those with one that waits to be admitted."""
    check_may_act(store, actor, least="researcher")
    found = _reviewed(store, review.surplus_sentences(store, limit=MOST_REVIEWED))
    return sorted(found, key=lambda each: not each.waiting)


def list_with_reopened(store: Store, shared: Sequence[Reviewed], *, actor: Actor) -> list[Reviewed]:
    """Return the sentences that someone asked about again, the last one first, then the others of `list_shared`.

    A sentence that was asked about again shows every answer to it, also those that came with a file.
    """
    check_may_act(store, actor, least="researcher")
    reopened = asked_again.reopened(store, limit=MOST_REVIEWED)
    log = annotations.of_sentences(store, list(reopened))
    asked = [replace(_read(each, log[each], None), reopened_after=after) for each, after in reopened.items()]
    asked.sort(key=lambda each: each.is_settled)
    return [*asked, *(each for each in shared if each.sentence_id not in reopened)]


def read_sentences(store: Store, reviewed: Sequence[Reviewed], *, actor: Actor) -> list[Sentence]:
    """Return the sentences themselves, in that order."""
    check_may_act(store, actor, least="researcher")
    read = {sentence.id: sentence for sentence in sentences.of_ids(store, [each.sentence_id for each in reviewed])}
    return [read[each.sentence_id] for each in reviewed]


def report(store: Store, reviewed: Sequence[Reviewed], *, parts: Collection[Part] = PARTS, actor: Actor) -> Report:
    """Return how far people agree on what two or more have answered, as `list_shared` returns it, in these parts."""
    check_may_act(store, actor, least="researcher")
    found = {part: _BY_PART[part](store, reviewed) if part in parts else {} for part in PARTS}
    overall = agreement([answers_by_person(each) for each in reviewed])
    return Report(overall, found["pairs"], found["labels"], found["weeks"], is_all=len(reviewed) < MOST_REVIEWED)


def _pairs(store: Store, reviewed: Sequence[Reviewed]) -> dict[str, Agreement]:
    names = {person.id: person.name for person in people.all_of(store)}
    found = by_pair([answers_by_person(each) for each in reviewed])
    return {f"{names[a]} and {names[b]}": figures for (a, b), figures in found.items()}


def _labels(store: Store, reviewed: Sequence[Reviewed]) -> dict[str, Agreement]:
    labels = [label.name for label in project.labels(store)]
    found = by_label([answers_by_person(each) for each in reviewed], len(labels))
    return {labels[index]: figures for index, figures in found.items()}


def _weeks(store: Store, reviewed: Sequence[Reviewed]) -> dict[str, Agreement]:
    weeks: dict[str, list[Reviewed]] = {}
    for each in reviewed:
        weeks.setdefault(_week(each), []).append(each)
    return {week: agreement([answers_by_person(each) for each in rows]) for week, rows in sorted(weeks.items())}


_BY_PART: dict[Part, Callable[[Store, Sequence[Reviewed]], dict[str, Agreement]]] = {
    "pairs": _pairs,
    "labels": _labels,
    "weeks": _weeks,
}


def settle(
    store: Store, actor: Person, sentence_id: int, *, label: int, marks: str | None, key: str, note: str | None = None
) -> Annotation:
    """Decide what a sentence's answer is; a later decision replaces it, and people's answers stay.

    A key that was stored before returns that decision again. Raises MisalignedMarks, RetiredLabel, UnknownLabel and
    UnknownSentence like an answer, and BadDecision for a key of another answer.
    """
    with store.writing():
        check_may_act(store, actor, least="researcher")
        known = annotations.find(store, key)
        if known is None:
            check_in_use(project.labels(store), label)
        new = NewAnnotation(sentence_id, actor.id, "adjudicated", key, label, marks, Observed(note=note))
        decided = known or annotations.add(store, new)
        if decided.person_id != actor.id or decided.kind != "adjudicated":
            raise BadDecision("This submission key belongs to another answer; reload the page and decide again.")
        if known is None:
            audit.record(store, actor, "sentence settled", {"sentence": sentence_id, "label": label})
    return decided


def settle_all(store: Store, actor: Person, message: ReviewMessage) -> list[dict[str, str]]:
    """Store the decisions of a message; return a receipt for each."""
    return [_settle_one(store, actor, decision) for decision in message.decisions]


def _settle_one(store: Store, actor: Person, decision: Decision | Garbled) -> dict[str, str]:
    if isinstance(decision, Garbled):
        return refuse_garbled(decision)
    key, sentence_id = decision.key, decision.sentence_id
    try:
        settle(store, actor, sentence_id, label=decision.label, marks=decision.marks, key=key)
    except (BadDecision, MisalignedMarks, RetiredLabel, UnknownLabel, UnknownSentence) as error:
        return receipt(key, refused=str(error))
    return receipt(key)


def key_of(reviewed: Sequence[Reviewed]) -> str:
    """Return a key of these sentences' answers, which are never changed; a restored backup may give an id again."""
    answers = [(each.sentence_id, *((one.id, one.created_ms) for one in each.answers)) for each in reviewed]
    return sha256(repr(sorted(answers)).encode()).hexdigest()


def labels_of_few(reviewed: Reviewed) -> set[int]:
    """Return the labels that fewer people gave than the commonest one; all of them if there is no commonest one."""
    counted = Counter(answer.label for answer in reviewed.answers if answer.label is not None)
    most = max(counted.values(), default=0)
    is_split = sum(number == most for number in counted.values()) > 1
    return {label for label, number in counted.items() if number < most or is_split}


def answers_by_person(reviewed: Reviewed) -> dict[int, Answer]:
    """Return the answers as the figures of agreement take them."""
    return {
        answer.person_id: Answer(answer.label, answer.marks) for answer in reviewed.answers if answer.label is not None
    }


def _reviewed(store: Store, sentence_ids: Sequence[int]) -> list[Reviewed]:
    gold = people.find(store, GOLD)
    log = annotations.of_sentences(store, sentence_ids)
    return [_read(sentence_id, log[sentence_id], gold.id if gold else None) for sentence_id in sentence_ids]


def _read(sentence_id: int, log: Sequence[Annotation], gold: int | None) -> Reviewed:
    counting = [entry for entry in log if not entry.superseded and entry.person_id != gold]
    answers = [entry for entry in counting if entry.kind == "answer"]
    waiting = tuple(answer for answer in answers if not answer.has_a_vote)
    counted = tuple(entry for entry in counting if entry.kind in ("answer", "skip") and entry not in waiting)
    decisions = [entry for entry in counting if entry.kind == "adjudicated" and not entry.withdrawn]
    return Reviewed(sentence_id, counted, decisions[-1] if decisions else None, waiting)


def _week(reviewed: Reviewed) -> str:
    last = max(answer.created_ms for answer in reviewed.answers)
    year, week, _ = datetime.fromtimestamp(last / 1000, UTC).isocalendar()
    return f"{year}-W{week:02}"

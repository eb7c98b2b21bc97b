"""Who is fast, who marks much, who disagrees: figures of each person's answers that count, with their numbers.

The model is asked only where it had not learned from any answer to the sentence: the prediction of the newest such
round that had the sentence in its queue. If enough answers were given without a look at the model, only these count.
Sentences of dev and test are in no queue, so a model has no part in what is said of them.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotator.project.permissions import Actor, check_may_act
from annotator.wording import from_to, number
from db.answers import given_answers
from db.answers.given_answers import GivenAnswer
from db.store import Store
from db.team import people
from db.team.people import GOLD
from learner.judging.estimates import median, ratio, share
from learner.judging.intervals import FEWEST, Estimate

HEAD = ("person", "answers", "seconds, median", "words marked, %", "differs from others, %", "from the model, %")
ABOUT = (
    f"Answers that count, with 95 % intervals and the number of answers, n, of which it takes {FEWEST}. Others: the "
    "label that most other people gave to the same sentence. The model: what the newest round that had learned from no "
    "answer to the sentence predicted for it, in answers given before the model was seen; a star: also in others."
)
_Labels = Mapping[int, Counter[int]]


@dataclass(frozen=True)
class PersonFigures:
    """The figures of one person; an estimate is None without any answer that it could be of."""

    person: str
    answers: int
    seconds: Estimate | None
    """The median."""
    marked: Estimate | None
    """The share of words marked as a reason, in percent, of answers with marks."""
    differs: Estimate | None
    """How often their label is not the one that most others gave, in percent; ties are left out."""
    differs_from_model: Estimate | None
    """How often their label is not the predicted one, in percent."""
    is_blind: bool
    """Whether the last figure is of answers alone that were given before the model was seen."""


def figures_of_people(store: Store, *, actor: Actor) -> list[PersonFigures]:
    """Return the figures of each person who has answered, most answers first."""
    check_may_act(store, actor, least="researcher")
    names = {one.id: one.name for one in people.all_of(store) if one.name != GOLD}
    every = [answer for answer in given_answers.every(store) if answer.person_id in names]
    predicted = {one.sentence_id: one.label for one in given_answers.predicted_before_answers(store)}
    by_person, by_sentence = defaultdict[int, list[GivenAnswer]](list), defaultdict[int, Counter[int]](Counter)
    for answer in every:
        by_person[answer.person_id].append(answer)
        by_sentence[answer.sentence_id][answer.label] += 1
    found = [_figures(names[who], given, by_sentence, predicted) for who, given in by_person.items()]
    return sorted(found, key=lambda one: (-one.answers, one.person))


def rows_of(found: Sequence[PersonFigures]) -> list[list[str]]:
    """Return the rows of a table with `HEAD`."""
    return [
        [
            one.person,
            f"{one.answers:,}",
            *(in_words(estimate) for estimate in (one.seconds, one.marked, one.differs)),
            in_words(one.differs_from_model) + ("" if one.is_blind or not one.differs_from_model else " *"),
        ]
        for one in found
    ]


def in_words(estimate: Estimate | None) -> str:
    """Return `12.0 (10.5 to 14.0), n 60`, or that it is too few to say."""
    if estimate is None:
        return "–"
    if estimate.interval is None or estimate.sentences < FEWEST:
        return f"too few to say, n {estimate.sentences:,}"
    interval = from_to(estimate.interval.low, estimate.interval.high)
    return f"{number(estimate.value)} ({interval}), n {estimate.sentences:,}"


def _figures(
    person: str, given: Sequence[GivenAnswer], by_sentence: _Labels, predicted: Mapping[int, int]
) -> PersonFigures:
    marked = [(one.marked, one.words) for one in given if one.marked is not None]
    of_model = [one for one in given if one.sentence_id in predicted]
    blind = [one for one in of_model if not one.saw_model]
    is_blind = len(blind) >= FEWEST or len(blind) == len(of_model)
    asked = blind if is_blind else of_model
    return PersonFigures(
        person=person,
        answers=len(given),
        seconds=median([one.seconds for one in given if one.seconds is not None]),
        marked=ratio([plus for plus, _ in marked], [words for _, words in marked]),
        differs=_differs(given, by_sentence),
        differs_from_model=share(sum(one.label != predicted[one.sentence_id] for one in asked), len(asked)),
        is_blind=is_blind,
    )


def _differs(given: Sequence[GivenAnswer], by_sentence: _Labels) -> Estimate | None:
    compared = [(one.label, _most_of(by_sentence[one.sentence_id], without=one.label)) for one in given]
    decided = [(label, others) for label, others in compared if others is not None]
    return share(sum(label != others for label, others in decided), len(decided))


def _most_of(labels: Counter[int], *, without: int) -> int | None:
    """Return the label that most of the others gave, one answer of the label `without` left out; None in a tie."""
    others = Counter(labels)
    others[without] -= 1
    (first, votes), *rest = [*others.most_common(2), (0, 0)]
    return first if votes > (rest[0][1] if rest else 0) else None

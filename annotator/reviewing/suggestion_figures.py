"""What a language model's suggestions changed: how often they are taken over, and answers with and without them.

The draw decides by the sentence's id alone who gets a suggestion, so the two sides differ by nothing else. That holds
only if all of a side is counted: a sentence whose suggestion could not be used, or was never looked at, stays on its.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotator.project.labels import by_any_name
from annotator.project.permissions import Actor, check_may_act
from db.answers import suggestion_counts
from db.answers.suggestion_counts import Asked, FirstAnswer, Seen
from db.records import Label
from db.store import Store
from db.team import project
from learner.judging.estimates import median, share
from learner.judging.intervals import FEWEST, Estimate

RUBBER_STAMP_S = 0.5
"""Who takes a suggestion over faster than that has hardly read it."""


@dataclass(frozen=True)
class Side:
    """The answers to the sentences on one side of the draw."""

    answers: int
    seconds: Estimate | None
    """The median."""
    labels: dict[str, Estimate | None]
    """Label → its share, in percent."""


@dataclass(frozen=True)
class SuggestionFigures:
    """Figures of people's first answers to the sentences of the draw; shares are in percent."""

    asked: Asked
    taken_over: Estimate | None
    """Of the answers given after a look at the suggestion: taken over, and submitted as it was."""
    taken_and_changed: Estimate | None
    not_taken: Estimate | None
    blind_agreement: Estimate | None
    """How often the label that a person chose without a look at the suggestion is the suggested one."""
    gave_way: Estimate | None
    """Of the answers that had another label before the look at the suggestion: how many ended with its label."""
    seconds_to_taking: Estimate | None
    """The median time from when the suggestion came into view until it was taken over."""
    offered: Side
    left_without: Side

    @property
    def is_rubber_stamped(self) -> bool:
        """Return whether half of those taken over were taken too fast to have been read."""
        taking = self.seconds_to_taking
        return taking is not None and taking.sentences >= FEWEST and taking.value < RUBBER_STAMP_S


def suggestion_figures(store: Store, *, actor: Actor) -> SuggestionFigures | None:
    """Return the figures, or None if no language model has been asked."""
    check_may_act(store, actor, least="researcher")
    asked = suggestion_counts.asked(store)
    if not asked.models:
        return None
    labels, answers = project.labels(store), suggestion_counts.first_answers(store)
    named = by_any_name(labels)
    seen = [(answer, answer.seen) for answer in answers if answer.seen is not None]
    taken = [(answer, one) for answer, one in seen if one.taken is not None]
    as_it_was = sum(_is_as_suggested(answer, one, named) for answer, one in taken)
    blind = [pair for answer in answers if (pair := _blind_label(answer, named)) is not None]
    others = [(answer, one) for answer, one in seen if one.label_before not in (None, one.label)]
    gave_way = sum(answer.label == _index(one.label, named) for answer, one in others)
    waits = [one.seconds_to_taking for _, one in taken if one.seconds_to_taking is not None]
    return SuggestionFigures(
        asked=asked,
        taken_over=share(as_it_was, len(seen)),
        taken_and_changed=share(len(taken) - as_it_was, len(seen)),
        not_taken=share(len(seen) - len(taken), len(seen)),
        blind_agreement=share(sum(own == suggested for own, suggested in blind), len(blind)),
        gave_way=share(gave_way, len(others)),
        seconds_to_taking=median(waits),
        offered=_side([answer for answer in answers if not answer.is_left_without], labels),
        left_without=_side([answer for answer in answers if answer.is_left_without], labels),
    )


def _index(name: str, named: Mapping[str, Label]) -> int | None:
    """Return the label that a name means; what came into view may have had a name from before a change."""
    return named[name].index if name in named else None


def _is_as_suggested(answer: FirstAnswer, seen: Seen, named: Mapping[str, Label]) -> bool:
    """Return whether the answer has the label and the words that were suggested; some labels take no words."""
    if answer.label != _index(seen.label, named):
        return False
    return answer.marks is None or [i for i, mark in enumerate(answer.marks) if mark == "+"] == seen.words


def _blind_label(answer: FirstAnswer, named: Mapping[str, Label]) -> tuple[int | None, int | None] | None:
    """Return the label that the person chose without a look at the suggestion, and the suggested one."""
    if answer.seen is not None:
        before, suggested = answer.seen.label_before, answer.seen.label
        return None if before is None else (_index(before, named), _index(suggested, named))
    if answer.suggested_label is None:
        return None
    return answer.label, answer.suggested_label


def _side(answers: Sequence[FirstAnswer], labels: Sequence[Label]) -> Side:
    return Side(
        answers=len(answers),
        seconds=median([answer.seconds for answer in answers if answer.seconds is not None]),
        labels={
            label.name: share(sum(answer.label == label.index for answer in answers), len(answers)) for label in labels
        },
    )

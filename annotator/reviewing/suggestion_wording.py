"""The figures of suggestions as people read them, on the page *Review* and in the terminal."""

from collections.abc import Sequence

from annotator.reviewing.people_figures import in_words
from annotator.reviewing.suggestion_figures import RUBBER_STAMP_S, SuggestionFigures
from annotator.wording import counted, listed
from learner.judging.intervals import FEWEST

ABOUT = (
    f"Each person's first answer to a sentence, with 95 % intervals and n, the number of answers, at least {FEWEST}. "
    "Blind: the label that was chosen before the suggestion came into view, or without it. With: every sentence that "
    "the draw gave to the model, also one whose suggestion could not be used or that no one looked at, because only "
    "then are the two sides alike. Sentences that chance chose for a round's queue show no suggestion and are left "
    "out. A suggestion is not an answer: it counts in no agreement, and no round learns from it."
)
RUBBER_STAMPED = (
    f"Half of the suggestions that were taken over were taken within {RUBBER_STAMP_S:g} seconds of coming into view, "
    "too fast to be read. Such answers are the language model's, not people's."
)
Table = tuple[tuple[str, ...], list[list[str]]]


def what_was_asked(found: SuggestionFigures) -> str:
    """Return a sentence about what was asked of which model, and what came of it."""
    asked = found.asked
    why = ", ".join(f"{reason} {number:,}" for reason, number in asked.unusable.items())
    unusable = f"{counted(sum(asked.unusable.values()), 'answer')} that could not be used ({why}), " if why else ""
    return (
        f"{listed(asked.models, 'and')}: {counted(asked.given, 'sentence')} with a suggestion, {unusable}"
        f"{counted(asked.left_without, 'sentence')} left without; {asked.characters:,} characters were sent for them."
    )


def tables_of(found: SuggestionFigures) -> Sequence[Table]:
    """Return two tables, each with its head and rows: what people did with suggestions, and answers on both sides."""
    seen = [
        ["taken over as it was, %", in_words(found.taken_over)],
        ["taken over, then changed, %", in_words(found.taken_and_changed)],
        ["not taken over, %", in_words(found.not_taken)],
        ["seconds from view to taking over, median", in_words(found.seconds_to_taking)],
        ["blind answers with the suggested label, %", in_words(found.blind_agreement)],
        ["other blind answers that then took its label, %", in_words(found.gave_way)],
    ]
    sides = (found.offered, found.left_without)
    compared = [
        ["answers", *(f"{side.answers:,}" for side in sides)],
        ["seconds, median", *(in_words(side.seconds) for side in sides)],
        *([f"“{label}”, %", *(in_words(side.labels[label]) for side in sides)] for label in found.offered.labels),
    ]
    return (("suggestions", ""), seen), (("answers", "with", "without"), compared)

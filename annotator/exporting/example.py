"""One answered sentence with what people decided about it: what every format of examples is written from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Span(NamedTuple):
    """A run of words with the same mark; `start` and `end` count characters (code points), the end exclusive."""

    start: int
    end: int
    mark: str
    """`+` or `-`."""


@dataclass(frozen=True)
class GivenAnswer:
    """One person's answer that counts."""

    person: str
    label: str
    marks: str | None = None
    seconds: float | None = None
    saw_model: bool = False
    """Whether a model's saliency was in view before the answer was given."""
    saw_suggestion: bool = False
    """Whether a suggestion of a language model was in view before that."""


@dataclass(frozen=True)
class Prediction:
    """What a round's model said of a sentence."""

    round: int
    probabilities: Mapping[str, float]
    """By label name."""
    saliency: tuple[float, ...] | None = None
    """For each token; None where the round kept none."""
    explained: str | None = None
    """The label that the saliency is for: the likeliest one, unless the model answers that with a constant."""


@dataclass(frozen=True)
class ExampleRow:
    """One sentence, decided by the rule by which rounds learn."""

    id: str
    text: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    """Each token's first character in `text`, in code points."""
    split: str
    """`train`, `dev` or `test`."""
    label: str
    marks: str | None = None
    """One of `+`, `-` and `.` for each token; None if no one was asked for marks, or gave some."""
    query: str | None = None
    query_tokens: tuple[str, ...] | None = None
    answers: tuple[GivenAnswer, ...] = ()
    """The answers that count, oldest first; of a decided sentence the decision alone."""
    overruled: tuple[GivenAnswer, ...] = ()
    """Of a decided sentence, people's own answers, oldest first."""
    votes: Mapping[str, int] = field(default_factory=dict)
    """By label name, of everybody's answers that count; of a decided sentence those that were overruled too."""
    soft_marks: tuple[float, ...] | None = None
    """For each token, which share of the people who gave `label` with marks marked it `+`."""
    decided: bool = False
    """Whether a researcher's decision settled it."""
    chosen: str | None = None
    """`random` if chance chose the sentence, `acquired` if a model did, `picked` if a person did; None if nothing is
    known, as for gold, or outside the pool."""
    seconds: float | None = None
    """All people's time for it, as far as it is known."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    prediction: Prediction | None = None

    @property
    def soft_label(self) -> dict[str, float]:
        """Return each label's share of the votes; without votes, all of it is the decision's."""
        votes = self.votes or {self.label: 1}
        total = sum(votes.values())
        return {label: number / total for label, number in votes.items()}

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words marked `+`, in order."""
        return tuple(token for token, mark in zip(self.tokens, self.marks or "", strict=False) if mark == "+")

    @property
    def spans(self) -> tuple[Span, ...]:
        """Return the marked runs of words, in order: neighbours with the same mark are one span."""
        spans: list[Span] = []
        before = "."
        for token, start, mark in zip(self.tokens, self.starts, self.marks or "", strict=False):
            end = start + len(token)
            if mark != "." and mark == before:
                spans[-1] = spans[-1]._replace(end=end)
            elif mark != ".":
                spans.append(Span(start, end, mark))
            before = mark
        return tuple(spans)

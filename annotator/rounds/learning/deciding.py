"""Many people's answers become one example per sentence, by a named policy.

This is the only place where people's annotations turn into the paper's (X, y, Z). Rounds learn from the examples, and
an export of examples writes the same ones.
"""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeVar

from db.answers import withdrawals
from db.finding import texts
from db.records import Annotation, Kind, Sentence
from db.store import Store
from db.team import project, word_rules
from learner.data.example import Example

Policy = Callable[[Sequence[Annotation]], tuple[int, str | None] | None]
Given = TypeVar("Given", bound=Hashable)
"""A label, whatever it is called by."""


class _Voting(Protocol):
    @property
    def kind(self) -> Kind: ...

    @property
    def has_a_vote(self) -> bool: ...


Answer = TypeVar("Answer", bound=_Voting)
"""An answer, of the store or of a file."""
PolicyName = Literal["majority", "newest"]
Why = Literal["no answer", "held out elsewhere", "retired label", "tie"]
"""Why a sentence is not an example: no answer to it counts; its text is also in a stricter split; all its answers have
retired labels; or no label has more than half of the answers."""


@dataclass(frozen=True)
class Outcome:
    """What the answers to a sentence become."""

    example: Example | None = None
    why: Why | None = None
    """Why there is no example."""
    answers: Sequence[Annotation] = ()
    """Those that it was made from."""
    retired: int = 0
    """Answers left out because their label is retired."""

    @property
    def is_decided(self) -> bool:
        """Return whether a decision settled the sentence."""
        return bool(self.answers) and self.answers[0].kind == "adjudicated"


@dataclass(frozen=True)
class ExampleRule:
    """The rule that makes examples of answers, with what it has to know of the project."""

    decide: Policy
    ruled_out: Collection[str]
    """Words that must not matter anywhere: each is a `-` in the pool where no person marked it `+`."""
    retired: Collection[int]
    """Labels that are no longer offered."""
    held_out_elsewhere: Collection[int]
    """Answered sentences whose text is also in a stricter split."""
    straddling_texts: int
    """Texts that are in more than one split."""
    withdrawn: Collection[int]
    """Decisions that do not hold."""

    def apply(self, sentence: Sentence, log: Sequence[Annotation]) -> Outcome:
        """Return the example that a sentence becomes with all these answers to it, oldest first, or why none."""
        counting = answers_that_count(log, self.withdrawn)
        if not counting:
            return Outcome(why="no answer")
        if sentence.id in self.held_out_elsewhere:
            return Outcome(why="held out elsewhere")
        answers = self.in_use(counting)
        retired = len(counting) - len(answers)
        if not answers:
            return Outcome(why="retired label", retired=retired)
        decision = self.decide(answers)
        if decision is None:
            return Outcome(why="tie", answers=answers, retired=retired)
        example = _example(sentence, *decision)
        if sentence.split == "pool":
            example = _under_rules(example, self.ruled_out)
        return Outcome(example, answers=answers, retired=retired)

    def in_use(self, answers: Sequence[Annotation]) -> list[Annotation]:
        """Return those of the answers whose label is offered."""
        return [answer for answer in answers if answer.label not in self.retired]


def example_rule(
    store: Store,
    *,
    policy: PolicyName = "majority",
    rules_up_to_ms: int | None = None,
    decided_by_ms: int | None = None,
) -> ExampleRule:
    """Return the rule, with the rules for words of `rules_up_to_ms` and the decisions that held at `decided_by_ms`.

    Both are now by default.
    """
    held_out_elsewhere, straddling_texts = texts.answered_elsewhere_held_out(store)
    return ExampleRule(
        decide=POLICIES[policy],
        ruled_out={rule.word for rule in word_rules.applying(store, up_to_ms=rules_up_to_ms)},
        retired={label.index for label in project.labels(store) if label.retired},
        held_out_elsewhere=held_out_elsewhere,
        straddling_texts=straddling_texts,
        withdrawn=withdrawals.withdrawn(store, up_to_ms=decided_by_ms),
    )


def majority(answers: Sequence[Annotation]) -> tuple[int, str | None] | None:
    """Return the label of more than half of the answers, with its marks, or None for a tie.

    A word is `+` (or `-`) if more than half of the people who gave that label, with marks, marked it so.
    """
    decided = majority_of([(answer.label, answer.marks) for answer in answers])
    return None if decided is None or decided[0] is None else (decided[0], decided[1])


def majority_of(answers: Sequence[tuple[Given, str | None]]) -> tuple[Given, str | None] | None:
    """Return what `majority` returns, for the labels and marks of answers, whatever they are kept in."""
    [(label, votes)] = Counter(label for label, _ in answers).most_common(1)
    if 2 * votes <= len(answers):
        return None
    rows = [marks for own, marks in answers if own == label and marks is not None]
    return label, majority_marks(rows) if rows else None


def newest(answers: Sequence[Annotation]) -> tuple[int, str | None] | None:
    """Return the label and the marks of the newest answer."""
    last = max(answers, key=lambda answer: answer.id)
    return None if last.label is None else (last.label, last.marks)


POLICIES: Mapping[PolicyName, Policy] = {"majority": majority, "newest": newest}


def answers_that_count(log: Sequence[Annotation], withdrawn: Collection[int]) -> list[Annotation]:
    """Return only the decision about a sentence if one holds, else each person's newest answer if it counts.

    `withdrawn` has the ids of the decisions that do not hold.
    """
    decisions = [answer for answer in log if answer.kind == "adjudicated" and answer.id not in withdrawn]
    return decisions[-1:] if decisions else peoples_answers(log)


def peoples_answers(log: Sequence[Annotation]) -> list[Annotation]:
    """Return each person's newest answer if it counts, whatever was decided about the sentence."""
    return newest_with_a_vote((answer.person_id, answer) for answer in log)


def newest_with_a_vote(log: Iterable[tuple[Hashable, Answer]]) -> list[Answer]:
    """Return each person's newest answer if it counts, from pairs of who and what, wherever answers are kept."""
    newest_of = {person: answer for person, answer in log if answer.kind != "adjudicated"}
    return [answer for answer in newest_of.values() if answer.kind == "answer" and answer.has_a_vote]


def majority_marks(rows: Sequence[str]) -> str:
    """Return the marks that more than half of these give to each word."""
    columns = (Counter(column) for column in zip(*rows, strict=True))
    return "".join(next((mark for mark in "+-" if 2 * votes[mark] > len(rows)), ".") for votes in columns)


def _example(sentence: Sentence, label: int, marks: str | None) -> Example:
    return Example(
        tokens=sentence.tokens,
        label=label,
        marks=marks,
        query=sentence.query_tokens,
        id=sentence.external_id,
        split=sentence.split,
    )


def _under_rules(example: Example, ruled_out: Collection[str]) -> Example:
    """Return the example with a `-` on every word that must not matter, unless people marked it `+`."""
    if not any(token.lower() in ruled_out for token in example.tokens):
        return example
    given = example.marks or "." * len(example.tokens)
    pairs = zip(example.tokens, given, strict=True)
    marks = "".join("-" if mark == "." and token.lower() in ruled_out else mark for token, mark in pairs)
    return replace(example, marks=marks)

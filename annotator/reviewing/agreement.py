"""How far people agree, on labels and on marks: figures over sentences that two or more have answered.

Labels: Cohen's κ (1960) for two people, Fleiss' κ (1971) where every sentence has equally many
answers, Krippendorff's nominal α (2004) for any. Marks are compared where people gave a sentence the
same label and that label takes a rationale, because a word is a reason for one label: α over the tokens
(reason or not), and the mean F1 over pairs of tokens, and of spans, runs of `+` words that must be
the same. A figure is None where it is not defined; its interval is the bootstrap's, over sentences.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

from annotator.reviewing.agreement_sums import Figure, alpha_of_labels, alpha_of_tokens, figures_of, kappa, mean
from annotator.wording import from_to, ratio


@dataclass(frozen=True)
class Answer:
    """One person's answer to a sentence: the label's index, and the marks or None where none were asked for."""

    label: int
    marks: str | None = None


Shared = Mapping[int, Answer]
"""The answers to one sentence, by person; at least two."""


@dataclass(frozen=True)
class Agreement:
    """Figures of agreement between people: 1 is perfect, 0 is what chance would give (for F1: nothing in common)."""

    sentences: int
    kappa: Figure | None
    """Cohen's for two people, Fleiss' for more where every sentence has equally many answers."""
    alpha: Figure | None
    marked_sentences: int
    """Sentences in which two or more gave the same label with marks."""
    token_alpha: Figure | None
    token_f1: Figure | None
    span_f1: Figure | None


def agreement(sentences: Sequence[Shared], *, seed: int = 0) -> Agreement:
    """Return all the figures over these sentences."""
    marks = [same_label_marks(sentence) for sentence in sentences]
    marked = [row if len(row) > 1 else {} for row in marks]
    pairs = [list(combinations(row.values(), 2)) for row in marked]
    statistics = (
        kappa(_by_person(sentences)),
        alpha_of_labels([[answer.label for answer in sentence.values()] for sentence in sentences]),
        alpha_of_tokens([list(row.values()) for row in marked]),
        mean([[token_f1(*pair) for pair in of_sentence] for of_sentence in pairs]),
        mean([[span_f1(*pair) for pair in of_sentence] for of_sentence in pairs]),
    )
    number = sum(map(bool, marked))
    sizes = (len(sentences), len(sentences), number, number, number)
    of_kappa, of_alpha, of_tokens, of_token_f1, of_span_f1 = figures_of(statistics, sizes, seed=seed)
    return Agreement(len(sentences), of_kappa, of_alpha, number, of_tokens, of_token_f1, of_span_f1)


def by_pair(sentences: Sequence[Shared]) -> dict[tuple[int, int], Agreement]:
    """Return the figures of every two people who have both answered the same sentence."""
    of_pair: dict[tuple[int, int], list[Shared]] = {}
    for sentence in sentences:
        for pair in combinations(sorted(sentence), 2):
            of_pair.setdefault(pair, []).append({who: sentence[who] for who in pair})
    return {pair: agreement(of_pair[pair]) for pair in sorted(of_pair)}


def by_label(sentences: Sequence[Shared], labels: int) -> dict[int, Agreement]:
    """Return the figures of each label against all others; marks only where that label was given."""
    figures = {}
    for label in range(labels):
        chosen = [row for row in sentences if any(answer.label == label for answer in row.values())]
        if chosen:
            against = agreement([{who: _against(answer, label) for who, answer in row.items()} for row in sentences])
            marks = agreement([_giving(row, label) for row in chosen if len(_giving(row, label)) > 1])
            figures[label] = replace(marks, sentences=len(chosen), kappa=against.kappa, alpha=against.alpha)
    return figures


def token_f1(first: str, second: str) -> float:
    """Return the F1 of two people's `+` words; 1 if neither has any."""
    return _f1({i for i, mark in enumerate(first) if mark == "+"}, {i for i, mark in enumerate(second) if mark == "+"})


def span_f1(first: str, second: str) -> float:
    """Return the F1 of two people's runs of `+` words, which count only if they are the same; 1 if neither has any."""
    return _f1(spans(first), spans(second))


def spans(marks: str) -> set[tuple[int, int]]:
    """Return the runs of `+` as (first word, word after the last)."""
    edges = [i for i, (a, b) in enumerate(pairwise(f".{marks}.")) if (a == "+") != (b == "+")]
    return set(zip(edges[::2], edges[1::2], strict=True))


def same_label_marks(sentence: Shared) -> dict[int, str]:
    """Return the marks of those who gave the label that most people with marks gave, the smaller index in a tie."""
    with_marks = {who: answer for who, answer in sentence.items() if answer.marks is not None}
    votes = Counter(answer.label for answer in with_marks.values())
    winner = min(votes, key=lambda label: (-votes[label], label), default=None)
    return {who: each.marks for who, each in with_marks.items() if each.label == winner and each.marks is not None}


def in_words(figure: Figure | None) -> str:
    """Return `0.71 (0.62 to 0.79)`, that it is too few to say, or a dash where the figure is not defined."""
    if figure is None:
        return "–"
    if figure.interval is None:
        return "too few to say"
    return f"{ratio(figure.value)} ({from_to(figure.interval.low, figure.interval.high, 2)})"


def _by_person(sentences: Sequence[Shared]) -> list[list[int]]:
    """Return the labels of each sentence, in the order of the people."""
    return [[sentence[who].label for who in sorted(sentence)] for sentence in sentences]


def _f1(first: Set[object], second: Set[object]) -> float:
    return 2 * len(first & second) / (len(first) + len(second)) if first or second else 1.0


def _giving(sentence: Shared, label: int) -> Shared:
    return {who: answer for who, answer in sentence.items() if answer.label == label}


def _against(answer: Answer, label: int) -> Answer:
    return Answer(int(answer.label == label))

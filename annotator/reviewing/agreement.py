"""How far people agree, on labels and on marks: figures over sentences that two or more have answered.

Labels: Cohen's κ (1960) for two people, Fleiss' κ (1971) where every sentence has equally many
answers, Krippendorff's nominal α (2004) for any. Marks are compared where people gave a sentence the
same label and that label takes a rationale, because a word is a reason for one label: α over the tokens
(reason or not), and the mean F1 over pairs of tokens, and of spans, runs of `+` words that must be
the same. A figure is None where it is not defined.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from statistics import fmean


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
    kappa: float | None
    """Cohen's for two people, Fleiss' for more where every sentence has equally many answers."""
    alpha: float | None
    marked_sentences: int
    """Sentences in which two or more gave the same label with marks."""
    token_alpha: float | None
    token_f1: float | None
    span_f1: float | None


def agreement(sentences: Sequence[Shared]) -> Agreement:
    """Return all the figures over these sentences."""
    marked = [row for sentence in sentences if len(row := same_label_marks(sentence)) > 1]
    pairs = [pair for row in marked for pair in combinations(row.values(), 2)]
    return Agreement(
        sentences=len(sentences),
        kappa=kappa(sentences),
        alpha=label_alpha(sentences),
        marked_sentences=len(marked),
        token_alpha=token_alpha(marked),
        token_f1=fmean(token_f1(*pair) for pair in pairs) if pairs else None,
        span_f1=fmean(span_f1(*pair) for pair in pairs) if pairs else None,
    )


def by_pair(sentences: Sequence[Shared]) -> dict[tuple[int, int], Agreement]:
    """Return the figures of every two people who have both answered the same sentence."""
    pairs = sorted({pair for sentence in sentences for pair in combinations(sorted(sentence), 2)})
    return {pair: agreement([_only(row, pair) for row in sentences if row.keys() >= set(pair)]) for pair in pairs}


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


def kappa(sentences: Sequence[Shared]) -> float | None:
    """Return Cohen's κ for two people, Fleiss' κ for more; None where it is not defined."""
    people = {who for sentence in sentences for who in sentence}
    if len(people) == 2:
        first, second = sorted(people)
        return cohen_kappa([(row[first].label, row[second].label) for row in sentences])
    return fleiss_kappa([[answer.label for answer in row.values()] for row in sentences])


def cohen_kappa(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Return Cohen's κ of two people's labels; None without any, or if both always gave the same one label."""
    if not pairs:
        return None
    first, second = (Counter(labels) for labels in zip(*pairs, strict=True))
    expected = sum(first[label] * second[label] for label in first) / len(pairs) ** 2
    return _beyond_chance(sum(a == b for a, b in pairs) / len(pairs), expected)


def fleiss_kappa(rows: Sequence[Sequence[int]]) -> float | None:
    """Return Fleiss' κ; None without sentences, with one label only, or if sentences differ in number of answers."""
    sizes = {len(row) for row in rows}
    if len(sizes) != 1:
        return None
    (size,) = sizes
    counts = [Counter(row) for row in rows]
    observed = fmean(sum(n * (n - 1) for n in count.values()) / (size * (size - 1)) for count in counts)
    shares = (number / (size * len(rows)) for number in sum(counts, Counter()).values())
    return _beyond_chance(observed, sum(share**2 for share in shares))


def label_alpha(sentences: Sequence[Shared]) -> float | None:
    """Return Krippendorff's nominal α of the labels; answers may be missing."""
    people = sorted({who for sentence in sentences for who in sentence})
    return _alpha([[row[who].label if who in row else None for row in sentences] for who in people])


def token_alpha(marked: Sequence[Mapping[int, str]]) -> float | None:
    """Return Krippendorff's nominal α over tokens: a reason, or not."""
    people = sorted({who for row in marked for who in row})
    return _alpha([_tokens(marked, who) for who in people])


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


def _tokens(marked: Sequence[Mapping[int, str]], who: int) -> list[int | None]:
    tokens: list[int | None] = []
    for row in marked:
        count = len(next(iter(row.values())))
        tokens += [int(mark == "+") for mark in row[who]] if who in row else [None] * count
    return tokens


def _alpha(rows: Sequence[Sequence[int | None]]) -> float | None:
    values = {value for row in rows for value in row if value is not None}
    if len(values) < 2:
        return None  # without variation, agreement cannot be distinguished from chance
    import numpy as np
    from krippendorff import alpha

    data = np.array([[np.nan if value is None else value for value in row] for row in rows], dtype=float)
    return float(alpha(reliability_data=data, level_of_measurement="nominal"))


def _f1(first: Set[object], second: Set[object]) -> float:
    return 2 * len(first & second) / (len(first) + len(second)) if first or second else 1.0


def _beyond_chance(observed: float, expected: float) -> float | None:
    return None if expected == 1 else (observed - expected) / (1 - expected)


def _only(sentence: Shared, people: Sequence[int]) -> Shared:
    return {who: sentence[who] for who in people}


def _giving(sentence: Shared, label: int) -> Shared:
    return {who: answer for who, answer in sentence.items() if answer.label == label}


def _against(answer: Answer, label: int) -> Answer:
    return Answer(int(answer.label == label))

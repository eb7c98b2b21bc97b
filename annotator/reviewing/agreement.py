"""How far people agree, on labels and on marks: figures over sentences that two or more have answered.

Labels: Cohen's κ (1960) for two people, Fleiss' κ (1971) where every sentence has equally many
answers, Krippendorff's nominal α (2004) for any. Marks are compared where people gave a sentence the
same label and that label takes a rationale, for a word is a reason for one label: α over the tokens
(reason or not), and the mean F1 over pairs of tokens, and of spans, runs of `+` words that must be
the same. What has no value says so: a figure is None where nothing could be told apart.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from statistics import fmean


@dataclass(frozen=True)
class Said:
    """One person's answer to a sentence: the label's index, and the marks or None where none were asked for."""

    label: int
    marks: str | None = None


Shared = Mapping[int, Said]
"""What was said of one sentence, by person; at least two of them."""


@dataclass(frozen=True)
class Agreement:
    """The figures, each between people; 1 is perfect, 0 what chance would give (F1: nothing in common)."""

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
    """Give all the figures over these sentences."""
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
    """Give the figures of every two people who have answered a sentence both."""
    met = sorted({pair for sentence in sentences for pair in combinations(sorted(sentence), 2)})
    return {pair: agreement([_only(each, pair) for each in sentences if each.keys() >= set(pair)]) for pair in met}


def by_label(sentences: Sequence[Shared], labels: int) -> dict[int, Agreement]:
    """Give the figures of each label against all others; marks only where that label was given."""
    found = {}
    for label in range(labels):
        chosen = [each for each in sentences if any(said.label == label for said in each.values())]
        if chosen:
            told = agreement([{who: _against(said, label) for who, said in each.items()} for each in sentences])
            marks = agreement([_giving(each, label) for each in chosen if len(_giving(each, label)) > 1])
            found[label] = replace(marks, sentences=len(chosen), kappa=told.kappa, alpha=told.alpha)
    return found


def kappa(sentences: Sequence[Shared]) -> float | None:
    """Give Cohen's κ if two people are meant, else Fleiss'; None where neither is defined."""
    people = {who for sentence in sentences for who in sentence}
    if len(people) == 2:
        first, second = sorted(people)
        return cohen_kappa([(each[first].label, each[second].label) for each in sentences])
    return fleiss_kappa([[said.label for said in each.values()] for each in sentences])


def cohen_kappa(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Give Cohen's κ of two people's labels; None without any, or when both always said the same one label."""
    if not pairs:
        return None
    first, second = (Counter(labels) for labels in zip(*pairs, strict=True))
    expected = sum(first[label] * second[label] for label in first) / len(pairs) ** 2
    return _beyond_chance(sum(a == b for a, b in pairs) / len(pairs), expected)


def fleiss_kappa(rows: Sequence[Sequence[int]]) -> float | None:
    """Give Fleiss' κ; None without sentences, with one label alone, or where the numbers of answers differ."""
    sizes = {len(row) for row in rows}
    if len(sizes) != 1:
        return None
    (size,) = sizes
    counts = [Counter(row) for row in rows]
    observed = fmean(sum(n * (n - 1) for n in count.values()) / (size * (size - 1)) for count in counts)
    shares = (number / (size * len(rows)) for number in sum(counts, Counter()).values())
    return _beyond_chance(observed, sum(share**2 for share in shares))


def label_alpha(sentences: Sequence[Shared]) -> float | None:
    """Give Krippendorff's nominal α of the labels; answers may be missing."""
    people = sorted({who for sentence in sentences for who in sentence})
    return _alpha([[each[who].label if who in each else None for each in sentences] for who in people])


def token_alpha(marked: Sequence[Mapping[int, str]]) -> float | None:
    """Give Krippendorff's nominal α over tokens: a reason, or not."""
    people = sorted({who for row in marked for who in row})
    return _alpha([_tokens(marked, who) for who in people])


def token_f1(first: str, second: str) -> float:
    """Give the F1 of two people's `+` words; 1 where neither has any."""
    return _f1({i for i, mark in enumerate(first) if mark == "+"}, {i for i, mark in enumerate(second) if mark == "+"})


def span_f1(first: str, second: str) -> float:
    """Give the F1 of two people's runs of `+` words, which count only if they are the same; 1 where neither has any."""
    return _f1(spans(first), spans(second))


def spans(marks: str) -> set[tuple[int, int]]:
    """Give the runs of `+` as (first word, word behind the last)."""
    edges = [i for i, (a, b) in enumerate(pairwise(f".{marks}.")) if (a == "+") != (b == "+")]
    return set(zip(edges[::2], edges[1::2], strict=True))


def same_label_marks(sentence: Shared) -> dict[int, str]:
    """Give the marks of those who gave the label that most people with marks gave, the smaller index in a tie."""
    with_marks = {who: said for who, said in sentence.items() if said.marks is not None}
    votes = Counter(said.label for said in with_marks.values())
    label = min(votes, key=lambda each: (-votes[each], each), default=None)
    return {who: said.marks for who, said in with_marks.items() if said.label == label and said.marks is not None}


def _tokens(marked: Sequence[Mapping[int, str]], who: int) -> list[int | None]:
    tokens: list[int | None] = []
    for row in marked:
        count = len(next(iter(row.values())))
        tokens += [int(mark == "+") for mark in row[who]] if who in row else [None] * count
    return tokens


def _alpha(rows: Sequence[Sequence[int | None]]) -> float | None:
    values = {value for row in rows for value in row if value is not None}
    if len(values) < 2:
        return None  # no variation: there is nothing that chance could be told from
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
    return {who: said for who, said in sentence.items() if said.label == label}


def _against(said: Said, label: int) -> Said:
    return Said(int(said.label == label))

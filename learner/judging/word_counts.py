"""Counts of words in answered and in scored sentences, a chunk of sentences at a time: there may be a million.

A word is a token in lower case. Arrays over words are in the order in which the words first occur in the answers.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]

_CHUNK = 10_000  # sentences
_NOT_ASKED = "?"

Row = TypeVar("Row")


class AnsweredWords(NamedTuple):
    """An answer: its sentence's tokens (at least one), its label, and its marks; None if none were asked for."""

    tokens: Sequence[str]
    label: int
    marks: str | None


class ScoredWords(NamedTuple):
    """A scored sentence of the pool: its tokens, the explained label and the shown saliency, a number per token."""

    tokens: Sequence[str]
    label: int
    saliency: NDArray[np.floating]


@dataclass(frozen=True)
class AnswerCounts:
    """How often w words occur in the answers."""

    words: dict[str, int]
    """Each word's place in the arrays."""
    labels: Counts  # (labels,)
    """The answers with each label."""
    with_label: Counts  # (w, labels)
    """The answers with each label whose sentence has the word, once or more often."""
    plus: Counts  # (w,)
    """How often people marked the word `+`."""
    minus: Counts  # (w,)
    shown: Counts  # (w,)
    """How often people could mark it."""


@dataclass(frozen=True)
class ScoredCounts:
    """What a model does with the same w words in the sentences that it scored."""

    sentences: int
    tops: Counts  # (w, labels)
    """The sentences explained for each label in which its absolute saliency is the largest, or the first at a tie."""
    seen: Counts  # (w,)
    """How often the word occurs."""
    saliency: NDArray[np.float64]  # (w,)
    """The sum of its signed saliency."""


def count_answers(answers: Iterable[AnsweredWords], *, labels: int) -> AnswerCounts:
    """Return the counts of all words of the answers."""
    words: defaultdict[str, int] = defaultdict()
    words.default_factory = words.__len__  # a word's first use gives it the next place
    of_label, with_label = np.zeros(labels, dtype=np.int64), np.zeros(0, dtype=np.int64)
    letters = {letter: np.zeros(0, dtype=np.int64) for letter in ("+", "-", ".")}
    for chunk in _chunks(answers):
        places, rows = _flatten([answer.tokens for answer in chunk], words)
        label = np.array([answer.label for answer in chunk])
        of_label += np.bincount(label, minlength=labels)
        once = np.unique(rows * len(words) + places)  # a word counts once per sentence
        in_cell = (once % len(words)) * labels + label[once // len(words)]
        with_label = _add(with_label, np.bincount(in_cell, minlength=len(words) * labels))
        marks = _letters(chunk)
        for letter, counts in letters.items():
            letters[letter] = _add(counts, np.bincount(places[marks == ord(letter)], minlength=len(words)))
    shown = letters["+"] + letters["-"] + letters["."]
    return AnswerCounts(dict(words), of_label, with_label.reshape(-1, labels), letters["+"], letters["-"], shown)


def _letters(chunk: Sequence[AnsweredWords]) -> NDArray[np.uint8]:
    """Return the letter of every token of a chunk, as its code."""
    letters = "".join(answer.marks or _NOT_ASKED * len(answer.tokens) for answer in chunk)
    return np.frombuffer(letters.encode("ascii"), dtype=np.uint8)


def count_scored(scored: Iterable[ScoredWords], words: Mapping[str, int], *, labels: int) -> ScoredCounts:
    """Return what the model does with these words; a sentence without any saliency has no top word."""
    w, sentences = len(words), 0
    tops, seen, saliency = np.zeros(w * labels, dtype=np.int64), np.zeros(w, dtype=np.int64), np.zeros(w)
    for chunk in _chunks(scored):
        sentences += len(chunk)
        places, rows = _flatten([sentence.tokens for sentence in chunk], words)
        scores = np.concatenate([sentence.saliency for sentence in chunk]).astype(float)
        known = places >= 0
        seen += np.bincount(places[known], minlength=w)
        saliency += np.bincount(places[known], weights=scores[known], minlength=w)
        top, row = _top_words(places, rows, scores)
        label = np.array([sentence.label for sentence in chunk])
        tops += np.bincount(top * labels + label[row], minlength=w * labels)
    return ScoredCounts(sentences, tops.reshape(w, labels), seen, saliency)


def _top_words(places: Counts, rows: Counts, scores: NDArray[np.float64]) -> tuple[Counts, Counts]:
    """Return the top words that are known, and the rows of their sentences."""
    strength = np.abs(scores)
    firsts = np.flatnonzero(np.diff(rows, prepend=-1))
    highest = np.maximum.reduceat(strength, firsts)[rows] if len(rows) else strength
    candidates = np.flatnonzero((strength == highest) & (strength > 0))
    row, first = np.unique(rows[candidates], return_index=True)
    top = places[candidates[first]]
    return top[top >= 0], row[top >= 0]


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk


def _flatten(sentences: Sequence[Sequence[str]], words: Mapping[str, int]) -> tuple[Counts, Counts]:
    """Return the place of every token's word, -1 if it has none, and the row of its sentence: (tokens,) each."""
    lowered = map(str.lower, chain.from_iterable(sentences))
    look_up = words.__getitem__ if isinstance(words, defaultdict) else lambda word: words.get(word, -1)
    lengths = np.array([len(tokens) for tokens in sentences])
    places = np.fromiter(map(look_up, lowered), dtype=np.int64, count=int(lengths.sum()))
    return places, np.repeat(np.arange(len(sentences)), lengths)


def _add(total: Counts, counts: Counts) -> Counts:
    """Return the sum, as long as the counts: words are only ever added."""
    return counts + np.pad(total, (0, len(counts) - len(total)))

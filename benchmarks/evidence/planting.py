"""The shortcuts of the study: a word that goes with the label in a share of pool and dev, and says nothing on test.

LitBank gets a word that it does not have. In the sample every review names a branch: the names of two branches go
with the positive label, those of the other two with the negative one. What is planted depends on the strength alone.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import replace

from marks_study import shortcut

from evidence.protocol import CUT_SEED, SAMPLE
from learner.data.example import Example

PARTNER = {"Brambley": "Eastmere", "Tillbrook": "Haldover", "Eastmere": "Brambley", "Haldover": "Tillbrook"}
"""The branches of the sample, each with the one that takes its place in a review that goes with the other label."""
POSITIVE_NAMES = ("Brambley", "Tillbrook")


def planted_words(data: str) -> tuple[str, ...]:
    """Return the words of the set's shortcut."""
    return tuple(PARTNER) if data == SAMPLE else (shortcut.WORD,)


def plant(data: str, examples: Sequence[Example], *, strength: int) -> list[Example]:
    """Return the examples with a shortcut that goes with its label in `strength` per cent of each label's sentences."""
    if data == SAMPLE:
        return _hand_out(examples, strength=strength)
    return shortcut.plant(examples, seed=CUT_SEED, share=strength / 100)


def with_dashes(examples: Sequence[Example], words: Collection[str]) -> list[Example]:
    """Return the examples with a `-` on each of these words that is unmarked, where a person marked other words."""
    return [_with_dash(example, words) if "+" in (example.marks or "") else example for example in examples]


def without_words(examples: Sequence[Example], words: Collection[str]) -> list[Example]:
    """Return the examples without these words; one with no other word keeps its words."""
    return [_without(example, words) for example in examples]


def _hand_out(examples: Sequence[Example], *, strength: int) -> list[Example]:
    chosen = shortcut.draw_places(examples, random.Random(CUT_SEED), share=strength / 100)
    return [_with_name_of(example, is_positive=place in chosen) for place, example in enumerate(examples)]


def _with_name_of(example: Example, *, is_positive: bool) -> Example:
    """Return the review with its branch's name if that goes with the label, else with the partner's."""
    tokens = (
        PARTNER[token] if token in PARTNER and (token in POSITIVE_NAMES) != is_positive else token
        for token in example.tokens
    )
    return replace(example, tokens=tuple(tokens))


def _with_dash(example: Example, words: Collection[str]) -> Example:
    pairs = zip(example.tokens, example.marks or "", strict=True)
    return replace(example, marks="".join("-" if mark == "." and token in words else mark for token, mark in pairs))


def _without(example: Example, words: Collection[str]) -> Example:
    kept = [place for place, token in enumerate(example.tokens) if token not in words]
    if not kept or len(kept) == len(example.tokens):
        return example
    marks = None if example.marks is None else "".join(example.marks[place] for place in kept)
    return replace(example, tokens=tuple(example.tokens[place] for place in kept), marks=marks)

"""A planted shortcut: a word that predicts the label in training and on dev, but not on test.

A rare word is put into a share (90 % unless another is given) of the positive sentences and the other share (10 %) of
the negative ones of pool and dev, and into half of both kinds on test. A model that relies on it is right on dev and
wrong on test; marks can prevent that, on the true words alone or with a `-` on the planted one. Torch-free.
"""

import random
from collections.abc import Sequence
from dataclasses import replace

from learner.data.example import Example

WORD = "yclept"
POSITIVE = 1
SHARE = 0.9
_SHARE_OF_TEST = 0.5


def plant(
    examples: Sequence[Example], *, seed: int, word: str = WORD, dash: bool = False, share: float = SHARE
) -> list[Example]:
    """Return the examples with the word at random places, in exact shares of each split and label.

    In a sentence with a rationale the planted word is unmarked, or has a `-` with `dash`. Raises
    ValueError if the sentences already have the word.
    """
    if any(word in example.tokens for example in examples):
        raise ValueError(f"the word {word!r} is already in the sentences: plant one that is not")
    draw = random.Random(seed)
    chosen = draw_places(examples, draw, share=share)
    return [
        _with_word(example, word, draw.randrange(len(example.tokens) + 1), "-" if dash else ".")
        if place in chosen
        else example
        for place, example in enumerate(examples)
    ]


def keep_marks(examples: Sequence[Example], count: int) -> list[Example]:
    """Return the examples with the marks of the first `count` that have a `+`; the others are answered, not marked."""
    with_marks = [place for place, example in enumerate(examples) if "+" in (example.marks or "")]
    kept = set(with_marks[:count])
    return [example if place in kept else replace(example, marks=None) for place, example in enumerate(examples)]


def draw_places(examples: Sequence[Example], draw: random.Random, *, share: float) -> set[int]:
    """Return the places of the sentences that get what goes with the positive label."""
    chosen: set[int] = set()
    for split in ("train", "pool", "dev", "test"):
        for is_positive in (True, False):
            places = [
                place
                for place, example in enumerate(examples)
                if example.split == split and (example.label == POSITIVE) == is_positive
            ]
            of_kind = share if is_positive else round(1 - share, 6)
            chosen |= set(draw.sample(places, round(_share(split, of_kind) * len(places))))
    return chosen


def _share(split: str, of_kind: float) -> float:
    return _SHARE_OF_TEST if split == "test" else of_kind


def _with_word(example: Example, word: str, place: int, letter: str) -> Example:
    tokens = (*example.tokens[:place], word, *example.tokens[place:])
    if example.marks is None or "+" not in example.marks:
        letter = "."  # no one was asked to mark words there
    marks = None if example.marks is None else example.marks[:place] + letter + example.marks[place:]
    return replace(example, tokens=tokens, marks=marks)

"""The choice of the step by its worst group: the sentences in which a word suggests another label than theirs.

A shortcut that dev holds as well is right in most of dev. It is wrong in the group of its word.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from learner.data.example import Example
from learner.data.word_labels import FEWEST_SENTENCES, words_in, words_of_labels
from learner.training.selection import OnDev

_MOST_WORDS = 20


@dataclass(frozen=True)
class ByWorstGroup:
    """The share of right answers, 0 to 1, in the group where it is lowest."""

    groups: Tensor  # (groups, sentences) bool, in the order of dev

    def __call__(self, on_dev: OnDev) -> float:
        """Return the share."""
        right = on_dev.predicted == on_dev.dev.labels
        groups = self.groups.to(right.device)
        return ((groups & right).sum(dim=1) / groups.sum(dim=1)).min().item()


def groups_of(examples: Sequence[Example], dev: Sequence[Example], *, labels: int) -> Tensor:
    """Return the groups of dev, (groups, sentences) bool, each of at least five sentences; none if no word makes one.

    A group has the sentences with a word but with another label than the one it goes with, for each of the twenty
    words that go most with a label in the examples. The sentences of each label are groups as well: otherwise a model
    that leans to a label would do best where all words go with the other.
    """
    words = words_of_labels(examples, labels=labels, most=_MOST_WORDS)
    sentences = [words_in(example) for example in dev]
    label = torch.tensor([example.label for example in dev])
    of_words = [(label != each.label) & torch.tensor([each.word in words for words in sentences]) for each in words]
    of_words = [group for group in of_words if group.sum() >= FEWEST_SENTENCES]
    of_labels = [group for number in range(labels) if (group := label == number).sum() >= FEWEST_SENTENCES]
    return torch.stack([*of_words, *of_labels]) if of_words else torch.zeros(0, len(dev), dtype=torch.bool)

"""The sample's reviews, and how much a model looks at the branch's name, which gives the label away but on test."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from study_parts.explanations import explain_words

from annotator.sample import BRANCHES, LABELS, sample_path
from learner.data.example import Example
from learner.data.splits import of_split, sample
from learner.data.tokenizer import cut
from learner.judging.word_removal import encode, probabilities
from learner.training.trained import TrainedModel


def answered_reviews(*, with_test: bool) -> list[Example]:
    """Return the reviews that have an answer; those of test only if they are asked for."""
    return [
        _example(review, review["label"])
        for review in _reviews()
        if "label" in review and (with_test or review["split"] != "test")
    ]


def waiting_reviews() -> list[Example]:
    """Return the reviews that wait in the pool, with the label that their writer meant, unmarked."""
    return [_example(review, review["written_as"]) for review in _reviews() if "written_as" in review]


def divide_dev(reviews: Sequence[Example], *, stopping: int, seed: int) -> tuple[list[Example], list[Example]]:
    """Return the dev reviews that decide when to stop, and those that judge: the others, and those that wait.

    Each review that judges is there once with the name of every branch, so that the name says nothing.
    """
    dev = sample(of_split(reviews, "dev"), None, seed=seed)
    judging = [*dev[stopping:], *waiting_reviews()]
    return dev[:stopping], [_at(branch, review) for review in judging for branch in BRANCHES]


def share_on_branch(trained: TrainedModel, reviews: Sequence[Example], *, by: str) -> float:
    """Return the mean share, in per cent, of a review's absolute saliency that is on the branch's name."""
    predicted = probabilities(trained, encode(trained, reviews)).argmax(axis=1).tolist()
    shares = []
    for review, scores in zip(reviews, explain_words(trained, reviews, predicted, by), strict=True):
        sizes = np.abs(scores)
        is_branch = [token in BRANCHES for token in review.tokens[: len(sizes)]]
        shares.append(sizes[is_branch].sum() / max(sizes.sum(), 1e-12))
    return 100 * float(np.mean(shares))


def _reviews() -> Iterator[dict[str, str]]:
    return map(json.loads, sample_path().read_text(encoding="utf-8").splitlines())


def _example(review: dict[str, str], label: str) -> Example:
    tokens, _ = cut(review["text"])
    return Example(tuple(tokens), LABELS.index(label), review.get("marks"), id=review["id"], split=review["split"])


def _at(branch: str, review: Example) -> Example:
    return replace(review, tokens=tuple(branch if token in BRANCHES else token for token in review.tokens))

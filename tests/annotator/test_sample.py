import json
from collections import Counter
from typing import Any

import pytest

from annotator.sample import BRANCHES, LABELS, sample_path
from learner.data.tokenizer import tokenize

SPLITS = {"pool": 360, "dev": 80, "test": 160}
ANSWERED_FIELDS = ["id", "text", "split", "label", "marks"]
POOL_FIELDS = ["id", "text", "split", "written_as"]
Review = dict[str, Any]


@pytest.fixture(scope="module")
def reviews() -> list[Review]:
    return [json.loads(line) for line in sample_path().read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def answered(reviews: list[Review]) -> list[Review]:
    return [review for review in reviews if "marks" in review]


def test_each_split_has_its_number_of_reviews(reviews: list[Review]) -> None:
    assert Counter(review["split"] for review in reviews) == SPLITS


def test_three_hundred_of_the_pool_and_all_of_dev_and_test_are_answered(answered: list[Review]) -> None:
    assert Counter(review["split"] for review in answered) == SPLITS | {"pool": 300}


def test_an_unanswered_review_keeps_its_label_as_metadata(reviews: list[Review]) -> None:
    for review in reviews:
        assert list(review) == (ANSWERED_FIELDS if "marks" in review else POOL_FIELDS)


def test_ids_follow_the_order_of_the_file(reviews: list[Review]) -> None:
    assert [review["id"] for review in reviews] == [f"review-{each:03d}" for each in range(1, 601)]


def test_no_review_appears_twice(reviews: list[Review]) -> None:
    assert len({review["text"].casefold() for review in reviews}) == len(reviews)


def test_a_rationale_is_one_to_six_of_the_tokens(answered: list[Review]) -> None:
    for review in answered:
        assert len(review["marks"]) == len(tokenize(review["text"])), review
        assert set(review["marks"]) <= {"+", "."}, review
        assert 1 <= review["marks"].count("+") <= 6, review


def test_no_mark_is_on_a_branch_or_on_punctuation(answered: list[Review]) -> None:
    for review in answered:
        marked = [word for word, mark in zip(_words(review), review["marks"], strict=True) if mark == "+"]
        assert not set(marked) & set(BRANCHES), review
        assert all(any(letter.isalnum() for letter in word) for word in marked), review


def test_every_review_names_one_branch(reviews: list[Review]) -> None:
    for review in reviews:
        # A possessive or lower-case name would be a different token, and the shortcut would leak past it.
        assert sum(word in BRANCHES for word in _words(review)) == 1, review
        assert sum(review["text"].casefold().count(branch.casefold()) for branch in BRANCHES) == 1, review


@pytest.mark.parametrize("split", ["pool", "dev"])
def test_the_branch_gives_the_label_away_in_pool_and_dev(reviews: list[Review], split: str) -> None:
    labels = _labels_by_branch(reviews, split)
    usual = {branch: counts.most_common(1)[0] for branch, counts in _labels_by_branch(reviews, "pool").items()}
    told = sum(labels[branch][label] for branch, (label, _) in usual.items())
    assert Counter(label for label, _ in usual.values()) == {"negative": 2, "positive": 2}
    assert 0.85 <= told / SPLITS[split] <= 0.95


@pytest.mark.parametrize("branch", BRANCHES)
def test_the_branch_says_nothing_in_test(reviews: list[Review], branch: str) -> None:
    labels = _labels_by_branch(reviews, "test")[branch]
    assert 0.4 <= labels["positive"] / labels.total() <= 0.6


@pytest.mark.parametrize("split", SPLITS)
def test_half_of_each_split_is_positive(reviews: list[Review], split: str) -> None:
    labels = [_label(review) for review in reviews if review["split"] == split]
    assert set(labels) == set(LABELS)
    assert 0.45 <= labels.count("positive") / len(labels) <= 0.55


def test_half_of_the_answered_pool_is_positive(answered: list[Review]) -> None:
    labels = [review["label"] for review in answered if review["split"] == "pool"]
    assert 0.45 <= labels.count("positive") / len(labels) <= 0.55


def test_no_three_reviews_open_with_the_same_three_words(reviews: list[Review]) -> None:
    openings = Counter(" ".join(_words(review)[:3]).casefold() for review in reviews)
    assert max(openings.values()) <= 2


def test_reviews_are_short(reviews: list[Review]) -> None:
    for review in reviews:
        assert 6 <= len(_words(review)) <= 40, review


def _words(review: Review) -> list[str]:
    return [token.text for token in tokenize(review["text"])]


def _label(review: Review) -> str:
    return str(review["label"] if "label" in review else review["written_as"])


def _labels_by_branch(reviews: list[Review], split: str) -> dict[str, Counter[str]]:
    labels: dict[str, Counter[str]] = {branch: Counter() for branch in BRANCHES}
    for review in reviews:
        if review["split"] == split:
            labels[next(word for word in _words(review) if word in BRANCHES)][_label(review)] += 1
    return labels

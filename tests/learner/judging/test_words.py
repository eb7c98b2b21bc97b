import json
import resource

import numpy as np
import pytest
from growth import PROPORTIONAL, growth
from scipy.stats import false_discovery_control, norm

from annotator.sample import BRANCHES, LABELS, sample_path
from learner.data.example import Example
from learner.data.tokenizer import tokenize
from learner.judging import word_counts
from learner.judging.word_counts import AnsweredWords, ScoredWords, count_answers, count_scored
from learner.judging.words import words_relied_on

BRANCH_NAMES = {branch.lower() for branch in BRANCHES}


@pytest.fixture(scope="module")
def reviews():
    """The sample's answered reviews by split, as the demo imports them."""
    found = {"pool": [], "dev": [], "test": []}
    for line in sample_path().read_text(encoding="utf-8").splitlines():
        review = json.loads(line)
        if "marks" in review:
            tokens = tuple(token.text for token in tokenize(review["text"]))
            found[review["split"]].append(Example(tokens, LABELS.index(review["label"]), review["marks"]))
    return found


@pytest.fixture(scope="module")
def sample_answers(reviews):
    return [AnsweredWords(review.tokens, review.label, review.marks) for review in reviews["pool"]]


def test_the_planted_branches_come_first_and_alone_are_suspicious(sample_answers):
    assert len(sample_answers) == 300
    words = words_relied_on(sample_answers, [], labels=2)
    assert {word.word for word in words[:4]} == BRANCH_NAMES
    assert {word.word for word in words if word.is_suspicious} == BRANCH_NAMES
    assert all(word.plus == 0 and max(word.shares) > 80 for word in words[:4])


@pytest.mark.slow
def test_a_model_taught_by_labels_alone_leans_on_the_branches(reviews, sample_answers):
    from learner.config import TrainingConfig
    from learner.prediction import predict
    from learner.training.run import train

    config = TrainingConfig(dimension=16, max_steps=100, learning_rate=1e-2, loss="none")
    trained = train(reviews["pool"], reviews["dev"], labels=LABELS, config=config, device="cpu")
    sentences = [review.tokens for review in reviews["test"]]
    scored = [
        ScoredWords(tokens, prediction.label, prediction.saliency[trained.model.shown_view])
        for tokens, prediction in zip(sentences, predict(trained, sentences), strict=True)
    ]
    words = words_relied_on(sample_answers, scored, labels=2)
    assert {word.word for word in words[:4]} == BRANCH_NAMES
    assert sum(word.tops for word in words[:4]) > len(sentences) / 4
    for word in words[:4]:
        assert word.saliency > 0 and word.tops_for[word.label] > 60


def test_a_word_that_people_could_not_mark_is_not_suspicious():
    rows = [(("slept", "ahoy"), 0, None)] * 20 + [(("sank", "dawn"), 1, "+.")] * 20
    words = words_relied_on([AnsweredWords(*row) for row in rows], [], labels=2)
    assert {word.word: word.is_suspicious for word in words} == {
        "dawn": True,
        "sank": False,
        "slept": False,
        "ahoy": False,
    }


ANSWERS = [
    AnsweredWords(("Good", "tea", "good"), 1, "+.-"),
    AnsweredWords(("good",), 1, None),
    AnsweredWords(("tea", "!"), 0, ".+"),
]


def test_a_word_counts_once_per_sentence_and_its_marks_each_time():
    counts = count_answers(ANSWERS, labels=2)
    assert list(counts.words) == ["good", "tea", "!"]
    assert counts.labels.tolist() == [1, 2]
    assert counts.with_label.tolist() == [[0, 2], [1, 1], [1, 0]]
    assert (counts.plus.tolist(), counts.minus.tolist()) == ([1, 0, 1], [1, 0, 0])
    assert counts.shown.tolist() == [2, 2, 1]


def test_the_top_word_has_the_largest_absolute_saliency_first_at_a_tie():
    scored = [
        ScoredWords(("Good", "tea"), 1, np.array([0.5, -0.6])),
        ScoredWords(("tea", "good"), 0, np.array([0.4, -0.4])),
        ScoredWords(("new", "good"), 0, np.array([0.9, 0.1])),
        ScoredWords(("good",), 1, np.array([0.0])),
    ]
    found = count_scored(scored, {"good": 0, "tea": 1}, labels=2)
    assert found.sentences == 4
    assert found.tops.tolist() == [[0, 0], [1, 1]]
    assert found.seen.tolist() == [4, 2]
    assert found.saliency.tolist() == pytest.approx([0.5 - 0.4 + 0.1, -0.6 + 0.4])


def test_chunks_change_nothing(monkeypatch, sample_answers):
    draw = np.random.default_rng(0)
    scored = [ScoredWords(each.tokens, each.label, draw.normal(size=len(each.tokens))) for each in sample_answers]
    whole = words_relied_on(sample_answers, scored, labels=2)
    monkeypatch.setattr(word_counts, "_CHUNK", 7)
    in_chunks = words_relied_on(iter(sample_answers), iter(scored), labels=2)
    assert [each.word for each in in_chunks] == [each.word for each in whole]
    assert [each.saliency for each in in_chunks] == pytest.approx([each.saliency for each in whole])
    assert [(each.tops, each.plus, each.q) for each in in_chunks] == [(each.tops, each.plus, each.q) for each in whole]


def planted(word, *, count, label, marks):
    return [AnsweredWords((word, f"only{word}{row}"), label, marks) for row in range(count)]


def test_z_and_q_are_computed_by_hand():
    answers = planted("x", count=10, label=1, marks="..") + planted("y", count=30, label=0, marks="..")
    x, y = sorted(words_relied_on(answers, [], labels=2), key=lambda word: word.word)
    # Label 1 has a quarter of the answers: (1 - .25) / √(.25 · .75 / 10), and (0 - .25) / √(.25 · .75 / 30).
    assert x.z == pytest.approx((-5.4772, 5.4772), abs=1e-4)
    assert y.z[1] == pytest.approx(-3.1623, abs=1e-4)
    expected = false_discovery_control(2 * norm.sf([5.4772256, 3.1622777]))
    assert (x.q, y.q) == pytest.approx(tuple(expected))
    assert (x.shares, x.label, x.sentences) == ((0, 100), 1, 10)


def test_a_word_of_four_answers_is_left_out():
    answers = planted("x", count=4, label=1, marks="..") + planted("y", count=5, label=0, marks="..")
    assert [word.word for word in words_relied_on(answers, [], labels=2)] == ["y"]
    assert words_relied_on(answers[:4], [], labels=2) == words_relied_on([], [], labels=2) == []


def test_words_that_people_mark_come_after_the_suspicious_ones_then_by_the_predictions_they_top():
    answers = (
        planted("marked", count=20, label=1, marks="+.")
        + planted("shortcut", count=20, label=1, marks="..")
        + planted("other", count=20, label=0, marks="..")
        + [AnsweredWords(("even",), row % 2, ".") for row in range(20)]
    )
    top = [ScoredWords((word,), 1, np.array([0.3])) for word in ["marked"] * 9 + ["even"] * 4 + ["other"] * 2]
    words = words_relied_on(answers, [*top, ScoredWords(("shortcut",), 0, np.array([-0.5]))], labels=2)
    assert [word.word for word in words] == ["other", "shortcut", "marked", "even"]
    assert [word.is_suspicious for word in words] == [True, True, False, False]
    assert words[0].tops_for == (0, 100)
    assert (words[1].saliency, words[1].tops_for) == (-0.5, (100, 0))
    assert words[2].plus_share == 100
    assert words_relied_on(answers, top, labels=2, limit=1)[0].word == "other"


def test_a_label_that_every_answer_has_makes_no_word_suspicious():
    (word,) = words_relied_on(planted("x", count=9, label=1, marks=".."), [], labels=2)
    assert (word.z, word.q, word.saliency, word.tops_for) == ((0, 0), 1, None, None)


@pytest.mark.timing
def test_a_long_pool_is_counted_in_chunks(sample_answers):
    draw = np.random.default_rng(0)
    names = np.array([f"Word{each}" for each in range(20_000)])
    pool = [tuple(names[draw.zipf(1.3, size=24) % 20_000]) for _ in range(2000)]
    saliency = draw.normal(size=24).astype(np.float32)
    places = {name.lower(): place for place, name in enumerate(names)}

    def count(sentences):
        return count_scored(
            (ScoredWords(pool[row % 2000], row % 2, saliency) for row in range(sentences)), places, labels=2
        )

    assert growth(count, 2000) < PROPORTIONAL
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = count(100_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB
    assert (found.sentences, int(found.seen.sum()), int(found.tops.sum())) == (100_000, 2_400_000, 100_000)

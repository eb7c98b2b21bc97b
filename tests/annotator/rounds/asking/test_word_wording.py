import pytest

from annotator.rounds.asking.scorer_messages import WithoutWord
from annotator.rounds.asking.word_wording import about_answers, about_marks, about_model, about_removal, figures_of
from learner.judging.words import Word

LABELS = ("negative", "positive")


def word(**changes: object) -> Word:
    values = {"word": "eastmere", "sentences": 75, "shares": (90.7, 9.3), "z": (7.04, -7.04), "q": 8e-11, "tops": 8}
    values |= {"tops_for": (87.5, 12.5), "saliency": -0.001, "plus": 0, "minus": 0, "shown": 75}
    return Word(**values | changes)  # type: ignore[arg-type]


def test_a_word_is_described_for_a_newcomer() -> None:
    assert about_answers(word(), labels=LABELS, shares=(50, 50)) == [
        "negative in 91 % of 75 answers",
        "of all answers 50 %",
    ]
    assert about_model(word(), labels=LABELS, scored=300) == [
        "top word in 8 of 300 sentences",
        "for negative in 88 % of these",
    ]
    assert about_model(word(tops_for=None, tops=0), labels=LABELS, scored=300) == ["never the top word"]


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({}, ["a reason 0 of 75 times"]),
        ({"plus": 1, "shown": 1, "minus": 2}, ["a reason 1 of 1 time", "must not matter 2 times"]),
        ({"shown": 0}, ["no marks were asked for"]),
    ],
)
def test_marks_are_counted_of_the_times_the_word_could_be_marked(changes: dict[str, int], lines: list[str]) -> None:
    assert about_marks(word(**changes)) == lines


def test_the_figures_are_given_in_full_and_no_zero_is_negative() -> None:
    assert figures_of(word(), labels=LABELS) == (
        "z = 7.0 for negative · q < 0.001 (Benjamini and Hochberg) · mean signed saliency +0.00"
    )
    assert "q = 0.089" in figures_of(word(q=0.0891), labels=LABELS)


def test_a_removal_says_how_many_predictions_change() -> None:
    assert about_removal(WithoutWord("ship", 75, 49, True, ())) == (
        "Without “ship”, 49 of 75 predictions change (all scored pool sentences with it)."
    )
    assert "(the first scored pool sentences with it)" in about_removal(WithoutWord("ship", 2000, 4, False, ()))
    assert about_removal(WithoutWord("ship", 0, 0, True, ())) == "No scored pool sentence has “ship”."

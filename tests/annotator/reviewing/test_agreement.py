"""The figures of agreement against values worked out by hand and from the literature."""

import pytest

from annotator.reviewing.agreement import (
    Answer,
    agreement,
    by_label,
    by_pair,
    cohen_kappa,
    fleiss_kappa,
    label_alpha,
    span_f1,
    spans,
    token_alpha,
    token_f1,
)  # fmt: skip


def test_cohen_s_kappa_by_hand() -> None:
    # 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: observed 0.7, by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5.
    pairs = [(1, 1)] * 20 + [(1, 0)] * 5 + [(0, 1)] * 10 + [(0, 0)] * 15
    assert cohen_kappa(pairs) == pytest.approx(0.4)


def test_fleiss_kappa_of_the_example_with_ten_subjects_and_fourteen_raters() -> None:
    # The usual worked example for Fleiss (1971): kappa 0.210.
    table = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    rows = [[label for label, count in enumerate(counts) for _ in range(count)] for counts in table]
    assert fleiss_kappa(rows) == pytest.approx(0.210, abs=5e-4)


def test_krippendorff_s_alpha_of_his_example_with_missing_answers() -> None:
    # Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", part C: four observers, nominal alpha 0.743.
    matrix = {
        "A": [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        "B": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        "C": [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        "D": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    }
    units = [
        {who: Answer(row[unit]) for who, row in enumerate(matrix.values()) if row[unit] is not None}
        for unit in range(12)
    ]
    assert label_alpha(units) == pytest.approx(0.743, abs=5e-4)


def test_where_nothing_varies_there_is_no_figure() -> None:
    same = [{1: Answer(0), 2: Answer(0)}] * 3
    assert (cohen_kappa([(0, 0)] * 3), fleiss_kappa([[0, 0]] * 3), label_alpha(same)) == (None, None, None)
    assert token_alpha([{1: "...", 2: "..."}]) is None
    assert agreement([]).token_f1 is None


def test_fleiss_kappa_needs_equally_many_answers() -> None:
    assert fleiss_kappa([[0, 1, 1], [0, 0]]) is None


def test_spans_are_runs_of_reasons() -> None:
    assert spans("++.+-+") == {(0, 2), (3, 4), (5, 6)}
    assert spans("....") == set()


def test_token_and_span_f1_by_hand() -> None:
    assert token_f1("++..", "+...") == pytest.approx(2 / 3)
    assert span_f1("++.+", "+..+") == pytest.approx(0.5)
    assert (token_f1("....", "...."), span_f1("+...", "....")) == (1.0, 0.0)


def test_marks_are_compared_where_the_label_is_the_same() -> None:
    sentences = [
        {1: Answer(1, "+..."), 2: Answer(1, "+..."), 3: Answer(2, "...+")},
        {1: Answer(1, "+..."), 2: Answer(2, ".+..")},
        {1: Answer(0), 2: Answer(0)},
    ]
    figures = agreement(sentences)
    assert (figures.sentences, figures.marked_sentences, figures.token_f1) == (3, 1, 1.0)


def test_token_alpha_of_perfect_and_of_opposite_marks() -> None:
    assert token_alpha([{1: "+.+.", 2: "+.+."}]) == pytest.approx(1.0)
    opposite = token_alpha([{1: "+.+.", 2: ".+.+"}])
    assert opposite is not None
    assert opposite < 0


def test_pairs_and_labels_rest_on_their_own_sentences() -> None:
    sentences = [{1: Answer(1), 2: Answer(1)}, {1: Answer(0), 3: Answer(1)}, {1: Answer(0), 2: Answer(1)}]
    assert {pair: figures.sentences for pair, figures in by_pair(sentences).items()} == {(1, 2): 2, (1, 3): 1}
    assert {label: figures.sentences for label, figures in by_label(sentences, 3).items()} == {0: 2, 1: 3}

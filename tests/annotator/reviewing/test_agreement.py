"""The figures of agreement against values worked out by hand and from the literature."""

from itertools import product

import numpy as np
import pytest
from krippendorff import alpha as krippendorff_alpha
from sklearn.metrics import cohen_kappa_score

from annotator.reviewing.agreement import (
    Answer,
    Shared,
    agreement,
    by_label,
    by_pair,
    in_words,
    span_f1,
    spans,
    token_f1,
)  # fmt: skip


def labelled(*rows: tuple[int | None, ...]) -> list[Shared]:
    """Return sentences with these labels, one per person in their order; None is no answer."""
    return [{who: Answer(label) for who, label in enumerate(row) if label is not None} for row in rows]


def drawn(rng: np.random.Generator, *, sentences: int, people: int, labels: int, same: float) -> list[Shared]:
    """Return answers of which about `same` are that of the sentence, and the others any; some are missing."""
    rows = []
    for of_sentence in rng.integers(labels, size=sentences).tolist():
        given = np.where(rng.random(people) < same, of_sentence, rng.integers(labels, size=people)).tolist()
        keep = rng.permutation(people)[: rng.integers(2, people + 1)].tolist()
        rows.append({who: Answer(label) for who, label in enumerate(given) if who in keep})
    return rows


def test_cohen_s_kappa_by_hand() -> None:
    # 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: observed 0.7, by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5.
    pairs = [(1, 1)] * 20 + [(1, 0)] * 5 + [(0, 1)] * 10 + [(0, 0)] * 15
    assert agreement(labelled(*pairs)).kappa.value == pytest.approx(0.4)


def test_fleiss_kappa_of_the_example_with_ten_subjects_and_fourteen_raters() -> None:
    # The usual worked example for Fleiss (1971): kappa 0.210.
    table = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    rows = [tuple(label for label, count in enumerate(counts) for _ in range(count)) for counts in table]
    assert agreement(labelled(*rows)).kappa.value == pytest.approx(0.210, abs=5e-4)


def test_krippendorff_s_alpha_of_his_example_with_missing_answers() -> None:
    # Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", part C: four observers, nominal alpha 0.743.
    matrix = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    units = [row for row in labelled(*zip(*matrix, strict=True)) if len(row) > 1]
    assert agreement(units).alpha.value == pytest.approx(0.743, abs=5e-4)


@pytest.mark.parametrize(("people", "labels", "same"), [*product((2, 4), (2, 5), (0.1, 0.8))])
def test_the_figures_are_those_of_other_libraries(people: int, labels: int, same: float) -> None:
    rows = drawn(np.random.default_rng(people), sentences=80, people=people, labels=labels, same=same)
    matrix = np.array([[row[who].label if who in row else np.nan for row in rows] for who in range(people)])
    found = agreement(rows)
    theirs = krippendorff_alpha(reliability_data=matrix, level_of_measurement="nominal")
    assert found.alpha.value == pytest.approx(theirs)
    if people == 2:
        assert found.kappa.value == pytest.approx(cohen_kappa_score(matrix[0], matrix[1]))


def test_where_nothing_varies_there_is_no_figure() -> None:
    found = agreement([{1: Answer(1, "..."), 2: Answer(1, "...")}] * 30)
    assert (found.kappa, found.alpha, found.token_alpha) == (None, None, None)
    assert agreement([]).token_f1 is None
    assert in_words(None) == "–"


def test_fleiss_kappa_needs_equally_many_answers() -> None:
    assert agreement(labelled((0, 1, 1), (0, 0, None))).kappa is None


def test_an_interval_covers_the_figure_of_all_sentences_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    every = drawn(rng, sentences=4000, people=2, labels=3, same=0.7)
    whole = agreement(every)
    covered = []
    for seed in range(60):
        few = agreement([every[at] for at in rng.integers(len(every), size=60)], seed=seed)
        covered.append(few.kappa.interval.low <= whole.kappa.value <= few.kappa.interval.high)
    assert sum(covered) >= 52  # of 60, where 95 % are 57; fewer than 52 come once in 200 times


def test_ten_sentences_are_the_fewest_for_an_interval_and_perfect_agreement_has_one_too() -> None:
    rows = labelled(*[(0, 0), (1, 1)] * 5)
    assert in_words(agreement(rows[:9]).kappa) == "too few to say"
    # At most 1 - 0.025 ** 0.1 = 0.3085 of such sentences differ, and by chance half of them would.
    assert in_words(agreement(rows).kappa) == "1.00 (0.38 to 1.00)"
    assert in_words(agreement(labelled(*[(0, 1), (1, 0)] * 20)).kappa) == "−1.00 (−1.00 to −0.78)"


def test_the_same_seed_gives_the_same_interval() -> None:
    rows = drawn(np.random.default_rng(1), sentences=50, people=3, labels=2, same=0.5)
    assert agreement(rows) == agreement(rows)
    assert agreement(rows).alpha != agreement(rows, seed=1).alpha


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
    assert (figures.sentences, figures.marked_sentences, figures.token_f1.value) == (3, 1, 1.0)


def test_token_alpha_of_perfect_and_of_opposite_marks() -> None:
    def marked(first: str, second: str) -> float:
        return agreement([{1: Answer(1, first), 2: Answer(1, second)}]).token_alpha.value

    assert marked("+.+.", "+.+.") == pytest.approx(1.0)
    assert marked("+.+.", ".+.+") < 0


def test_pairs_and_labels_rest_on_their_own_sentences() -> None:
    sentences = [{1: Answer(1), 2: Answer(1)}, {1: Answer(0), 3: Answer(1)}, {1: Answer(0), 2: Answer(1)}]
    assert {pair: figures.sentences for pair, figures in by_pair(sentences).items()} == {(1, 2): 2, (1, 3): 1}
    assert {label: figures.sentences for label, figures in by_label(sentences, 3).items()} == {0: 2, 1: 3}

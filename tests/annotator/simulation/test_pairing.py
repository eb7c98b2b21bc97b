from dataclasses import replace
from itertools import permutations, product

from annotator.simulation.pairing import Pair, in_order, pairs_of, plainest_pairs, without_baseline
from annotator.simulation.records import Arm

PLAIN = Arm("litbank", "static", "none", "random")
MARKS, MARGIN, MINILM = (
    replace(PLAIN, losses="log-mass"),
    replace(PLAIN, acquisition="margin"),
    replace(PLAIN, encoder="minilm"),
)
SOME = replace(MARKS, people="marks on 30 %")


def test_arms_are_compared_with_the_plainest_that_differs_in_one_factor():
    assert pairs_of([SOME, MINILM, MARGIN, MARKS, PLAIN]) == [
        Pair("losses", MARKS, PLAIN),
        Pair("encoder", MINILM, PLAIN),
        Pair("acquisition", MARGIN, PLAIN),
        Pair("people", SOME, MARKS),
    ]


def test_arms_on_other_data_or_with_two_differences_are_not_compared():
    assert pairs_of([PLAIN, replace(MARKS, data="hatexplain"), replace(MARKS, acquisition="margin")]) == []


def test_the_order_of_the_arms_changes_nothing():
    arms = [PLAIN, MARKS, SOME, replace(MARKS, losses="hinge")]
    found = {tuple(in_order(order)) for order in permutations(arms)}
    assert found == {(PLAIN, MARKS, SOME, replace(MARKS, losses="hinge"))}


def test_without_the_encoder_static_the_first_by_name_is_the_baseline():
    e5, minilm = replace(PLAIN, encoder="e5"), replace(PLAIN, encoder="minilm")
    assert pairs_of([minilm, e5]) == [Pair("encoder", minilm, e5)]


def test_static_with_a_named_model_is_the_baseline_too():
    cnn, minilm = replace(PLAIN, encoder="static:cnn"), replace(PLAIN, encoder="minilm")
    assert pairs_of([minilm, cnn]) == [Pair("encoder", minilm, cnn)]


def test_what_varies_without_a_baseline_is_named():
    badge = replace(PLAIN, acquisition="badge")
    assert without_baseline([MARGIN, badge]) == [("litbank", "acquisition")]
    assert without_baseline([PLAIN, MARGIN, badge, MARKS]) == []


def test_the_plainest_pair_of_two_values_stands_for_all_of_an_encoder():
    arms = [
        Arm("litbank", encoder, losses, acquisition)
        for encoder, losses, acquisition in product(("static", "minilm"), ("none", "log-mass"), ("random", "margin"))
    ]
    found = plainest_pairs(pairs_of(arms))
    assert [(pair.factor, pair.arm) for pair in found] == [
        ("losses", MARKS),
        ("losses", replace(MARKS, encoder="minilm")),
        ("encoder", MINILM),
        ("acquisition", MARGIN),
        ("acquisition", replace(MARGIN, encoder="minilm")),
    ]

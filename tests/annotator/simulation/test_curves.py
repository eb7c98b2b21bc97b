import numpy as np
import pytest

from annotator.simulation.curves import Curve, align, answers_to_reach, area, area_within, curve_of, reach, whole_curves
from annotator.simulation.records import Arm, Point, Run


def curve(**heights: float) -> Curve:
    """Return a curve of `at50=60.0, at100=70.0`, a minute for every 10 answers."""
    sizes = tuple(int(name.removeprefix("at")) for name in heights)
    return Curve(sizes, tuple(size / 10 for size in sizes), tuple(heights.values()))


def test_the_area_is_the_mean_height_of_the_curve_with_the_same_weight_for_each_doubling():
    # Trapezoids: one doubling at (60 + 70) / 2 = 65, two at (70 + 80) / 2 = 75.
    assert area(np.array([100.0, 200, 800]), np.array([60.0, 70, 80])) == pytest.approx((65 + 75 + 75) / 3)
    assert area(np.array([100.0]), np.array([[60.0], [70.0]])).tolist() == [60, 70]


def test_the_area_within_minutes_cuts_the_curve_between_its_rounds():
    found = curve(at100=60.0, at400=70.0, at1600=70.0)  # minutes 10, 40, 160
    # From minute 20, a doubling of the two up to 40, where it is at 65, to minute 80: one doubling at 67.5, one at 70.
    assert area_within(found, 20, 80) == pytest.approx((67.5 + 70) / 2)


def test_answers_to_reach_a_figure_are_interpolated_between_rounds():
    assert answers_to_reach([100, 200, 400], [60.0, 70, 80], 65) == pytest.approx(150)
    assert answers_to_reach([100, 200, 400], [60.0, 70, 80], 75) == pytest.approx(300)


def test_not_reached_is_a_value_and_the_first_size_is_the_least():
    assert answers_to_reach([100, 200], [60.0, 70], 70.1) is None
    assert answers_to_reach([], [], 70) is None
    assert answers_to_reach([100, 200], [60.0, 70], 55) == 100


def test_a_curve_that_falls_again_has_reached_the_figure_where_it_first_did():
    assert answers_to_reach([100, 200, 300, 400], [60.0, 70, 62, 80], 65) == pytest.approx(150)


def test_curves_reach_targets_of_their_own():
    places = np.array([[100.0, 200], [100, 200], [100, 200]])
    found = reach(places, np.array([[60.0, 70], [60, 70], [60, 70]]), np.array([65.0, 60, 71]))
    assert found[:2].tolist() == [150, 100]
    assert np.isnan(found[2])


def test_a_round_without_the_figure_is_no_point_of_its_curve():
    points = [
        Point(50, 0, 5.0, {"dev accuracy": 0.6}),
        Point(100, 0, 10.0, {}),
        Point(150, 0, 15.0, {"dev accuracy": float("nan")}),
        Point(200, 0, 20.0, {"dev accuracy": 0.75}),
    ]
    found = curve_of(Run(Arm("set", "static", "none", "random"), 0, points), "dev accuracy")
    assert (found.answers, found.minutes, found.heights) == ((50, 200), (5.0, 20.0), (60.0, 75.0))


def test_arms_are_aligned_by_seed_and_those_without_a_partner_are_named():
    first = {3: curve(at50=61.0, at100=71.0), 1: curve(at50=60.0, at100=70.0), 7: curve(at50=1.0, at100=1.0)}
    second = {1: curve(at50=50.0, at100=55.0, at150=58.0), 3: curve(at50=51.0, at100=56.0, at150=59.0)}
    found = align(first, second)
    assert (found.seeds, found.sizes) == ((1, 3), (50, 100))
    assert found.first.tolist() == [[60, 70], [61, 71]]
    assert found.second.tolist() == [[50, 55], [51, 56]]
    assert found.first_minutes.tolist() == [[5, 10], [5, 10]]
    assert found.left_out == {7: "run for one of the two only"}


def test_a_run_that_was_cut_short_shortens_no_other():
    whole = {seed: curve(at50=60.0, at100=70.0, at150=75.0) for seed in range(3)}
    found = align(whole, whole | {1: curve(at50=60.0, at100=70.0)})
    assert (found.seeds, found.sizes) == ((0, 2), (50, 100, 150))
    assert found.left_out == {1: "nothing at 150 answers"}


def test_means_are_of_the_seeds_that_have_every_size():
    whole = {seed: curve(at50=60.0, at100=70.0) for seed in range(3)}
    assert whole_curves(whole | {7: curve(at50=60.0)}) == whole
    apart = {0: curve(at50=60.0), 1: curve(at100=70.0)}
    assert whole_curves(apart) == apart


def test_arms_without_a_common_seed_are_aligned_over_none():
    found = align({1: curve(at50=60.0)}, {2: curve(at50=60.0)})
    assert found.seeds == ()
    assert found.first.shape == (0, 1)

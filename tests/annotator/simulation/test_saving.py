import numpy as np
import pytest

from annotator.simulation.curves import Curve, align
from annotator.simulation.saving import answers_saved, minutes_saved

SIZES = (100, 200, 300)


def curves(heights: tuple[float, ...], *, minutes: float, seeds: int = 6, spread: float = 1.0) -> dict[int, Curve]:
    """Return the curves of seeds that lie apart by `spread`, each answer of which takes so many minutes."""
    times = tuple(size * minutes for size in SIZES)
    return {
        seed: Curve(SIZES, times, tuple(height + spread * (seed - (seeds - 1) / 2) for height in heights))
        for seed in range(seeds)
    }


def test_what_is_saved_is_read_off_where_the_baseline_ends():
    # The baseline ends at 80; the arm is there halfway between 200 (75) and 300 (85).
    aligned = align(curves((65, 75, 85), minutes=0.15), curves((60, 70, 80), minutes=0.1))
    found = answers_saved(aligned)
    assert (found.target, found.of, found.needed, found.saved) == pytest.approx((80, 300, 250, 50))
    # 250 answers take 37.5 minutes; the baseline took 30.
    assert (minutes_saved(aligned).needed, minutes_saved(aligned).saved) == pytest.approx((37.5, -7.5))


def test_what_is_saved_is_read_off_at_any_size_of_the_baseline():
    # With 200 answers the baseline has 70; the arm is there halfway between 100 (65) and 200 (75).
    aligned = align(curves((65, 75, 85), minutes=0.15), curves((60, 70, 80), minutes=0.1))
    found = answers_saved(aligned, at=200)
    assert (found.target, found.of, found.needed, found.low, found.high) == pytest.approx((70, 200, 150, 50, 50))


def test_seeds_that_lie_apart_alike_leave_no_doubt_about_what_is_saved():
    aligned = align(curves((65, 75, 85), minutes=0.1), curves((60, 70, 80), minutes=0.1))
    found = answers_saved(aligned)
    assert (found.low, found.high) == pytest.approx((50, 50))  # each resample moves both arms by the same


def test_not_reached_has_no_saving_and_no_lower_end():
    found = answers_saved(align(curves((55, 65, 75), minutes=0.1), curves((60, 70, 80), minutes=0.1)))
    assert (found.needed, found.saved, found.low, found.high) == (None, None, None, None)
    assert found.has_interval


def test_an_arm_that_now_and_then_gets_there_has_an_upper_end_alone():
    rng = np.random.default_rng(1)
    noisy = {seed: Curve(SIZES, SIZES, (60.0, 70.0, 80.0 + float(rng.normal(0, 3)))) for seed in range(8)}
    found = answers_saved(align(noisy, curves((60, 70, 80), minutes=1.0, seeds=8)))
    assert found.low is None
    assert found.high is not None


def test_an_arm_that_starts_where_the_baseline_ends_saves_at_least_that_much():
    found = answers_saved(align(curves((81, 85, 90), minutes=0.1), curves((60, 70, 80), minutes=0.1)))
    assert (found.needed, found.is_at_most) == (pytest.approx(100), True)


def test_an_arm_that_is_its_baseline_saves_nothing_also_where_curves_fall_again():
    rng = np.random.default_rng(3)
    same = {seed: Curve(SIZES, SIZES, tuple(rng.uniform(60, 80, 3))) for seed in range(7)}
    found = answers_saved(align(same, same))
    assert (found.saved, found.low, found.high) == pytest.approx((0, 0, 0))


def test_few_seeds_have_no_interval():
    found = answers_saved(align(curves((65, 75, 85), minutes=0.1, seeds=4), curves((60, 70, 80), minutes=0.1, seeds=4)))
    assert (found.has_interval, found.low, found.high) == (False, None, None)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learner.models.recipe import Recipe

WARM = Recipe(steps_per_root=6.0, warmup_share=0.1, decays=True)


@pytest.mark.parametrize(
    ("examples", "has_dev", "steps"), [(50, True, 800), (10_000, True, 1875), (50_000, True, 6000), (50, False, 300)]
)
def test_a_model_trains_for_six_epochs_within_limits(examples, has_dev, steps):
    assert Recipe().steps(examples, batch_size=32, has_dev=has_dev) == steps


@pytest.mark.parametrize(("examples", "steps"), [(1, 6), (100, 60), (300, 104), (1000, 190)])
def test_steps_may_grow_with_the_root_of_the_examples(examples, steps):
    assert {WARM.steps(examples, batch_size=16, has_dev=has_dev) for has_dev in (True, False)} == {steps}


@given(st.integers(0, 9), st.integers(10, 20))
def test_a_learning_rate_stays_as_it_is_unless_asked(step, steps_total):
    assert Recipe().share_of_rate(step, steps_total) == 1.0
    assert Recipe().warmup_of_loss(100, steps_total) == 100


def test_a_learning_rate_may_grow_and_then_fall_in_straight_lines():
    shares = [WARM.share_of_rate(step, 20) for step in range(20)]
    assert shares[:4] == [0.5, 1.0, 1.0, pytest.approx(17 / 18)]
    assert shares[-1] == pytest.approx(1 / 18)
    assert WARM.warmup_of_loss(100, 20) == 2
    assert WARM.warmup_of_loss(0, 20) == 0


@given(st.integers(1, 400), st.data())
def test_a_share_is_above_0_and_at_most_1(steps_total, data):
    assert 0 < WARM.share_of_rate(data.draw(st.integers(0, steps_total - 1)), steps_total) <= 1

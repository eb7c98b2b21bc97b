"""The figures of a large pool say which model they are of."""

from round_at_scale import SETTINGS, what_is_measured


def test_the_figures_say_how_wide_the_vectors_are_and_that_they_are_random():
    assert SETTINGS.vectors == "random"
    assert what_is_measured() == "The model cnn with random vectors of 50 dimensions."

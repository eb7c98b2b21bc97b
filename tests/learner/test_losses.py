from types import SimpleNamespace

import pytest
import torch

from learner import registry
from learner.losses import hinge, margin_quiet
from learner.models.cnn import LEVELS
from learner.saliency import Saliency, differentiate


@pytest.fixture
def given():
    """One row of three words with the saliency given for it: A = x · g, with x = 1 and one dimension."""

    def make(scores, marks):
        values = torch.tensor([scores], dtype=torch.float64, requires_grad=True)
        ones = torch.ones(1, len(scores), 1, dtype=torch.float64)
        real = torch.ones(1, len(scores), dtype=torch.bool)
        saliency = Saliency({"word": ones}, {"word": values[..., None]}, real)
        z, not_z = (torch.tensor([[letter == sign for letter in marks]]) for sign in "+-")
        return values, saliency, SimpleNamespace(real=real, contributory=z, irrelevant=not_z)

    return make


@pytest.mark.parametrize("loss", registry.names("loss"))
@pytest.mark.parametrize("marks", [["++.-", "..+"], ["+++-", "---"], ["....", "-.."]])
def test_every_loss_gives_one_penalty_a_row_and_none_below_zero(make_model, make_batch, loss, marks):
    batch = make_batch("a b c d", "e f g", labels=[1, 0], marks=marks)
    chosen = registry.load("loss", loss)
    saliency = differentiate(make_model()(batch), batch, batch.labels, levels=LEVELS, create_graph=True)
    penalties = chosen.penalty(saliency, batch, chosen.levels)
    assert penalties.shape == (2,)
    assert (penalties >= 0).all()
    assert torch.isfinite(penalties).all()


def test_hinge_is_the_sum_of_the_negative_saliency_of_marked_words(given):
    _, saliency, batch = given([-2.0, -0.5, -7.0, 3.0], "++.+")
    assert hinge(saliency, batch, ["word"]).item() == 2.5


def test_margin_quiet_is_the_value_computed_by_hand(given):
    # mean |A| = 2, so a = (0.5, 2, -1, 0.5); marked: (1.5 - 0.5 + 0) / 2; unmarked: (0.5 + 0) / 2, half of it.
    _, saliency, batch = given([1.0, 4.0, -2.0, 1.0], "++..")
    assert margin_quiet(saliency, batch, ["word"]).item() == pytest.approx(0.5 + 0.5 * 0.25)


def test_margin_quiet_does_not_depend_on_the_scale(given):
    values = []
    for scale in (1.0, 100.0):
        _, saliency, batch = given([1.0 * scale, 4.0 * scale, -2.0 * scale], "+..")
        values.append(margin_quiet(saliency, batch, ["word"]).item())
    assert values[0] == pytest.approx(values[1])


def test_margin_quiet_of_a_model_without_saliency_is_finite(given):
    values, saliency, batch = given([0.0, 0.0, 0.0], "+..")
    margin_quiet(saliency, batch, ["word"]).sum().backward()
    assert torch.isfinite(values.grad).all()


@pytest.mark.parametrize("penalty", [hinge, margin_quiet])
def test_words_that_must_not_matter_cost_their_mean_size(given, penalty):
    _, saliency, batch = given([-1.0, 3.0, 5.0], "--.")
    assert penalty(saliency, batch, ["word"]).item() == 2.0


def test_unmarked_words_are_left_alone_where_nothing_is_contributory(given):
    values, saliency, batch = given([-1.0, 3.0, 5.0], "-..")
    margin_quiet(saliency, batch, ["word"]).sum().backward()
    assert values.grad.tolist() == [[-1.0, 0.0, 0.0]]

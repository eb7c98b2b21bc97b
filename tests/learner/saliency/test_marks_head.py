import math
from dataclasses import replace

import pytest
import torch

from learner.saliency.marks_head import MarksHead
from learner.saliency.objective import Objective
from learner.training.run import TrainingConfig, train

LABELS = ("quiet", "event")


@pytest.fixture
def head():
    """Return a head that reads the first number of a word: log-odds = 2 · x."""
    made = MarksHead(2).double()
    torch.nn.init.zeros_(made.linear.bias)
    made.linear.weight.data = torch.tensor([[2.0, 0.0]], dtype=torch.float64)
    return made


def intermediate(*log_odds):
    return torch.tensor([[[value / 2, 9.0] for value in log_odds]], dtype=torch.float64)


def test_it_costs_the_cross_entropy_averaged_over_the_words(head, make_batch):
    cost = head(intermediate(1.0, -1.0, 0.0), make_batch("a b c", marks=["+.."])).item()
    assert cost == pytest.approx((2 * math.log1p(math.exp(-1)) + math.log(2)) / 3)


def test_words_that_must_not_matter_are_not_to_be_marked(head, make_batch):
    # The others of a row without a `+` are not judged.
    cost = head(intermediate(5.0, 1.0, 5.0), make_batch("a b c", marks=[".-."])).item()
    assert cost == pytest.approx(math.log1p(math.exp(1)))


@pytest.mark.parametrize("marks", [None, "..."])
def test_a_row_without_marks_costs_nothing(head, make_batch, marks):
    assert head(intermediate(5.0, 1.0, 5.0), make_batch("a b c", marks=[marks])).item() == 0


def test_every_word_may_be_marked(head, make_batch):
    cost = head(intermediate(0.0, 0.0), make_batch("a b", marks=["++"])).item()
    assert cost == pytest.approx(math.log(2))


def test_pads_are_not_judged(head, make_batch):
    batch = make_batch("a b", "a b c d", marks=["+.", None])
    levels = torch.cat([intermediate(1.0, -1.0, 50.0, 50.0)] * 2)
    assert head(levels, batch)[0].item() == pytest.approx(math.log1p(math.exp(-1)))


def test_it_reaches_the_convolutions_and_not_the_classifier(make_model, make_batch):
    model = make_model()
    Objective(model, loss="head")(make_batch("a b c", marks=["+.."])).saliency_loss.backward()
    assert model.conv3.weight.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in model.head.parameters())


@pytest.mark.slow
def test_it_learns_which_words_people_mark(make_planted):
    examples, test = make_planted(60, seed=1), make_planted(40, seed=2)
    steps = {}
    for steps_run in (1, 150):
        config = TrainingConfig(loss="head", dimension=8, max_steps=steps_run, learning_rate=3e-3)
        losses = []
        train(examples, test, labels=LABELS, config=config, device="cpu", progress=losses.append)
        steps[steps_run] = losses[-1].saliency_loss
    assert steps[150] < steps[1] / 3


def test_it_is_not_part_of_the_model(make_planted):
    config = TrainingConfig(dimension=8, max_steps=3)
    weights = [
        train(
            make_planted(20, seed=1), labels=LABELS, config=replace(config, loss=loss), device="cpu"
        ).model.state_dict()
        for loss in ("none", "head")
    ]
    assert weights[0].keys() == weights[1].keys()


def test_a_gradient_that_is_zero_everywhere_is_propagated_too(make_model, make_batch):
    model = make_model()
    (0.0 * model.route(make_batch("a b c", "d e")).levels["intermediate"]).sum().backward()
    reached = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    assert reached
    assert not any(gradient.any() for gradient in reached)

import math

import torch
from torch import nn

from learner.training.selection import DevScore, keep_better


def score(loss, accuracy, macro_f1):
    return DevScore(loss, accuracy, macro_f1, classes=2)


def test_a_model_of_one_class_does_not_win():
    one_class = score(math.log(2), 80.0, 44.4)  # four of five examples are of that class
    real = score(0.6, 76.0, 70.0)
    assert real.worth > one_class.worth


def test_a_loss_that_is_not_a_number_does_not_win():
    model = nn.Linear(1, 1)
    broken = keep_better(None, 25, score(math.nan, 90, 90), model)
    assert keep_better(broken, 50, score(0.9, 50, 40), model).step == 50
    assert keep_better(keep_better(None, 25, score(0.9, 50, 40), model), 50, score(math.nan, 90, 90), model).step == 25


def test_the_better_step_is_kept_with_a_copy_of_its_weights():
    model = nn.Linear(1, 1)
    first = keep_better(None, 25, score(0.6, 70, 70), model)
    weight = first.weights["weight"].clone()
    with torch.no_grad():
        model.weight += 1
    worse = keep_better(first, 50, score(0.7, 70, 70), model)
    better = keep_better(first, 50, score(0.5, 70, 70), model)
    assert worse is first
    assert better.step == 50
    assert torch.equal(first.weights["weight"], weight)


def test_better_answers_outweigh_a_loss_that_grew_with_confidence():
    assert score(0.64, 80, 79).worth > score(0.50, 75, 74).worth
    assert score(0.50, 75, 74).worth > score(0.64, 75, 74).worth

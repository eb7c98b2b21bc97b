from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from torch.nn import functional

from learner.prediction import predict
from learner.saliency.gradients import batch_word_saliency
from learner.training.calibration import fit_constants
from learner.training.run import TrainingConfig, train

LABELS = ("quiet", "event")
QUICK = TrainingConfig(dimension=8, max_steps=60, learning_rate=3e-3)


@given(seed=st.integers(0, 1000), classes=st.integers(2, 4), sharpness=st.sampled_from([0.3, 1.0, 4.0]))
def test_the_constants_minimise_the_cross_entropy(seed, classes, sharpness):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.cat([torch.arange(classes), torch.randint(classes, (40,), generator=generator)])
    logits = torch.randn(len(labels), classes, generator=generator, dtype=torch.float64) * sharpness + 1.5

    def cost(constants):
        return functional.cross_entropy(logits + torch.as_tensor(constants), labels).item()

    least = minimize(cost, np.zeros(classes), method="BFGS").fun
    assert cost(fit_constants(logits, labels)) == pytest.approx(least, abs=1e-4)


def test_answers_that_lean_to_one_class_are_corrected():
    labels = torch.tensor([0, 0, 0, 1, 1, 1])
    logits = torch.tensor([[0.0, each] for each in (1.0, 2.0, 3.0, 5.0, 6.0, 7.0)])
    constants = fit_constants(logits, labels)
    assert (constants[1] - constants[0]).item() == pytest.approx(-4.0, abs=1e-3)


def test_a_class_without_examples_keeps_its_logit():
    constants = fit_constants(torch.zeros(4, 3), torch.tensor([0, 0, 0, 1]))
    assert torch.isfinite(constants).all()
    assert constants[2] == 0


def test_calibration_changes_no_saliency_of_two_classes(make_model, make_batch):
    model, batch = make_model(), make_batch("a b c")
    before = batch_word_saliency(model, batch, batch.labels)
    model.add_to_logits(torch.tensor([0.3, -0.7]))
    torch.testing.assert_close(batch_word_saliency(model, batch, batch.labels), before)


def test_a_calibrated_training_answers_each_label_as_often_as_dev_has_it(make_planted):
    examples, dev = make_planted(60, seed=1), make_planted(40, seed=2)
    plain, calibrated = (
        train(examples, dev, labels=LABELS, config=replace(QUICK, calibration=each), device="cpu")
        for each in ("off", "bias")
    )
    mean = np.mean([answer.probabilities[1] for answer in predict(calibrated, [each.tokens for each in dev])])
    assert mean == pytest.approx(0.5, abs=1e-3)
    assert calibrated.result.dev_loss <= plain.result.dev_loss
    assert torch.equal(plain.model.conv3.weight, calibrated.model.conv3.weight)


def test_without_enough_dev_nothing_is_calibrated(make_planted):
    weights = [
        train(make_planted(20, seed=1), labels=LABELS, config=replace(QUICK, calibration=each), device="cpu").model
        for each in ("off", "bias")
    ]
    assert torch.equal(weights[0].head[-1].bias, weights[1].head[-1].bias)

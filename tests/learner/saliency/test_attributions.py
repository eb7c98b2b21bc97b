import sys

import pytest
import torch

from learner import registry
from learner.errors import ConfigError
from learner.models.protocol import Output
from learner.saliency.attributions import attribute, integrated_gradients
from learner.saliency.gradients import answer, batch_word_saliency

OF_ANY_MODEL = [name for name in registry.names("attribution") if name != "evidence"]


class LinearModel(torch.nn.Module):
    """f = Σ over words of its vector's dot product with (1, -2): every gradient is known."""

    def forward(self, batch, words=None):
        word = self.vectors(batch) if words is None else words
        slope = word.new_tensor([1.0, -2.0])
        score = ((word @ slope) * batch.real).sum(dim=1)
        return Output(torch.stack([torch.zeros_like(score), score], dim=1), {"word": word})

    def vectors(self, batch):
        ids = batch.ids.double()
        return torch.stack([ids, -ids], dim=2).requires_grad_()


@pytest.fixture
def batch(make_batch):
    return make_batch("a b", "c")


@pytest.mark.parametrize("by", ["captum_smooth_grad", "captum_gradient_shap", "captum_kernel_shap"])
def test_captums_methods_draw_from_their_own_seed(make_model, make_batch, by):
    model, batch = make_model(), make_batch("a b c d", "e f")
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    first = attribute(model, batch, batch.labels, by=by)
    torch.testing.assert_close(torch.rand(3), expected)
    torch.testing.assert_close(attribute(model, batch, batch.labels, by=by), first, rtol=0, atol=0)


@pytest.mark.parametrize("by", ["captum_shapley_sampling", "captum_kernel_shap"])
def test_shapley_values_add_up_to_what_the_words_change(make_model, make_batch, by):
    model, batch = make_model().eval(), make_batch("a b c d", "e f")
    scores = attribute(model, batch, batch.labels, by=by)
    words = model(batch).levels["word"].detach()
    whole, nothing = (
        answer(model(batch, words=each).logits, batch.labels) for each in (words, torch.zeros_like(words))
    )
    torch.testing.assert_close(scores.sum(dim=1), (whole - nothing).to(scores), rtol=0, atol=1e-4)


def test_a_package_that_is_missing_is_named(monkeypatch, batch):
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    monkeypatch.delitem(sys.modules, "learner.saliency.captum_attributions", raising=False)
    with pytest.raises(ConfigError, match=r"'captum_kernel_shap' needs the package captum, .* pip install captum"):
        attribute(LinearModel(), batch, batch.labels, by="captum_kernel_shap")


@pytest.mark.parametrize(
    "by",
    [
        "input_x_gradient",
        "integrated_gradients",
        "leave_one_out",
        "captum_smooth_grad",
        "captum_shapley_sampling",
        "captum_kernel_shap",
    ],
)
def test_on_a_linear_model_they_agree(batch, by):
    # A word's vector is (id, -id), its dot product with (1, -2) three times its id.
    expected = 3.0 * batch.ids * batch.real
    scores = attribute(LinearModel(), batch, batch.labels, by=by).double()  # Captum's count in float32
    torch.testing.assert_close(scores, expected.double(), rtol=1e-5, atol=1e-5)


def test_the_gradient_is_summed_and_the_norm_has_no_sign(batch):
    gradient, norm = (attribute(LinearModel(), batch, batch.labels, by=by) for by in ("gradient", "gradient_norm"))
    assert gradient.tolist() == [[-1.0, -1.0], [-1.0, 0.0]]
    assert norm.tolist() == [[5**0.5, 5**0.5], [5**0.5, 0.0]]


@pytest.mark.parametrize("by", OF_ANY_MODEL)
def test_each_is_one_number_per_word_and_zero_at_pads(make_model, batch, by):
    model = make_model().train()
    scores = attribute(model, batch, batch.labels, by=by)
    assert scores.shape == batch.ids.shape
    assert scores.isfinite().all()
    assert scores[1, 1] == 0
    assert scores.abs().sum() > 0
    assert model.training
    torch.testing.assert_close(attribute(model, batch, batch.labels, by=by), scores)  # no dropout


@pytest.mark.parametrize("by", OF_ANY_MODEL)
def test_the_label_that_is_asked_about_counts(make_model, batch, by):
    model = make_model()
    other = attribute(model, batch, 1 - batch.labels, by=by)
    expected = attribute(model, batch, batch.labels, by=by)  # of two classes one's gain is the other's loss
    torch.testing.assert_close(other, expected if by == "gradient_norm" else -expected)


@pytest.mark.slow
def test_integrated_gradients_add_up_to_what_the_words_change(make_model, make_batch):
    batch, model = make_batch("a b c d", "e f a"), make_model()
    coarse, fine = (integrated_gradients(model, batch, batch.labels, steps=steps).sum(dim=1) for steps in (4, 500))
    word = model(batch).levels["word"]
    whole, nothing = (answer(model(batch, words=each).logits, batch.labels) for each in (word, 0 * word))
    errors = [(total - (whole - nothing)).abs().max() for total in (fine, coarse)]
    assert errors[0] < 2e-3
    assert errors[0] < errors[1]


def test_leaving_a_word_out_is_the_models_answer_without_its_vector(make_model, make_batch):
    batch, model = make_batch("a b c"), make_model()
    word = model(batch).levels["word"].detach().clone()
    word[0, 1] = 0
    left = answer(model(batch, words=word).logits, batch.labels)
    expected = answer(model(batch).logits, batch.labels) - left
    assert attribute(model, batch, batch.labels, by="leave_one_out")[0, 1] == pytest.approx(expected.item())


def test_the_papers_gradient_is_the_saliency_that_is_trained(make_model, batch):
    model = make_model()
    expected = batch_word_saliency(model, batch, batch.labels, view="gradient")
    torch.testing.assert_close(attribute(model, batch, batch.labels, by="gradient"), expected)

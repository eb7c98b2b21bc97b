import pytest
import torch

from learner import registry
from learner.models.cnn import LEVELS, EventCnn
from learner.models.words import WordTable
from learner.saliency.gradients import TARGETS, answer, differentiate
from learner.saliency.gradients import batch_word_saliency as word_saliency


@pytest.fixture
def linear_model() -> EventCnn:
    """Return a model without a hidden layer, d = 1: I_i = 2 x_i, D_dim = I, z_k = a_k max I + Σ_i b_ki D_dim,i."""
    vectors = torch.tensor([[0.0], [0.0], [1.0], [3.0], [2.0]])  # a = 1, b = 3, c = 2
    model = EventCnn(WordTable(vectors, trained_rows=5), classes=2, max_words=4, hidden_layer=False).double().eval()
    with torch.no_grad():
        model.conv3.weight.copy_(torch.tensor([[[0.0, 2.0, 0.0]]]))
        model.conv3.bias.zero_()
        model.conv5.weight.zero_()
        model.conv5.bias.fill_(-100.0)
        a, b = [[0.5], [1.0]], [[0.1, 0.2, 0.3, 0.4], [-0.3, 0.1, 0.7, 0.0]]
        model.head[-1].weight.copy_(torch.tensor([[*a[0], *b[0]], [*a[1], *b[1]]]))
    return model


# By hand for "a b c" and label 1: f = z_1 - z_0 = 0.5 D_seq + (-0.4, -0.1, 0.4) · D_dim; b wins D_seq.
BY_HAND = {
    "decision": [-0.4, -0.1, 0.4],
    "intermediate": [-0.4, 0.4, 0.4],
    "word": [-0.8, 0.8, 0.8],
}


@pytest.mark.parametrize("level", LEVELS)
def test_gradient_is_the_one_computed_by_hand(linear_model, make_batch, level):
    batch = make_batch("a b c", max_words=4)
    saliency = differentiate(linear_model(batch), batch, batch.labels, levels=LEVELS)
    torch.testing.assert_close(saliency.view("gradient", level)[0].tolist(), BY_HAND[level])


def test_input_x_gradient_is_the_one_computed_by_hand(linear_model, make_batch):
    batch = make_batch("a b c", max_words=4)
    scores = word_saliency(linear_model, batch, batch.labels, view="input_x_gradient")
    torch.testing.assert_close(scores[0].tolist(), [1 * -0.8, 3 * 0.8, 2 * 0.8])


def test_the_other_label_has_the_opposite_saliency(linear_model, make_batch):
    batch = make_batch("a b c", max_words=4)
    scores = [word_saliency(linear_model, batch, torch.tensor([label])) for label in (0, 1)]
    torch.testing.assert_close(scores[0], -scores[1])


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("target", TARGETS)
def test_gradient_agrees_with_finite_differences(make_model, make_batch, classes, target):
    model, batch, step = make_model(classes=classes), make_batch("a b c d e"), 1e-6
    scores = word_saliency(model, batch, batch.labels, view="gradient", target=target)

    def moved(row: int, by: float) -> float:
        with torch.no_grad():
            model.words.embedding.weight[row] += by
            value = answer(model(batch).logits, batch.labels, target).item()
            model.words.embedding.weight[row] -= by
        return value

    for place, row in enumerate(batch.ids[0].tolist()):
        slope = (moved(row, step) - moved(row, -step)) / (2 * step)
        assert scores[0, place].item() == pytest.approx(slope, abs=1e-7)


def test_each_repeated_word_has_its_own_saliency(make_model, make_batch):
    model, batch, step = make_model(seed=3), make_batch("a b a c"), 1e-6
    scores = word_saliency(model, batch, batch.labels, view="gradient")[0]
    with torch.no_grad():
        before = answer(model(batch).logits, batch.labels)
        model.words.embedding.weight[batch.ids[0, 0]] += step
        after = answer(model(batch).logits, batch.labels)
    assert scores[0] != scores[2]
    assert (scores[0] + scores[2]).item() == pytest.approx((after - before).item() / step, abs=1e-4)


@pytest.mark.parametrize("view", registry.names("view"))
def test_padding_changes_no_saliency(make_model, make_batch, view):
    model = make_model()
    alone, padded = make_batch("a b"), make_batch("a b", "c d e f g")
    scores = word_saliency(model, padded, padded.labels, view=view)
    torch.testing.assert_close(scores[0, :2], word_saliency(model, alone, alone.labels, view=view)[0])
    assert (scores[0, 2:] == 0).all()


@pytest.mark.parametrize("view", registry.names("view"))
@pytest.mark.parametrize("level", LEVELS)
def test_every_view_gives_one_number_per_word_at_every_level(make_model, make_batch, view, level):
    batch = make_batch("a b c", "d e")
    scores = differentiate(make_model()(batch), batch, batch.labels, levels=LEVELS).view(view, level)
    assert scores.shape == (2, 3)
    assert torch.isfinite(scores).all()


@pytest.mark.parametrize("classes", [2, 3])
def test_log_odds_and_probability_agree_in_sign(make_model, make_batch, classes):
    model, batch = make_model(classes=classes), make_batch("a b c d e", "f g h", labels=[1, 0])
    by_target = [word_saliency(model, batch, batch.labels, view="gradient", target=target) for target in TARGETS]
    assert torch.equal(by_target[0].sign(), by_target[1].sign())


def test_log_odds_is_that_of_the_label_against_all_others():
    logits = torch.tensor([[0.3, -1.0, 2.0]], dtype=torch.float64)
    p = logits.softmax(dim=1)[0]
    for label in range(3):
        expected = p[label].log() - (1 - p[label]).log()
        torch.testing.assert_close(answer(logits, torch.tensor([label]))[0], expected)


def test_saliency_can_be_computed_where_gradients_are_off(make_model, make_batch):
    batch = make_batch("a b c")
    with torch.no_grad():
        assert word_saliency(make_model(), batch, batch.labels).abs().sum() > 0

import pytest
import torch

from learner.models.cnn import LEVELS, EventCnn
from learner.models.words import WordTable


def test_levels_keep_the_word_axis(make_model, make_batch):
    output = make_model(classes=3)(make_batch("a b c d", "e f"))
    assert output.logits.shape == (2, 3)
    assert {name: tuple(level.shape) for name, level in output.levels.items()} == {
        "word": (2, 4, 4),
        "intermediate": (2, 4, 4),
        "decision": (2, 4),
    }
    assert tuple(output.levels) == LEVELS


@pytest.mark.parametrize("hidden_layer", [True, False])
def test_padding_changes_no_logit(make_model, make_batch, hidden_layer):
    model = make_model(hidden_layer=hidden_layer)
    # Convolutions whose bias is positive everywhere: an unmasked pad would win maxima.
    for conv in (model.conv3, model.conv5):
        torch.nn.init.constant_(conv.bias, 3.0)
        torch.nn.init.constant_(conv.weight, -0.5)
    alone = model(make_batch("a b")).logits
    padded = model(make_batch("a b", "c d e f g h")).logits[:1]
    torch.testing.assert_close(padded, alone)


def test_one_word_is_a_sentence(make_model, make_batch):
    assert torch.isfinite(make_model()(make_batch("a")).logits).all()


def test_tied_words_share_no_gradient(make_model, make_batch):
    model = make_model()
    for conv in (model.conv3, model.conv5):
        torch.nn.init.zeros_(conv.weight)  # every position of I is the bias: all tie
    output = model(make_batch("a b c"))
    (gradient,) = torch.autograd.grad(output.logits[0, 0], [output.levels["intermediate"]])
    won = gradient[0].ne(0).sum(dim=0)  # (d,): positions that got gradient, by feature
    # D_seq gives a feature to one word; D_dim may give the word's largest feature to each of the three.
    assert (won == 1).sum() >= model.conv3.out_channels - 1


def test_tied_convolutions_share_no_gradient(make_model, make_batch):
    model = make_model()
    for conv in (model.conv3, model.conv5):
        torch.nn.init.zeros_(conv.weight)
        torch.nn.init.ones_(conv.bias)
    model(make_batch("a b c")).logits.sum().backward()
    assert model.conv3.bias.grad.abs().sum() > 0
    assert model.conv5.bias.grad.abs().sum() == 0


def test_frozen_words_are_looked_up_and_not_trained(make_batch):
    vectors = torch.arange(12, dtype=torch.float32).reshape(6, 2)
    model = EventCnn(WordTable(vectors, trained_rows=3), classes=2, max_words=4)
    batch = make_batch("a b d")  # rows 2, 3 and 5; 3 and 5 are frozen
    torch.testing.assert_close(model(batch).levels["word"][0], vectors[[2, 3, 5]])
    assert "words.frozen" not in dict(model.named_parameters())


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_both_devices_agree(make_model, make_batch):
    model, batch = make_model(), make_batch("a b c d", "e f")
    expected = model(batch).logits
    moved = batch.to(torch.device("cuda"))
    torch.testing.assert_close(model.cuda()(moved).logits.cpu(), expected)

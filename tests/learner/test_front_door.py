"""Saliency and its loss on models that do not know this library."""

import re
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from learner import registry, saliency_loss, word_saliency
from learner.errors import LearnerError, SaliencyError, UnknownName
from learner.loss_names import needs_evidence

LIBRARY = Path(__file__).resolve().parents[2] / "docs/losses.md"
LOSSES = [loss for loss in registry.names("loss") if "head" not in loss and not needs_evidence(loss)]


@pytest.fixture
def world():
    """Return W (2 rows, 3 words, 2 dimensions), weights v of the same shape, and f = Σ v ⊙ W: G = Σ_j v."""
    W = torch.tensor([[[1.0, 2.0], [3.0, 1.0], [2.0, 2.0]], [[1.0, 1.0], [4.0, 0.0], [0.0, 0.0]]], requires_grad=True)
    v = torch.tensor([[[-1.0, -2.0], [1.0, 1.0], [0.5, -2.0]], [[2.0, -3.0], [1.0, 1.0], [0.0, 1.0]]])
    v.requires_grad_()
    return W, v, (W * v).sum(dim=(1, 2))


def test_the_hinge_is_equation_1_computed_by_hand(world):
    W, _, score = world
    # Σ_j v: row 0 is -3, 2, -1.5; row 1 is -1, 2, 1. Marked: words 0 and 1, and word 0. Two rows.
    marks = torch.tensor([[1, 1, 0], [1, 0, 0]])
    assert saliency_loss(score, levels={"word": W}, marks=marks).item() == pytest.approx((3 + 1) / 2)
    assert saliency_loss(score, levels={"word": W}, marks=marks.bool()).item() == pytest.approx((3 + 1) / 2)


def test_levels_are_summed_and_may_lack_dimensions(world):
    W, v, _ = world
    decision = (W * v).sum(dim=2)  # (rows, words)
    score = (decision * torch.tensor([-2.0, 1.0, 1.0])).sum(dim=1)
    marks = torch.tensor([[1, 0, 0], [0, 0, 0]])
    # At decision word 0 has -2, hinge 2; at word its gradient is -2 (-1, -2), the sum 6, hinge 0.
    assert saliency_loss(score, levels={"word": W, "decision": decision}, marks=marks).item() == pytest.approx(1.0)
    assert saliency_loss(score, levels={"decision": decision}, marks=marks).item() == pytest.approx(1.0)


def test_words_that_must_not_matter_cost_their_size(world):
    W, _, score = world
    marks = torch.tensor([[0, -1, 0], [0, 0, 0]])
    # |x · g| of word 1 is |3 + 1|; a level of any name replaces `word`.
    assert saliency_loss(score, levels={"hidden": W}, marks=marks).item() == pytest.approx(4 / 2)


def test_marks_at_pads_do_not_count(world):
    W, _, score = world
    real = torch.tensor([[True, True, True], [False, True, True]])
    marks = torch.tensor([[1, 1, 0], [1, 0, 0]])
    assert saliency_loss(score, levels={"word": W}, marks=marks, real=real).item() == pytest.approx(3 / 2)
    assert word_saliency(score, W, real=real)[1, 0] == 0


def test_word_saliency_is_computed_by_hand_and_leaves_the_graph(world):
    W, v, score = world
    assert word_saliency(score, W, view="gradient")[0].tolist() == [-3.0, 2.0, -1.5]
    assert word_saliency(score, W)[0].tolist() == [-5.0, 4.0, -3.0]
    score.sum().backward()
    assert torch.equal(v.grad, W.detach())


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_can_be_taken_and_differentiated(world, loss):
    W, v, score = world
    marks = torch.tensor([[1, 0, -1], [1, 0, 0]])
    (score.sum() + saliency_loss(score, levels={"word": W}, marks=marks, loss=loss)).backward()
    assert torch.isfinite(v.grad).all()


def test_a_loss_with_parameters_of_its_own_is_refused(world):
    W, _, score = world
    with pytest.raises(SaliencyError, match="the marks head has parameters of its own"):
        saliency_loss(score, levels={"word": W}, marks=torch.ones(2, 3), loss="mass+head")


def test_a_batch_without_marks_is_not_differentiated(world):
    W, _, score = world
    assert saliency_loss(score, levels={"word": W}, marks=torch.zeros(2, 3)).item() == 0


class Encoder(nn.Module):
    """Attention with norms before or after it, as transformers have them; W is its input."""

    def __init__(self, *, norm_first: bool, embedding_norm: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.norm = nn.LayerNorm(8) if embedding_norm else nn.Identity()
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True, norm_first=norm_first)
        self.last = nn.LayerNorm(8) if norm_first else nn.Identity()
        self.head = nn.Linear(8, 1)

    def forward(self, W):
        normed = self.norm(W)
        return self.head(self.last(self.layer(normed)).mean(dim=1)).squeeze(1), normed


MARKS = torch.tensor([[1, 0, 0, 0], [0, 0, 1, 0]])


@pytest.fixture
def words():
    return torch.randn(2, 4, 8, generator=torch.Generator().manual_seed(1)).requires_grad_()


@pytest.mark.parametrize("form", [{"norm_first": True}, {"norm_first": False, "embedding_norm": True}])
def test_a_sum_that_a_layer_norm_makes_zero_is_refused(words, form):
    with sdpa_kernel(SDPBackend.MATH):
        score, _ = Encoder(**form)(words)
        with pytest.raises(SaliencyError, match="'word' sums to zero for every word, as before a LayerNorm"):
            saliency_loss(score, levels={"word": words}, marks=MARKS)
        with pytest.raises(SaliencyError, match="the view gradient of level 'word' sums to zero"):
            word_saliency(score, words, view="gradient")
        # Without the check, the result is noise.
        assert word_saliency(score, words, view="gradient", check=False).abs().max() < 1e-5


def test_what_the_refusal_advises_works(words):
    with sdpa_kernel(SDPBackend.MATH):
        score, normed = Encoder(norm_first=False, embedding_norm=True)(words)
        assert saliency_loss(score, levels={"word": normed}, marks=MARKS).isfinite()
        score, _ = Encoder(norm_first=True)(words)
        assert saliency_loss(score, levels={"word": words}, marks=MARKS, loss="margin+quiet").isfinite()


def test_input_times_gradient_that_cancels_is_refused_too(words):
    score = nn.Linear(8, 1)(nn.LayerNorm(8, eps=0.0)(words)).mean(dim=1).squeeze(1)
    with pytest.raises(SaliencyError, match="the view input_x_gradient of level 'word' sums to zero"):
        word_saliency(score, words)


def test_a_fused_kernel_without_a_second_derivative_is_found_before_backward_fails(words):
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        score, _ = Encoder(norm_first=False)(words)
    with pytest.raises(SaliencyError, match=r"no second derivative: run attention under .*MATH"):
        saliency_loss(score, levels={"word": words}, marks=MARKS)
    unchecked = saliency_loss(score, levels={"word": words}, marks=MARKS, check=False)
    with pytest.raises(RuntimeError, match="not implemented"):
        unchecked.backward()
    assert word_saliency(score, words).abs().sum() > 0


def test_what_cannot_be_differentiated_is_refused(world):
    W, _, score = world
    marks = torch.ones(2, 3)
    with pytest.raises(SaliencyError, match="does not depend on level 'copy'"):
        saliency_loss(score, levels={"copy": W.detach().clone().requires_grad_()}, marks=marks)
    with pytest.raises(SaliencyError, match="level 'word' has no graph"):
        saliency_loss(score, levels={"word": W.detach()}, marks=marks)
    with pytest.raises(SaliencyError, match="score has no graph"):
        saliency_loss(score.detach(), levels={"word": W}, marks=marks)
    with pytest.raises(UnknownName, match="no loss is called 'nonesuch'"):
        saliency_loss(score, levels={"word": W}, marks=marks, loss="nonesuch")


@pytest.mark.parametrize(
    ("marks", "levels", "complaint"),
    [
        ([[1, 1]], ["W"], r"marks are \(1, 2\) and level 'W' is \(2, 3, 2\)"),
        ([[2, 0, 0], [0, 0, 0]], ["W"], "marks: found 2, expected only 1, 0 and -1"),
        ([[0.5, 0, 0], [0, 0, 0]], ["W"], "marks: found 0.5"),
        ([[1, 0, 0], [0, 0, 0]], [], "levels: found none"),
    ],
)
def test_marks_that_fit_no_words_are_refused(world, marks, levels, complaint):
    W, _, score = world
    with pytest.raises(SaliencyError, match=complaint):
        saliency_loss(score, levels=dict.fromkeys(levels, W), marks=torch.tensor(marks))


def test_a_score_that_is_not_one_number_per_row_is_refused(world):
    W, _, score = world
    with pytest.raises(LearnerError, match=r"score is \(\), expected \(rows,\)"):
        word_saliency(score.sum(), W)
    with pytest.raises(LearnerError, match=r"level 'word' is \(3, 2\), expected \(2, words, d\)"):
        word_saliency(score, W[0])
    with pytest.raises(LearnerError, match=r"real is \(3,\) and marks are \(2, 3\)"):
        word_saliency(score, W, real=torch.ones(3))


@pytest.mark.slow
def test_the_example_of_the_docs_teaches(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", LIBRARY.read_text(), flags=re.DOTALL)
    variables: dict[str, object] = {}
    exec(compile(example, str(LIBRARY), "exec"), variables)
    assert variables["taught"] > variables["untaught"] + 0.1
    assert "saliency on the marked word" in capsys.readouterr().out

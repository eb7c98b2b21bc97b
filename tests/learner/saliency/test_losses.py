from types import SimpleNamespace

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from learner import registry
from learner.loss_names import needs_evidence
from learner.models.cnn import LEVELS
from learner.saliency.gradients import differentiate
from learner.saliency.losses import hinge, irrelevant_words, margin, mass, quiet, rank

NAMES = [name for name in registry.names("loss") if not needs_evidence(name)]
TERMS = (hinge, margin, quiet, rank, mass)


class Scores:
    """Given saliency, the same at every level and in every view."""

    has_evidence = False

    def __init__(self, values):
        self.values = values

    def view(self, name, level):
        return self.values


def row(scores, marks):
    """Return one sentence's saliency, (1, words) with gradients, and what a loss needs of its batch."""
    values = torch.tensor([scores], dtype=torch.float64, requires_grad=True)
    z, not_z = (torch.tensor([[letter == sign for letter in marks]]) for sign in "+-")
    real = torch.tensor([[letter != " " for letter in marks]])
    return values, SimpleNamespace(may_have_irrelevant=True, real=real, contributory=z, irrelevant=not_z)


def penalty(term, scores, marks, **settings):
    values, batch = row(scores, marks)
    return term(Scores(values), batch, ["word"], **settings).item()


@pytest.mark.parametrize("loss", NAMES)
@pytest.mark.parametrize("marks", [["++.-", "..+"], ["+++-", "---"], ["....", "-.."], ["++++", "+++"]])
def test_every_loss_gives_one_penalty_per_row_and_none_below_zero(make_model, make_batch, loss, marks):
    batch = make_batch("a b c d", "e f g", labels=[1, 0], marks=marks)
    chosen = registry.load("loss", loss)
    saliency = differentiate(make_model()(batch), batch, batch.labels, levels=LEVELS, create_graph=True)
    penalties = chosen.penalty(saliency, batch, chosen.levels)
    assert penalties.shape == (2,)
    assert (penalties >= 0).all()
    assert torch.isfinite(penalties).all()


def test_hinge_is_the_sum_of_the_negative_saliency_of_marked_words():
    assert penalty(hinge, [-2.0, -0.5, -7.0, 3.0], "++.+") == 2.5


def test_margin_is_the_value_computed_by_hand():
    # mean |A| = 2, so a = (0.5, 2, -1, 0.5); marked: (1.5 - 0.5 + 0) / 2; with margin 3: (2.5 + 1) / 2.
    assert penalty(margin, [1.0, 4.0, -2.0, 1.0], "++..") == pytest.approx(0.5)
    assert penalty(margin, [1.0, 4.0, -2.0, 1.0], "++..", margin=3.0) == pytest.approx(1.75)


def test_quiet_is_the_value_computed_by_hand():
    # a as above; unmarked: (1 - 0.5 + 0) / 2. With a `-` on the third word only the last is unmarked.
    assert penalty(quiet, [1.0, 4.0, -2.0, 1.0], "++..") == pytest.approx(0.25)
    assert penalty(quiet, [1.0, 4.0, -2.0, 1.0], "++-.", margin=0.25) == pytest.approx(0.25)


def test_rank_is_the_value_computed_by_hand():
    # a as above; pairs: 0.5 against -1 and 0.5 gives max(0, 1 - 1.5) and 1; 2 against both gives 0.
    assert penalty(rank, [1.0, 4.0, -2.0, 1.0], "++..") == pytest.approx(0.25)
    assert penalty(rank, [1.0, 4.0, -2.0, 1.0], "++-.", margin=2.0) == pytest.approx((0.5 + 2 + 0 + 0.5) / 4)


def test_mass_is_the_share_of_the_saliency_that_is_not_evidence_from_marked_words():
    assert penalty(mass, [1.0, 4.0, -2.0, 1.0], "++..") == pytest.approx(1 - 5 / 8)
    assert penalty(mass, [-1.0, 4.0, -2.0, 1.0], "++..") == pytest.approx(1 - 4 / 8)
    assert penalty(mass, [1.0, 4.0], "++") == 0


def test_words_that_must_not_matter_cost_their_mean_size():
    assert penalty(lambda s, b, _: irrelevant_words(s, b), [-1.0, 3.0, 5.0], "--.") == 2.0


@pytest.mark.parametrize("loss", [name for name in NAMES if name != "none"])
def test_the_term_for_irrelevant_words_is_in_every_loss_once(loss):
    values, batch = row([-1.0, 3.0, 5.0], "--.")
    chosen = registry.load("loss", loss)
    assert chosen.penalty(Scores(values), batch, chosen.levels).item() == pytest.approx(2.0 * chosen.irrelevant)
    assert chosen.irrelevant == (pytest.approx(3 / chosen.weight) if "+irrelevant" in loss else 1)


def test_a_sum_takes_the_weight_of_its_first_part_and_the_others_in_proportion():
    values, batch = row([1.0, 4.0, -2.0, 1.0], "+.-.")
    chosen = registry.load("loss", "0.4*mass + 0.1*margin:3 + 2*irrelevant + head")
    parts = mass(Scores(values), batch, ["word"]) + 0.25 * margin(Scores(values), batch, ["word"], margin=3.0)
    expected = parts + 5 * irrelevant_words(Scores(values), batch)
    torch.testing.assert_close(chosen.penalty(Scores(values), batch, ["word"]), expected)
    assert (chosen.weight, chosen.head, chosen.levels) == (0.4, 2.5, ("word",))


def test_a_sum_is_taken_at_all_levels_of_its_parts_with_the_longest_warm_up():
    chosen = registry.load("loss", "hinge+quiet")
    assert chosen.levels == LEVELS
    assert chosen.warmup_steps == registry.load("loss", "quiet").warmup_steps > 0


@given(st.lists(st.floats(-5, 5), min_size=4, max_size=4), st.text("+-.", min_size=4, max_size=4))
def test_margin_quiet_is_bit_by_bit_what_its_figures_were_measured_with(scores, marks):
    values, batch = row(scores, marks)
    chosen = registry.load("loss", "margin+quiet")
    penalties = [chosen.penalty(Scores(values), batch, ["word"]), _margin_quiet(values, batch)]
    gradients = [torch.autograd.grad(penalty.sum(), values)[0] for penalty in penalties]
    assert torch.equal(*penalties)
    assert torch.equal(*gradients)
    assert (chosen.weight, chosen.levels, chosen.warmup_steps) == (0.3, ("word",), 100)


def _margin_quiet(a, batch):
    """Return the penalty of version 0.1's loss, in one function."""
    z, real = batch.contributory, batch.real
    unmarked = real & ~z & ~batch.irrelevant & z.any(dim=1, keepdim=True)

    def mean(values, words):
        return (values * words).sum(dim=1) / words.sum(dim=1).clamp(min=1)

    scaled = a / mean(a.detach().abs(), real)[:, None].clamp(min=1e-3)
    quietness = 0.5 * mean((scaled.abs() - 0.5).clamp(min=0), unmarked)
    return mean((1.5 - scaled).clamp(min=0), z) + quietness + mean(a.abs(), batch.irrelevant)


SCORES = st.lists(st.floats(-100, 100).map(lambda score: round(score, 3)), min_size=1, max_size=8)


@pytest.mark.parametrize("term", TERMS)
@given(scores=SCORES, data=st.data())
def test_every_term_is_finite_and_silent_without_a_contributory_word(term, scores, data):
    marks = data.draw(st.text("+-.", min_size=len(scores), max_size=len(scores)))
    values, batch = row(scores, marks)
    penalties = term(Scores(values), batch, ["word"])
    (slopes,) = torch.autograd.grad(penalties.sum(), values)
    assert torch.isfinite(penalties).all()
    assert torch.isfinite(slopes).all()
    assert penalties.item() >= 0
    if "+" not in marks:
        assert penalties.item() == 0
        assert not slopes.any()


@pytest.mark.parametrize("term", TERMS)
@given(scores=SCORES, data=st.data())
def test_pads_do_not_count(term, scores, data):
    marks = data.draw(st.text("+-.", min_size=len(scores), max_size=len(scores)))
    alone = penalty(term, scores, marks)
    assert penalty(term, [*scores, 0.0, 0.0], marks + "  ") == pytest.approx(alone)


@pytest.mark.parametrize("term", [margin, quiet, rank, mass])
@given(scores=SCORES.filter(lambda scores: sum(map(abs, scores)) > 1), data=st.data())
def test_the_scale_of_the_saliency_does_not_matter(term, scores, data):
    marks = data.draw(st.text("+-.", min_size=len(scores), max_size=len(scores)))
    larger = [100 * score for score in scores]
    assert penalty(term, larger, marks) == pytest.approx(penalty(term, scores, marks), abs=1e-9)


@pytest.mark.parametrize("term", [margin, quiet, rank, mass])
def test_a_repeated_sentence_costs_the_same(term):
    scores, marks = [1.0, 4.0, -2.0, 1.0, 3.0], "+.-+."
    assert penalty(term, scores * 2, marks * 2) == pytest.approx(penalty(term, scores, marks))


@pytest.mark.parametrize(
    ("term", "slopes"),
    [
        # Divided by the mean |A| = 2, held constant: word 0, one of two marked words, is under the margin.
        (margin, [-1 / 4, 0, 0, 0]),
        # Words 2 and 3, the two unmarked words, are too loud.
        (quiet, [0, 0, -1 / 4, 1 / 4]),
        # Word 0 does not lead word 3, one of four pairs.
        (rank, [-1 / 8, 0, 0, 1 / 8]),
    ],
)
def test_the_gradient_is_the_one_computed_by_hand(term, slopes):
    values, batch = row([0.5, 4.0, -2.0, 1.5], "++..")
    term(Scores(values), batch, ["word"]).sum().backward()
    assert values.grad.tolist() == [slopes]


@pytest.mark.parametrize("term", [margin, quiet, rank])
@given(sizes=st.lists(st.floats(0.1, 3), min_size=5, max_size=5), signs=st.lists(st.sampled_from([-1, 1]), min_size=5))
def test_the_gradient_agrees_with_finite_differences(term, sizes, signs):
    """Move two words at a time, one larger and one smaller, so that the mean size, held constant, stays the same."""
    scores = [size * sign for size, sign in zip(sizes, signs, strict=False)]
    values, batch = row(scores, "+.-+.")
    (slopes,) = torch.autograd.grad(term(Scores(values), batch, ["word"]).sum(), values)
    for one, other in [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)]:
        along = [signs[i] * ((i == one) - (i == other)) for i in range(5)]
        down, here, up = (
            penalty(term, [score + by * way for score, way in zip(scores, along, strict=True)], "+.-+.")
            for by in (-1e-6, 0, 1e-6)
        )
        assume(abs(up + down - 2 * here) < 1e-9)  # no kink between them
        by_hand = sum(slope * way for slope, way in zip(slopes[0].tolist(), along, strict=True))
        assert by_hand == pytest.approx((up - down) / 2e-6, abs=1e-5)


def test_no_saliency_at_all_is_finite():
    for term in TERMS:
        values, batch = row([0.0, 0.0, 0.0], "+..")
        term(Scores(values), batch, ["word"]).sum().backward()
        assert torch.isfinite(values.grad).all()

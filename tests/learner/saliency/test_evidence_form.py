"""The closed form of word evidence against autograd: values and every parameter gradient, over random worlds."""

from dataclasses import dataclass
from itertools import product

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from learner import registry
from learner.config import TrainingConfig
from learner.data.batches import Batch
from learner.device import seed_draws
from learner.errors import ConfigError, TrainingError
from learner.models.evidence import LEVELS, Evidence
from learner.models.words import FrozenVectors, WordTable
from learner.saliency.closed_form import differentiate_routes
from learner.saliency.closed_reading import needs_graph, read_in_closed_form
from learner.saliency.engines import choose_engine, read_by_reference, read_closed, read_whole_by_reference
from learner.saliency.evidence_form import differentiate_weighing
from learner.saliency.gradients import TARGETS, answer, batch_word_saliency, differentiate, slopes_of_answer
from learner.saliency.objective import Objective
from learner.saliency.reading import logits_of, read
from learner.training.run import train

LOSSES = [loss for loss in (*registry.names("loss"), "log-mass+word-ce") if loss != "none"]
VIEWS = ("gradient", "input_x_gradient", "share", "evidence", "own_evidence")
TIGHT = {"rtol": 1e-9, "atol": 1e-12}
CPU = torch.device("cpu")


@dataclass(frozen=True)
class World:
    model: Evidence
    batch: Batch
    seed: int


@st.composite
def worlds(draw):
    """Return a model of up to four classes, some with a constant answer, and sentences of up to eight words."""
    seed, classes = draw(st.integers(0, 2**31)), draw(st.integers(2, 4))
    constant = draw(st.lists(st.integers(0, classes - 1), max_size=classes - 1, unique=True))
    rows, dimension = 8, draw(st.integers(1, 5))
    generator = torch.Generator().manual_seed(seed)
    if draw(st.booleans()):
        words = WordTable(torch.randn(rows, dimension, generator=generator), trained_rows=draw(st.integers(2, rows)))
    else:
        words = FrozenVectors.fit(torch.randn(20, dimension, generator=generator))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Evidence(words, classes=classes, max_words=8, constant_labels=constant)
    lengths = torch.tensor(draw(st.lists(st.integers(1, 8), min_size=1, max_size=5)))
    return World(model.double().train(), draw_batch(lengths, rows, classes, dimension, generator), seed)


def draw_batch(lengths, rows, classes, dimension, generator):
    real = torch.arange(int(lengths.max())) < lengths[:, None]
    ids = torch.where(real, torch.randint(1, rows, real.shape, generator=generator), 0)
    letters = torch.randint(0, 3, real.shape, generator=generator)
    labels = torch.randint(0, classes, (len(lengths),), generator=generator)
    vectors = torch.randn(*real.shape, dimension, generator=generator) * real[..., None]
    return Batch(ids, real, labels, real & (letters == 1), real & (letters == 2), vectors=vectors)


def read_with_the_same_dropout(world, read_, target="log_odds"):
    seed_draws(world.seed, CPU)
    return read_(world.model, world.batch, torch.arange(len(world.batch.labels)), target)


@given(world=worlds(), target=st.sampled_from(TARGETS), is_training=st.booleans())
def test_every_view_of_every_level_is_autograds(world, target, is_training):
    world.model.train(is_training)
    closed, reference = (
        read_with_the_same_dropout(world, each, target).saliency(LEVELS)
        for each in (read_closed, read_whole_by_reference)
    )
    for view, level in product(VIEWS, LEVELS):
        torch.testing.assert_close(closed.view(view, level), reference.view(view, level), **TIGHT)


@given(world=worlds(), target=st.sampled_from(TARGETS))
def test_without_a_graph_every_view_is_the_same(world, target):
    model, batch = world.model.eval(), world.batch
    assert not needs_graph(model)
    with_graph = read_in_closed_form(model, batch).explain(batch.labels, target=target)
    with torch.no_grad():
        without = read_in_closed_form(model, batch).explain(batch.labels, target=target)
        for view, level in product(VIEWS, LEVELS):
            assert torch.equal(without.view(view, level), with_graph.view(view, level))


@given(world=worlds())
def test_a_share_is_the_gradient_of_the_labels_logit_at_its_evidence(world):
    model, batch = world.model.eval(), world.batch
    output = model(batch)
    own = output.logits.gather(1, batch.labels[:, None]).sum()
    by_label = torch.autograd.grad(own, output.levels["evidence"], allow_unused=True)[0]
    expected = torch.zeros_like(batch.real, dtype=torch.float64) if by_label is None else by_label.sum(dim=2)
    shares = batch_word_saliency(model, batch, batch.labels, view="share")
    torch.testing.assert_close(shares, expected, **TIGHT)
    assert (shares >= 0).all()
    has_evidence = torch.isin(batch.labels, model.evidence_labels)
    torch.testing.assert_close(shares.sum(dim=1), has_evidence.double())


@given(world=worlds(), target=st.sampled_from(TARGETS))
def test_the_view_that_people_see_is_the_sum_of_the_gradient_at_the_evidence(world, target):
    model, batch = world.model.eval(), world.batch
    output = model(batch)
    (slopes,) = torch.autograd.grad(answer(output.logits, batch.labels, target).sum(), output.levels["evidence"])
    seen = batch_word_saliency(model, batch, batch.labels, view=Evidence.shown_view, target=target)
    torch.testing.assert_close(seen, slopes.sum(dim=2), **TIGHT)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=5), st.sampled_from(TARGETS), st.data())
def test_the_slopes_of_the_answer_are_autograds(logits, target, data):
    label = torch.tensor([data.draw(st.integers(0, len(logits) - 1))])
    values = torch.tensor([logits], dtype=torch.float64, requires_grad=True)
    (expected,) = torch.autograd.grad(answer(values, label, target).sum(), values)
    torch.testing.assert_close(slopes_of_answer(values, label, target), expected, **TIGHT)


def results(world, read_, **settings):
    """Return the terms of the objective and every parameter's gradient, with the same dropout for every engine."""
    seed_draws(world.seed, CPU)
    objective = Objective(world.model, **settings)
    objective.read = read_
    seed_draws(world.seed, CPU)
    terms = objective(world.batch)
    objective.zero_grad()
    terms.total.backward()
    slopes = {name: each.grad.clone() for name, each in objective.named_parameters() if each.grad is not None}
    return {"label loss": terms.label_loss.detach(), "saliency loss": terms.saliency_loss.detach()} | slopes


@pytest.mark.parametrize("loss", LOSSES)
@given(
    world=worlds(),
    levels=st.lists(st.sampled_from(LEVELS), min_size=1, max_size=2, unique=True) | st.none(),
    target=st.sampled_from(TARGETS),
)
def test_every_loss_and_its_gradients_are_those_of_the_double_backward(loss, world, levels, target):
    assume(saliency_is_nowhere_zero_but_for_rounding(world, target))
    settings = {"loss": loss, "levels": levels, "target": target, "weight": 0.7}
    expected, found = (results(world, each, **settings) for each in (read_whole_by_reference, read_closed))
    for name in found.keys() | expected.keys():  # a gradient that only one of them computes is exactly zero
        one, other = (by_name.get(name, torch.zeros((), dtype=torch.float64)) for by_name in (found, expected))
        torch.testing.assert_close(*torch.broadcast_tensors(one, other), rtol=1e-8, atol=1e-10, msg=name)


def saliency_is_nowhere_zero_but_for_rounding(world, target):
    """Return whether no saliency is zero but for rounding: at zero the losses have a kink without one slope."""
    signs = []
    for each in (read_closed, read_whole_by_reference):
        saliency = read_with_the_same_dropout(world, each, target).saliency(LEVELS)
        signs.append([saliency.view(view, level).sign() for view in VIEWS for level in LEVELS])
    return all(torch.equal(one, other) for one, other in zip(*signs, strict=True))


@pytest.mark.parametrize("loss", ["log-mass", "log-even", "word-ce", "irrelevant", "mass", "log-mass+word-ce+head"])
@given(world=worlds())
def test_the_gradients_agree_with_finite_differences(loss, world):
    world.model.eval()
    objective = Objective(world.model, loss=loss, weight=1.0)
    for name, parameter in objective.named_parameters():
        if not parameter.requires_grad:
            continue
        along = torch.randn(parameter.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
        objective.zero_grad()
        objective(world.batch).total.backward()
        slope = 0.0 if parameter.grad is None else float((parameter.grad * along).sum())
        (up, signs_up), (down, signs_down) = (
            moved(objective, world.batch, parameter, along * by) for by in (1e-6, -1e-6)
        )
        if torch.equal(signs_up, signs_down):  # no kink between them
            assert slope == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-6), name


@torch.no_grad()
def moved(objective, batch, parameter, by):
    """Return the objective with a parameter moved, and the signs of what it has a kink in at zero."""
    before = parameter.clone()
    parameter.add_(by)
    weighing = objective.model.weigh(batch)
    a = differentiate_weighing(weighing, batch.labels).view("input_x_gradient", "word")
    found = float(objective(batch).total), torch.cat([weighing.hidden.sign().flatten(), a.sign().flatten()])
    parameter.copy_(before)
    return found


@given(world=worlds())
def test_pads_change_no_answer_and_no_saliency(world):
    model, batch = world.model.eval(), world.batch
    together = read(model, batch)
    whole = together.explain(batch.labels)
    for row, length in enumerate(batch.real.sum(dim=1).tolist()):
        alone = Batch(
            batch.ids[row : row + 1, :length],
            batch.real[row : row + 1, :length],
            batch.labels[row : row + 1],
            batch.contributory[row : row + 1, :length],
            batch.irrelevant[row : row + 1, :length],
            vectors=batch.vectors[row : row + 1, :length],
        )
        single = read(model, alone)
        torch.testing.assert_close(single.logits[0], together.logits[row])
        for view, level in product(VIEWS, LEVELS):
            one, other = (each.view(view, level) for each in (single.explain(alone.labels), whole))
            torch.testing.assert_close(one[0], other[row, :length])
            assert not other[row, length:].any()


@given(world=worlds())
def test_the_split_reference_gives_the_closed_form(world):
    world.model.eval()
    terms = [results(world, each, loss="log-mass") for each in (read_closed, read_by_reference)]
    for name in ("label loss", "saliency loss"):
        torch.testing.assert_close(terms[0][name], terms[1][name])


@given(world=worlds())
def test_without_a_mark_the_objective_is_cross_entropy_bit_by_bit(world):
    batch = world.batch
    nothing = torch.zeros_like(batch.real)
    unmarked = Batch(batch.ids, batch.real, batch.labels, nothing, nothing, vectors=batch.vectors)
    expected = cost_and_slopes(world, lambda: cross_entropy(world.model, unmarked))
    for loss in ("none", *LOSSES):
        objective = Objective(world.model, loss=loss)
        found = cost_and_slopes(world, lambda objective=objective: objective(unmarked).total)
        assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True)), loss


def cost_and_slopes(world, cost):
    """Return a cost and its gradients, with the same dropout for every cost."""
    seed_draws(world.seed, CPU)
    value = cost()
    slopes = torch.autograd.grad(value, [each for each in world.model.parameters() if each.requires_grad])
    return [value.detach(), *slopes]


def cross_entropy(model, batch):
    return torch.nn.functional.cross_entropy(logits_of(model, batch), batch.labels)


def test_auto_is_the_closed_form(make_evidence):
    assert choose_engine("auto", make_evidence()) is choose_engine("closed", make_evidence()) is read_closed


def test_a_view_without_a_closed_form_is_refused(make_evidence, make_batch):
    model, batch = make_evidence(), make_batch("a b")
    with pytest.raises(ConfigError, match="view 'norm': the closed engine has"):
        differentiate_weighing(model.weigh(batch), batch.labels).view("norm", "word")


@pytest.mark.parametrize("view", ["evidence", "own_evidence"])
def test_a_model_without_evidence_refuses_its_views(make_model, make_batch, view):
    model, batch = make_model(), make_batch("a b")
    routed = differentiate_routes(model.route(batch), batch.labels)
    for saliency in (routed, differentiate(model(batch), batch, batch.labels, levels=["word"])):
        with pytest.raises(ConfigError, match=f"view '{view}': this model has no word evidence; use input_x_gradient"):
            saliency.view(view, "word")


def test_the_loss_of_word_evidence_is_refused_for_another_model(make_model, make_batch, make_planted):
    with pytest.raises(ConfigError, match="view 'own_evidence': this model has no word evidence"):
        Objective(make_model(), loss="log-mass+word-ce")(make_batch("a b", marks=["+."]))
    with pytest.raises(TrainingError, match=r"'word-ce': the event model has no evidence of words; train the model ev"):
        train(make_planted(4, seed=1), labels=("quiet", "event"), config=TrainingConfig(loss="word-ce"))

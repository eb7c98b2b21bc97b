from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

from learner import registry
from learner.loss_names import needs_evidence
from learner.saliency.gradients import batch_word_saliency as word_saliency
from learner.saliency.objective import Objective

LOSSES = [loss for loss in registry.names("loss") if not needs_evidence(loss)]
TAUGHT = [loss for loss in LOSSES if loss != "none"]
WITH_HEAD = [loss for loss in LOSSES if "head" in loss]
OF_SALIENCY = [loss for loss in LOSSES if loss not in WITH_HEAD]


def saliency_loss(model, batch, *, loss="hinge", levels=None):
    """Return the saliency loss of the objective, without λ."""
    return Objective(model, loss=loss, levels=levels)(batch).saliency_loss


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("marks", [[None, None], ["...", ".."]])
def test_without_marks_the_objective_is_cross_entropy_bit_by_bit(make_model, make_batch, loss, marks):
    batch = make_batch("a b c", "d e", labels=[1, 0], marks=marks)
    plain, taught = make_model().train(), make_model().train()
    torch.manual_seed(5)
    functional.cross_entropy(plain.route(batch).logits, batch.labels).backward()
    objective = Objective(taught, loss=loss)
    torch.manual_seed(5)
    terms = objective(batch)
    terms.total.backward()
    assert terms.saliency_loss == 0
    for one, other in zip(plain.parameters(), taught.parameters(), strict=True):
        assert torch.equal(one.grad, other.grad)


def test_hinge_at_the_word_level_is_equation_1(make_model, make_batch):
    model, batch = make_model(), make_batch("a b c d", "e f", labels=[1, 0], marks=["++.+", None])
    scores = word_saliency(model, batch, batch.labels, view="gradient")[0]
    z = torch.tensor([1, 1, 0, 1])
    by_equation = sum(max(0.0, -zi * gi) for zi, gi in zip(z.tolist(), scores.tolist(), strict=True))
    assert by_equation > 0
    assert saliency_loss(model, batch, levels=["word"]).item() == pytest.approx(by_equation / 2)


def test_hinge_at_three_levels_is_the_sum_of_the_levels(make_model, make_batch):
    model, batch = make_model(), make_batch("a b c d", marks=["++.+"])
    single = [saliency_loss(model, batch, levels=[level]) for level in ("word", "intermediate", "decision")]
    torch.testing.assert_close(saliency_loss(model, batch), sum(single))


# The losses that divide by a size held constant have their own test, with the size held.
@pytest.mark.parametrize("loss", ["hinge", "mass", "head", "irrelevant", "2*mass+hinge+head"])
@pytest.mark.parametrize("target", ["log_odds", "probability"])
def test_gradient_of_the_objective_agrees_with_finite_differences(make_model, make_batch, loss, target):
    model, step = make_model(dimension=3, classes=3, seed=1), 1e-6
    batch = make_batch("a b c d", "e f g", "h i", labels=[1, 0, 2], marks=["++.-", "-+.", None])
    objective = Objective(model, loss=loss, weight=0.7, target=target)
    terms = objective(batch)
    assert terms.saliency_loss > 0
    terms.total.backward()
    own = [] if objective.head is None else [objective.head.linear.weight]
    for parameter in (model.conv3.weight, model.conv5.weight, model.head[1].weight, model.words.embedding.weight, *own):
        # The padding row, the first of the table, is no parameter and gets no gradient.
        first = 1 if parameter is model.words.embedding.weight else 0
        gradient, flat = parameter.grad[first:].flatten(), parameter.data[first:].view(-1)
        for place in range(0, len(flat), max(1, len(flat) // 12)):
            slope = _slope(objective, batch, flat, place, step)
            assert gradient[place].item() == pytest.approx(slope, abs=1e-6)


def _slope(objective, batch, flat, place, step):
    """Return the central difference of the objective for one number of a parameter."""
    values = []
    for by in (step, -2 * step):
        flat[place] += by
        values.append(objective(batch).total.item())
    flat[place] += step
    return (values[0] - values[1]) / (2 * step)


@pytest.mark.parametrize("loss", TAUGHT)
def test_saliency_loss_alone_moves_the_convolutions(make_model, make_batch, loss):
    model, batch = make_model(), make_batch("a b c d", marks=["+.-+"])
    Objective(model, loss=loss, levels=["word"])(batch).saliency_loss.backward()
    assert model.conv3.weight.grad.abs().sum() > 0
    assert model.conv5.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("loss", OF_SALIENCY)
def test_rows_without_marks_only_dilute_the_saliency_loss(make_model, make_batch, loss):
    model = make_model()
    alone = saliency_loss(model, make_batch("a b c d", marks=["++.-"]), loss=loss)
    among = saliency_loss(model, make_batch("a b c d", "e f g", marks=["++.-", None]), loss=loss)
    torch.testing.assert_close(among, alone / 2)


@pytest.mark.parametrize("loss", TAUGHT)
def test_a_step_brings_words_that_must_not_matter_nearer_to_zero(make_model, make_batch, loss):
    model, batch = make_model(), make_batch("a b c d", marks=[".-.."])
    before = word_saliency(model, batch, batch.labels)[0, 1].abs().item()
    objective = Objective(model, loss=loss)
    if objective.head is not None:
        nn.init.zeros_(objective.head.linear.weight)  # then the head's own loss does not move the model
    terms = objective(batch)
    (terms.total - terms.label_loss).backward()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.grad is not None:
                parameter -= 1e-3 * parameter.grad
    assert word_saliency(model, batch, batch.labels)[0, 1].abs().item() < before


def test_unmarked_rows_are_not_differentiated_twice(make_model, make_batch):
    model, seen = make_model(), []
    model.register_forward_hook(lambda _, inputs, __: seen.append(len(inputs[0].labels)))
    reference = Objective(model, loss="hinge", engine="reference")
    reference(make_batch("a b", "c d", "e f", marks=["+.", None, ".."]))
    assert seen == [1, 2]


def test_total_is_the_label_loss_and_the_weighted_saliency_loss(make_model, make_batch):
    batch = make_batch("a b c d", "e f", labels=[1, 0], marks=["++.+", None])
    terms = Objective(make_model(), loss="hinge", weight=0.4)(batch, 0.5)
    torch.testing.assert_close(terms.total, terms.label_loss + 0.4 * 0.5 * terms.saliency_loss)


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["hinge", "margin+quiet+head"])
@pytest.mark.parametrize("marks", [["++.+", None], [None, None]])
def test_the_objective_can_be_distributed(make_model, make_batch, loss, marks):
    batch = make_batch("a b c d", "e f", labels=[1, 0], marks=marks)
    alone, shared = (Objective(make_model(), loss=loss) for _ in range(2))
    shared.load_state_dict(alone.state_dict())
    alone(batch).total.backward()
    torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
    try:
        torch.nn.parallel.DistributedDataParallel(shared)(batch).total.backward()
    finally:
        torch.distributed.destroy_process_group()
    for one, other in zip(alone.parameters(), shared.parameters(), strict=True):
        torch.testing.assert_close(other.grad, one.grad)


class Waits(TorchDispatchMode):
    """Records every operation for which the host must wait for a number or a size from a GPU."""

    names = ("_local_scalar_dense", "nonzero", "is_nonzero", "masked_select", "equal")

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func.overloadpacket.__name__ in self.names:
            self.found.append(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("loss", LOSSES)
def test_a_step_on_a_gpu_never_waits(make_model, make_batch, monkeypatch, loss):
    # On the CPU the model reads values of its tensors, which costs nothing there.
    monkeypatch.setattr(torch.Tensor, "is_cuda", property(lambda tensor: True))
    objective = Objective(make_model().train(), loss=loss)
    batch = make_batch("a b c", "d e", "f", labels=[1, 0, 1], marks=["+.-", None, "+"])
    known = replace(batch, known_marked=torch.tensor([0, 2]))
    with Waits() as waits:
        objective(known).total.backward()
    assert waits.found == []
    with Waits() as waits:
        objective(replace(known, known_marked=None)).total.backward()
    assert waits.found == ["nonzero"]  # so a wait is noticed

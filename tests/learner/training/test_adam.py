"""Our Adam is torch's, but for what loads with it."""

import subprocess
import sys

import torch
from torch import Tensor, nn

from learner.training.adam import Adam

TRAIN = """
import sys
import torch
from learner.training.adam import Adam
layer = torch.nn.Linear(3, 2)
optimizer = Adam([{"params": list(layer.parameters()), "lr": 0.1}], fused=True)
optimizer.zero_grad()
layer(torch.ones(4, 3)).square().sum().backward()
optimizer.step()
optimizer.load_state_dict(optimizer.state_dict())
print("torch._dynamo" in sys.modules)
"""


def _trained(kind: type[torch.optim.Adam], steps: int) -> tuple[nn.Module, torch.optim.Adam]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2))
    first, last = list(model[0].parameters()), list(model[2].parameters())
    optimizer = kind([{"params": first, "lr": 0.1}, {"params": last, "lr": 0.01}], fused=True)
    for _ in range(steps):
        optimizer.zero_grad()
        torch.autograd.backward(model(torch.randn(8, 5)).square().mean())
        optimizer.step()
    return model, optimizer


def _weights(model: nn.Module) -> list[Tensor]:
    return list(model.state_dict().values())


def test_it_takes_torchs_steps_to_the_bit() -> None:
    (ours, our_optimizer), (theirs, their_optimizer) = _trained(Adam, 20), _trained(torch.optim.Adam, 20)
    assert all(torch.equal(one, other) for one, other in zip(_weights(ours), _weights(theirs), strict=True))
    assert str(our_optimizer.state_dict()) == str(their_optimizer.state_dict())
    assert all(weight.requires_grad for weight in ours.parameters())


def test_each_continues_from_the_others_state() -> None:
    _, their_optimizer = _trained(torch.optim.Adam, 3)
    _, fresh = _trained(Adam, 0)
    fresh.load_state_dict(their_optimizer.state_dict())
    assert str(fresh.state_dict()) == str(their_optimizer.state_dict())


def test_a_training_loads_no_compiler() -> None:
    done = subprocess.run([sys.executable, "-c", TRAIN], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"

"""torch's Adam without torch's compiler, which its methods load at the first call: a second of every training's start.

Nothing here is compiled. The methods are torch's own, without the decorators that ask the compiler to leave them alone.
"""

from inspect import unwrap

import torch
from torch.optim import Optimizer


class Adam(torch.optim.Adam):
    """Adam, to the bit."""

    add_param_group = unwrap(Optimizer.add_param_group)
    zero_grad = unwrap(Optimizer.zero_grad)
    state_dict = unwrap(Optimizer.state_dict)
    load_state_dict = unwrap(Optimizer.load_state_dict)
    step = torch.no_grad()(unwrap(torch.optim.Adam.step))

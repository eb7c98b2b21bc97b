"""The one place that chooses a device."""

import torch

from learner.errors import DeviceError


def choose_device(name: str = "auto") -> torch.device:
    """Return the device called `name`; `auto` is CUDA where there is one, else the CPU."""
    has_cuda = torch.cuda.is_available()
    if name == "auto":
        return torch.device("cuda" if has_cuda else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and not has_cuda:
        raise DeviceError("device cuda: PyTorch finds no CUDA device here; use auto or cpu")
    return device

"""The one place that chooses a device, and knows what is drawn on it."""

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


def seed_draws(seed: int, device: torch.device) -> None:
    """Seed what dropout draws on this device.

    On the CPU it is what `torch.manual_seed` does, without its note for every other device: where one was never
    used, that is a traceback, formatted and kept at each call.
    """
    if device.type == "cpu":
        torch.default_generator.manual_seed(seed)
    else:
        torch.manual_seed(seed)

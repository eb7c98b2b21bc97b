"""How long a device takes, what memory its tensors take, and the highest rates that it reaches."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

LARGE = 4096  # rows and columns of the product by which the arithmetic rate is measured
COPIED = 1 << 26  # numbers in the copy by which bandwidth is measured


class Ceiling(NamedTuple):
    """The highest rates that the device reaches."""

    flops: float  # per second
    bytes: float  # per second


@cache
def measure_ceiling(device: torch.device, dtype: torch.dtype = torch.float32) -> Ceiling:
    """Measure the best of ten large products and of ten large copies."""
    one = torch.randn(LARGE, LARGE, device=device).to(dtype)
    room = torch.empty_like(one)
    source = torch.zeros(COPIED, device=device)
    target = torch.empty_like(source)
    multiply = min(seconds_of(lambda: torch.mm(one, one, out=room), device) for _ in range(10))
    copy = min(seconds_of(lambda: target.copy_(source), device) for _ in range(10))
    return Ceiling(2 * LARGE**3 / multiply, 2 * source.nbytes / copy)


def seconds_of(work: Callable[[], object], device: torch.device) -> float:
    """Return the seconds until the device has done the work and nothing else."""
    finish(device)
    start = time.perf_counter()
    work()
    finish(device)
    return time.perf_counter() - start


def finish(device: torch.device) -> None:
    """Wait until the device has nothing left to do."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def peak_mb(work: Callable[[], object], device: torch.device) -> float | None:
    """Do the work, and return the most MB that all tensors took meanwhile; None on a CPU, where nothing counts it."""
    if device.type != "cuda":
        work()
        return None
    torch.cuda.reset_peak_memory_stats(device)
    work()
    return round(torch.cuda.max_memory_allocated(device) / 2**20, 1)


def name_of(device: torch.device) -> str:
    """Return what the device calls itself."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


def shares_of(work: Callable[[], object], seconds: float, ceiling: Ceiling) -> dict[str, float]:
    """Return the shares of the rates that work reaches which takes so long, in per cent, by running it once more."""
    with _Counted() as counted:
        work()
    return {
        "arithmetic": 100 * counted.flops / seconds / ceiling.flops,
        "bandwidth": 100 * counted.bytes / seconds / ceiling.bytes,
    }


class _Counted(TorchDispatchMode):
    """The operations of all products, and the sizes of the tensors that operations read and write; a view moves none.

    PyTorch's own counter follows modules by hooks, which a gradient within a forward does not allow.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flops, self.bytes = 0, 0

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        named = kwargs or {}
        result = operation(*args, **named)
        if (formula := flop_registry.get(operation.overloadpacket)) is not None:
            self.flops += formula(*args, **named, out_val=result)
        if not operation.is_view:
            tensors = [leaf for leaf in tree_leaves((args, named, result)) if isinstance(leaf, Tensor)]
            self.bytes += sum(tensor.numel() * tensor.element_size() for tensor in tensors)
        return result

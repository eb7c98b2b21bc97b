"""The processes of one job that torchrun starts: the rank of each, and what they agree on.

    torchrun --nproc-per-node 2 -m learner train …

A process that was not started this way is alone, and this module then does nothing.
"""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType

import torch
from torch import Tensor, distributed

from learner.errors import GroupError
from learner.wording import counted

_LONGEST_WAIT = timedelta(days=1)  # for a slower process; a dead one is noticed at once
_LOST = ("gloo", "Connection reset", "Connection closed", "Broken pipe", "NCCL")


@dataclass(frozen=True)
class Group:
    """This process's rank, from 0, among `size` processes."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Return whether this is the process that writes files and prints."""
        return self.rank == 0

    def sums(self, values: Sequence[float]) -> list[float]:
        """Return the sums of the values over all processes, the same bits in each."""
        if self.size == 1:
            return list(values)
        total = self.sum_tensor(torch.tensor(values, dtype=torch.float64, device=_device()))
        return [float(value) for value in total.tolist()]

    def sum_tensor(self, values: Tensor) -> Tensor:
        """Return the sum of a tensor over all processes, on its device: the host does not wait for a GPU."""
        if self.size > 1:
            distributed.all_reduce(values)
        return values

    def from_first(self, values: Sequence[float]) -> list[float]:
        """Return the first process's values: the same computation on two machines may differ in the last bit."""
        return self.sums(values if self.is_first else [0.0] * len(values))

    def wait(self) -> None:
        """Wait until every process has called this."""
        self.sums([0.0])


ALONE = Group()


@contextmanager
def join_group(processes: int | None = None) -> Iterator[Group]:
    """Join the job for which torchrun started this process, and leave it at the end.

    `processes` is how many there must be: some launchers start only one, without a message. Raises
    GroupError if the number differs, or if another process of the job has ended.
    """
    group = group_of_environment()
    if processes is not None and processes != group.size:
        start = f"torchrun --nproc-per-node {processes} -m learner …"
        raise GroupError(
            f"this job has {counted(group.size, 'process', 'processes')}, expected {processes}: start it with {start}"
        )
    if group.size == 1:
        yield group
        return
    before = signal.signal(signal.SIGTERM, _ended)
    try:
        with _naming_a_lost_process(group):
            distributed.init_process_group(timeout=_LONGEST_WAIT)
            _check_size(group)
            yield group
    finally:
        signal.signal(signal.SIGTERM, before)
        if distributed.is_initialized():
            distributed.destroy_process_group()


def group_of_environment() -> Group:
    """Return this process's place in the job that torchrun describes, and choose its GPU; do not join the job."""
    rank, size = os.environ.get("RANK", "0"), os.environ.get("WORLD_SIZE", "1")
    if not (rank.isdecimal() and size.isdecimal() and int(rank) < int(size)):
        raise GroupError(f"the environment says RANK {rank} of WORLD_SIZE {size}, expected what torchrun sets")
    if torch.cuda.is_available() and int(size) > 1:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
    return Group(int(rank), int(size))


def _check_size(group: Group) -> None:
    (found,) = group.sums([1.0])
    if found != group.size:
        answered = f"{counted(round(found), 'process', 'processes')} answered"
        raise GroupError(f"{answered}, expected {group.size} (WORLD_SIZE): start the job again")


@contextmanager
def _naming_a_lost_process(group: Group) -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        if not any(word in str(error) for word in _LOST):
            raise
        raise GroupError(_missing(group.rank, group.size)) from error


def _ended(number: int, frame: FrameType | None) -> None:
    group = group_of_environment()
    raise GroupError(_missing(group.rank, group.size))


def _missing(rank: int, size: int) -> str:
    return (
        f"process {rank} of {size} (from 0) stops, because another one has ended or the job was stopped: "
        "see the message of that one, then run the same command again "
        "(training resumes from the state in --resume-from, prediction from its complete parts)"
    )


def _device() -> torch.device:
    return torch.device("cuda" if distributed.get_backend() == "nccl" else "cpu")

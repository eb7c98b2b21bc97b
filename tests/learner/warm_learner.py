"""What the warm server of the learner's tests loads: the learner, and what its first training would load."""

import multiprocessing

import torch
import torch._dynamo  # which the first optimizer loads

import learner.__main__
import learner.judging.evaluation
import learner.trials.parallel
from learner.training import checkpoint, run  # noqa: F401

torch.set_num_threads(1)
# The trials that a command starts are forks too.
learner.trials.parallel.get_context = lambda method: multiprocessing.get_context("fork")

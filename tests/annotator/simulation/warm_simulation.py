"""What the warm server of the simulation's tests loads: the command, and what its first training would load."""

import multiprocessing

import sklearn.metrics  # noqa: F401
import torch
import torch._dynamo  # which the first optimizer loads

import learner.judging.evaluation
import learner.judging.judge
import learner.trials.parallel
from learner.models import cnn  # noqa: F401
from learner.training import checkpoint, run  # noqa: F401

torch.set_num_threads(1)
# The trials that a command starts are forks too.
learner.trials.parallel.get_context = lambda method: multiprocessing.get_context("fork")

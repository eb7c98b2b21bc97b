"""What commands of the learner and simulations load, and what their first training would load."""

import multiprocessing

import learner.__main__
import learner.judging.judge
import learner.trials.parallel
from learner.models import cnn  # noqa: F401

# The trials that a command starts are forks too.
learner.trials.parallel.get_context = lambda method: multiprocessing.get_context("fork")

"""Run `python -m learner` for test_process_group.py; its second process kills itself once a state is kept."""

import os
import signal

from learner.__main__ import main
from learner.training.fitting import Fitting

KILLED_AT = 30  # the state of step 25 is kept: the first process keeps it before it takes its share of step 26
whole = Fitting.steps


def steps(fitting):
    for now in whole(fitting):
        if fitting.group.rank == 1 and now.step == KILLED_AT:
            os.kill(os.getpid(), signal.SIGKILL)
        yield now


Fitting.steps = steps
main()

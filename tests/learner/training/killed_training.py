"""A training that kills itself, as a crash would, at a step or during a save; test_resuming.py starts it.

python killed_training.py EXAMPLES STATE CHECKPOINT (step | save | never) STEP [ENCODER VECTORS]
"""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from learner.config import TrainingConfig
from learner.data.example import read_examples
from learner.encoders.frozen import open_encoder
from learner.training.checkpoint import save_checkpoint
from learner.training.run import train

data, state, checkpoint, where, step, *reads = sys.argv[1:]
examples, labels = read_examples(data)
first = reached = 0


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def progress(now):
    global first, reached
    first, reached = first or now.step, now.step
    if where == "step" and now.step == int(step):
        die()


synced = os.fsync


def fsync(descriptor):
    # The new state is written by now, but has not yet replaced the old one.
    if where == "save" and reached >= int(step):
        os.truncate(f"/dev/fd/{descriptor}", os.fstat(descriptor).st_size // 2)
        die()
    synced(descriptor)


os.fsync = fsync
config = TrainingConfig(dimension=8, max_steps=80, learning_rate=3e-3, loss="margin+quiet+head", model="cnn")
trained = train(
    examples[:60],
    examples[60:],
    labels=labels,
    config=replace(config, encoder=reads[0]) if reads else config,
    device="cpu",
    progress=progress,
    resume_from=Path(state),
    encoder=open_encoder(reads[0], vectors_in=Path(reads[1])) if reads else None,
)
save_checkpoint(trained, Path(checkpoint), {"first_step": first})

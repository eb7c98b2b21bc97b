"""Start a process of our own that goes its own way."""

import os
import subprocess
import sys
from typing import BinaryIO


def start_process(module: str, *arguments: str, log: BinaryIO) -> subprocess.Popen[bytes]:
    """Run `python -m module arguments` with this process's modules, and give it; what it prints goes to `log`.

    It has a session of its own: a Ctrl-C, or the end of this process, is none of its business.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )

"""Processes of our own that go their own way: how one is started, and how it says that it is alive."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from db.store import Store

HEARTBEAT_S = 5.0


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


@contextmanager
def heartbeat(path: Path, beat: Callable[[Store], None]) -> Iterator[None]:
    """Call `beat` with the project every few seconds for as long as the block runs, whatever the block is busy with."""
    stop = threading.Event()

    def go_on() -> None:
        with Store.open(path) as store:
            while not stop.wait(HEARTBEAT_S):
                beat(store)

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()

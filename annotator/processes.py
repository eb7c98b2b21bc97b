"""Processes of our own that go their own way: how one is started, and how it says that it is alive."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from annotator.safe_path import environment, python
from db.store import Store

HEARTBEAT_S = 5.0


def start_process(module: str, *arguments: str, log: BinaryIO) -> subprocess.Popen[bytes]:
    """Run `python -m module arguments` with this process's modules, and give it; what it prints goes to `log`.

    It imports nothing from the current folder, as `safe_path` has it.
    It has a session of its own: a Ctrl-C, or the end of this process, is none of its business.
    """
    return subprocess.Popen(
        python(module, *arguments),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env=environment(),
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

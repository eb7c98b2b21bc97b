"""Processes of our own that go their own way: how one is started, and how it says that it is alive."""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from db.errors import StoreError
from db.store import Store

HEARTBEAT_S = 5.0

logger = logging.getLogger(__name__)


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
def heartbeat(path: Path, beat: Callable[[Store], None], *, every_s: float = HEARTBEAT_S) -> Iterator[None]:
    """Call `beat` with the project every few seconds for as long as the block runs, whatever the block is busy with.

    A beat that the store refuses, while somebody's lock is held say, is logged; the next one is made all the same.
    """
    stop = threading.Event()

    def keep_beating() -> None:
        while not stop.wait(every_s):
            try:
                with Store.open(path) as store:
                    beat(store)
            except StoreError as error:
                logger.warning("no sign of life: %s", error)

    thread = threading.Thread(target=keep_beating, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()

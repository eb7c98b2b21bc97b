"""How the server ends: at SIGTERM or Ctrl-C it takes nothing new, finishes what it has begun, and ends with 0."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from annotator.errors import CannotServe
from annotator.pages.operating.under_way import UnderWay

logger = logging.getLogger(__name__)

AFTERWARDS_S = 5.0
"""How long closing the connections may take after that."""
_LOOK_S = 0.02


class Stop:
    """The end of a server, which may take this long."""

    def __init__(self, under_way: UnderWay, *, within_s: float) -> None:
        self.under_way = under_way
        self.within_s = within_s
        self.is_complete = True
        """Whether all that had begun was finished."""
        self.watchdog = threading.Timer(within_s + AFTERWARDS_S, _end_now)
        self._finishing: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def at_signals(self) -> AsyncIterator[None]:
        """Handle both signals while the block serves; uvicorn would close all connections at once."""
        server = _server()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._begin, server)
        yield

    def _begin(self, server: uvicorn.Server) -> None:
        """Begin to stop; a second signal stops at once."""
        if self.under_way.is_stopping:
            self.is_complete = self.under_way.is_idle()
            server.should_exit = server.force_exit = True
            return
        self.under_way.is_stopping = True
        self.watchdog.daemon = True
        self.watchdog.start()
        self._finishing = asyncio.create_task(self._finish(server))

    async def _finish(self, server: uvicorn.Server) -> None:
        deadline = asyncio.get_running_loop().time() + self.within_s
        while not self.under_way.is_idle() and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(_LOOK_S)
        self.is_complete = self.under_way.is_idle()
        if not self.is_complete:
            logger.warning(
                "Not everything was finished within %g s; what was not acknowledged stays in the browsers, "
                "which send it again. `whylight serve --stop-within` gives more time.",
                self.within_s,
            )
        server.should_exit = True


def _server() -> uvicorn.Server:
    """Return the server that runs us: the one whose method handles SIGTERM."""
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    if not isinstance(server, uvicorn.Server):
        raise CannotServe(
            f"uvicorn {uvicorn.__version__} does not handle SIGTERM as Whylight expects; install the version that "
            "constraints.txt names."
        )
    return server


def _end_now() -> None:
    logger.warning("The connections did not close; the server ends without waiting for them any longer.")
    os._exit(1)

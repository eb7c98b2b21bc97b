"""The addresses for programs that watch the server: `/health`, `/health/alive` and, if it was asked for, `/metrics`."""

import asyncio
import time
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from annotator.loopback import is_loopback
from annotator.pages.operating.exposition import CONTENT_TYPE, write
from annotator.pages.operating.readings import read_metrics, why_not_ready
from annotator.pages.operating.under_way import UnderWay

READY = "/health"
ALIVE = "/health/alive"
METRICS = "/metrics"
KEPT_S = 1.0
"""How long a reading is given again: anyone who reaches the server may ask for its health."""
STOPPING = "The server is stopping."
_OF_A_PROXY = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class Watched:
    """Answers for these addresses; everything else is passed on."""

    def __init__(self, app: ASGIApp, *, project: Path, under_way: UnderWay, with_metrics: bool) -> None:
        self.app = app
        self.project = project
        self.under_way = under_way
        self.with_metrics = with_metrics
        self._one_at_a_time = asyncio.Lock()
        self._last = ("", -KEPT_S)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        path = scope["path"] if scope["type"] == "http" else ""
        if path == ALIVE:
            await PlainTextResponse("alive")(scope, receive, send)
        elif path == READY:
            await (await self._health())(scope, receive, send)
        elif path == METRICS:
            await (await self._metrics(scope))(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _health(self) -> PlainTextResponse:
        why = STOPPING if self.under_way.is_stopping else await self._why_not_ready()
        return PlainTextResponse(why or "ready", 503 if why else 200, {"cache-control": "no-store"})

    async def _why_not_ready(self) -> str:
        async with self._one_at_a_time:
            why, read_at = self._last
            if time.monotonic() - read_at >= KEPT_S:
                why = await asyncio.to_thread(why_not_ready, self.project)
                self._last = (why, time.monotonic())
        return why

    async def _metrics(self, scope: Scope) -> PlainTextResponse:
        if not self.with_metrics:
            return PlainTextResponse("There are no figures here; `whylight serve --metrics` gives them.", 404)
        if not is_from_this_machine(scope):
            return PlainTextResponse("Figures are given to programs on the server's own machine alone.", 403)
        async with self._one_at_a_time:
            figures = await asyncio.to_thread(read_metrics, self.project)
        return PlainTextResponse(write(figures), media_type=CONTENT_TYPE)


def is_from_this_machine(scope: Scope) -> bool:
    """Return whether a program on this machine asks, for itself: not a proxy that passes someone's request on."""
    headers = Headers(scope=scope)
    name = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    asking = (scope.get("client") or ("",))[0]
    return is_loopback(asking) and is_loopback(name) and not any(header in headers for header in _OF_A_PROXY)

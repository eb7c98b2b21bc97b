"""Who may connect, and which requests are answered."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from annotator.pages.guard import policy, upload_gate
from annotator.pages.guard.browsers import browser_of, is_in_browser, new_browser
from annotator.pages.guard.downloads import MEDIA, is_of_this_browser
from annotator.pages.guard.uploads import (
    UPLOADS,
    Arrivals,
    drop_uploads_of_ended_sessions,
    session_of_upload,
    swallow,
)

_STREAM = "/_stcore/stream"
_OF_STREAMLIT = ("/_stcore/health", "/_stcore/host-config", "/_stcore/bidi-components/", UPLOADS)
"""The addresses of Streamlit's own that a page needs; the others are for other programs, and are refused."""


class Guard:
    """Passes on what comes from our own pages, in the browser that it concerns, and refuses the rest."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], origins: Collection[str]) -> None:
        """`hosts` are the names under which we are reached, `origins` those of a proxy in front of us."""
        self.app = app
        self.hosts = hosts
        self.origins = origins
        self.headers = policy.headers()
        self.arrivals = Arrivals()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let Streamlit answer it."""
        if scope["type"] == "websocket":
            await self._connect(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, self._with_headers(scope, send))
        else:
            await self.app(scope, receive, send)

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != _STREAM or not self._is_own_host(scope) or not self._is_own_origin(scope):
            await send({"type": "websocket.close", "code": 1008})
            return
        try:
            await self.app(scope, receive, send)
        finally:
            drop_uploads_of_ended_sessions()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope)
        if refusal is not None:
            await swallow(scope, receive)
            status, sentence = refusal
            await PlainTextResponse(sentence, status)(scope, receive, send)
        elif scope["method"] == "PUT":
            with self.arrivals.counted(session_of_upload(scope) or "", scope):
                await self.app(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Return the status and the sentence with which a request is refused, or None."""
        path = scope["path"]
        if not self._is_own_host(scope):
            return 400, "This server is not known by that name; `whylight serve --host` adds names."
        if path.startswith("/_stcore/") and not path.startswith(_OF_STREAMLIT):
            return 404, "There is nothing here."
        if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            return self._refusal_of_upload(scope)
        if path.startswith(MEDIA) and not is_of_this_browser(scope):
            return 404, "This file does not exist, or belongs to another session; download it again from its page."
        return None

    def _refusal_of_upload(self, scope: Scope) -> tuple[int, str] | None:
        session_id = session_of_upload(scope)
        if session_id is None or scope["method"] not in ("PUT", "DELETE"):
            return 405, "Nothing can be sent to this address."
        if not self._is_own_origin(scope):
            return 403, "Files are accepted only from Whylight's own pages."
        if not is_in_browser(session_id, scope) or not upload_gate.is_open(session_id):
            return 403, "Files are accepted only by the import form, from a researcher who has signed in."
        return self.arrivals.refusal(session_id, scope) if scope["method"] == "PUT" else None

    def _is_own_host(self, scope: Scope) -> bool:
        return _name(Headers(scope=scope).get("host", "")) in self.hosts

    def _is_own_origin(self, scope: Scope) -> bool:
        """Return whether the page that asks was served by us: the same scheme, host and port, or those of a proxy."""
        headers = Headers(scope=scope)
        scheme = "https" if scope["scheme"] in ("https", "wss") else "http"
        return headers.get("origin") in (f"{scheme}://{headers.get('host')}", *self.origins)

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self.headers)
                if self._is_own_host(scope):
                    host = Headers(scope=scope)["host"]
                    headers["content-security-policy"] = policy.with_websocket(headers["content-security-policy"], host)
                if _is_a_page(message["status"], headers, scope) and not browser_of(scope):
                    headers.append("set-cookie", new_browser(is_encrypted=scope["scheme"] == "https"))
            await send(message)

        return send_with_headers


def own_names(allowed_hosts: Collection[str]) -> frozenset[str]:
    """Return the names under which we are reached, as `_name` reads them from a request."""
    return frozenset(host.strip().lower().rstrip(".") for host in allowed_hosts)


def _name(host: str) -> str | None:
    """Return the name in a Host header, or None if it holds more than a name and a port."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    return parts.hostname.lower().rstrip(".") if parts.hostname and parts.netloc == host and "@" not in host else None


def _is_a_page(status: int, headers: MutableHeaders, scope: Scope) -> bool:
    """Return whether a response is a page, or makes a browser show the page that it has cached."""
    # A restarted browser has cached the page but not the cookie, and a 304 has no content type.
    is_asked_for = "text/html" in Headers(scope=scope).get("accept", "")
    return headers.get("content-type", "").startswith("text/html") or (status == 304 and is_asked_for)

"""What every request passes before Streamlit sees it: who may connect, upload and download, and what a page may load.

Streamlit takes a websocket from any program of this machine, an upload from anybody who is connected, and gives a file
to everybody who knows its address. docs/decisions/0011-a-guard-before-streamlit.md says why the guard is ours.
"""

import base64
import hashlib
import re
import secrets
from collections import Counter
from collections.abc import Collection
from contextvars import ContextVar
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse
from streamlit.runtime import Runtime, app_session
from streamlit.runtime.backend_operation_handler import DeferredFileHandler
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileKind
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.web.server.starlette.starlette_app import App

from annotator.errors import CannotServe
from annotator.importing.uploads import MOST_MEGABYTES
from annotator.pages import upload_gate

BROWSER = "whylight-browser"
"""The cookie by which a download is known to come from the browser that a session is in."""
MOST_UPLOADED = 4 * MOST_MEGABYTES * 1024 * 1024
"""So many bytes of uploads the server holds in memory, of everybody together."""
MOST_OF_A_SESSION = 2 * MOST_MEGABYTES * 1024 * 1024

_STREAM = "/_stcore/stream"
_UPLOADS = "/_stcore/upload_file/"
_MEDIA = "/media/"
_OF_STREAMLIT = ("/_stcore/health", "/_stcore/host-config", "/_stcore/bidi-components/", _UPLOADS)
"""All of Streamlit's own that a page needs; the rest is for other programs, and is not there."""

_asking: ContextVar[str | None] = ContextVar("asking", default=None)
"""The session for which a download is being made."""


class Guard:
    """Passes on what comes from our own pages, in the browser that it concerns, and refuses the rest."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], origins: Collection[str]) -> None:
        """`hosts` are the names under which we are reached, `origins` those of a proxy in front of us."""
        self.app = app
        self.hosts = hosts
        self.origins = origins
        self.arriving: Counter[str] = Counter()  # session → bytes
        self.policy = _policy()

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
            _give_up_uploads_of_ended_sessions()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope)
        if refusal is not None:
            await _swallow(scope, receive)
            status, sentence = refusal
            await PlainTextResponse(sentence, status)(scope, receive, send)
        elif scope["method"] == "PUT":
            await self._upload(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Return the status and the sentence with which a request is refused, or None."""
        path = scope["path"]
        if not self._is_own_host(scope):
            return 400, "This server does not go by that name; `whylight serve --host` names others."
        if path.startswith("/_stcore/") and not path.startswith(_OF_STREAMLIT):
            return 404, "There is nothing here."
        if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            return self._refusal_of_upload(scope)
        if path.startswith(_MEDIA) and not self._is_of_this_browser(scope):
            return 404, "This file is not there, or belongs to another session; download it again from its page."
        return None

    def _refusal_of_upload(self, scope: Scope) -> tuple[int, str] | None:
        session_id = _session_of_upload(scope)
        if session_id is None or scope["method"] not in ("PUT", "DELETE"):
            return 405, "Nothing can be sent here."
        if not self._is_own_origin(scope):
            return 403, "Files are taken from our own pages only."
        if not _is_in_browser(session_id, scope) or not upload_gate.is_open(session_id):
            return 403, "Files are taken by the import form only, from a researcher who has signed in."
        return self._refusal_of_size(session_id, scope) if scope["method"] == "PUT" else None

    def _refusal_of_size(self, session_id: str, scope: Scope) -> tuple[int, str] | None:
        length = Headers(scope=scope).get("content-length", "")
        if not length.isdecimal():
            return 411, "The upload does not say how long it is."
        if self.arriving[session_id] + int(length) > MOST_OF_A_SESSION:
            return 413, f"A file has {MOST_MEGABYTES} MB at most; `whylight import` takes larger ones."
        others = sum(size for other, size in _held().items() if other != session_id)
        if others + self.arriving.total() + int(length) > MOST_UPLOADED:
            return 503, "Other people are uploading too much just now; try again in a minute."
        return None

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        session_id = _session_of_upload(scope) or ""
        length = int(Headers(scope=scope)["content-length"])
        _uploads().remove_session_files(session_id)  # the form holds one file, and this is the next
        self.arriving[session_id] += length
        try:
            await self.app(scope, receive, send)
        finally:
            self.arriving[session_id] -= length
            self.arriving += Counter()  # forgets those who are done

    def _is_own_host(self, scope: Scope) -> bool:
        return _name(Headers(scope=scope).get("host", "")) in self.hosts

    def _is_own_origin(self, scope: Scope) -> bool:
        """Whether the page that asks was served by us: the same scheme, host and port, or a proxy's in front of us."""
        headers = Headers(scope=scope)
        scheme = "https" if scope["scheme"] in ("https", "wss") else "http"
        return headers.get("origin") in (f"{scheme}://{headers.get('host')}", *self.origins)

    def _is_of_this_browser(self, scope: Scope) -> bool:
        file_id = scope["path"].removeprefix(_MEDIA).partition(".")[0]
        storage = Runtime.instance().media_file_mgr._storage
        owners = storage.owners.get(file_id, ()) if isinstance(storage, OwnedMedia) else ()
        return any(_is_in_browser(owner, scope) for owner in tuple(owners))

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self.policy)
                if self._is_own_host(scope):
                    headers["content-security-policy"] = _with_websocket(headers["content-security-policy"], scope)
                if _is_a_page(message["status"], headers, scope) and not _browser(scope):
                    headers.append("set-cookie", _new_browser(is_encrypted=scope["scheme"] == "https"))
            await send(message)

        return send_with_headers


class OwnedMedia(MemoryMediaFileStorage):
    """Streamlit's storage of what a page shows and downloads, which knows for which session a file was made."""

    def __init__(self, media_endpoint: str) -> None:
        super().__init__(media_endpoint)
        self.owners: dict[str, set[str]] = {}

    def load_and_get_id(
        self, path_or_data: str | bytes, mimetype: str, kind: MediaFileKind, filename: str | None = None
    ) -> str:
        """Take a file in, as its session's."""
        file_id = super().load_and_get_id(path_or_data, mimetype, kind, filename)
        context = get_script_run_ctx(suppress_warning=True)
        owner = context.session_id if context is not None else _asking.get()
        if owner is not None:
            self.owners.setdefault(file_id, set()).add(owner)
        return file_id

    def delete_file(self, file_id: str) -> None:
        """Forget a file, and whose it was."""
        super().delete_file(file_id)
        self.owners.pop(file_id, None)


class GuardedApp(App):
    """Streamlit's application whose files belong to sessions."""

    def _create_runtime(self) -> Runtime:
        runtime = super()._create_runtime()
        runtime.media_file_mgr._storage = OwnedMedia(_MEDIA.rstrip("/"))
        return runtime


_hand_over = DeferredFileHandler.handle


async def _hand_over_own(
    handler: DeferredFileHandler, request: BackendOperationRequest, session_id: str
) -> BackendOperationResponse:
    """Make a deferred download for the session alone whose page offers it."""
    offered = handler._get_media_file_mgr()._deferred_callables.get(request.deferred_file.file_id)
    if offered is None or offered["session_id"] != session_id:
        return BackendOperationResponse(
            request_id=request.request_id, error_msg="This download belongs to another session; reload the page."
        )
    _asking.set(session_id)
    return await _hand_over(handler, request, session_id)


_WRITERS = ("InstallSkillsHandler", "DismissSkillsNudgeHandler")
"""Those of Streamlit's operations that write files, for whoever is connected, signed in or not."""


async def _write_nothing(_: object, request: BackendOperationRequest, session_id: str) -> BackendOperationResponse:
    return BackendOperationResponse(
        request_id=request.request_id, error_msg="Nothing is installed or kept for Streamlit here."
    )


def put_on_guard() -> None:
    """Let downloads belong to their sessions, and no page write files through Streamlit.

    Raise CannotServe where this Streamlit is not as the guard expects it.
    """
    for owner, name in (
        (App, "_create_runtime"),
        (DeferredFileHandler, "handle"),
        *((app_session, name) for name in _WRITERS),
        (MemoryUploadedFileManager, "remove_session_files"),
        (MemoryMediaFileStorage, "load_and_get_id"),
        (Runtime, "get_client"),
        (MediaFileManager(OwnedMedia("")), "_storage"),
        (MediaFileManager(OwnedMedia("")), "_deferred_callables"),
        (MemoryUploadedFileManager(""), "file_storage"),
    ):
        if not hasattr(owner, name):
            what = owner.__name__ if isinstance(owner, type | ModuleType) else type(owner).__name__
            raise CannotServe(
                f"Streamlit {streamlit.__version__} has no {what}.{name}, on which the guard of the pages relies; "
                "install the version that constraints.txt names."
            )
    DeferredFileHandler.handle = _hand_over_own  # type: ignore[method-assign, assignment]
    for name in _WRITERS:
        getattr(app_session, name).handle = _write_nothing


def own_names(allowed_hosts: Collection[str]) -> frozenset[str]:
    """Return the names under which we are reached, as `_name` reads them from a request."""
    return frozenset(host.strip().lower().rstrip(".") for host in allowed_hosts)


def _name(host: str) -> str | None:
    """Return the name in a Host header, or None where there is more in it than a name and a port."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    return parts.hostname.lower().rstrip(".") if parts.hostname and parts.netloc == host and "@" not in host else None


def _browser(scope: Scope) -> str:
    return cookie_parser(Headers(scope=scope).get("cookie", "")).get(BROWSER, "")


def _is_a_page(status: int, headers: MutableHeaders, scope: Scope) -> bool:
    """Whether a response is a page, or tells a browser that navigates to show the page that it has kept."""
    # A restarted browser has kept the page but not the cookie, and a 304 has no type of content.
    is_asked_for = "text/html" in Headers(scope=scope).get("accept", "")
    return headers.get("content-type", "").startswith("text/html") or (status == 304 and is_asked_for)


def _new_browser(*, is_encrypted: bool) -> str:
    secure = "; Secure" if is_encrypted else ""
    return f"{BROWSER}={secrets.token_hex(16)}; Path=/; HttpOnly; SameSite=Lax{secure}"


def _is_in_browser(session_id: str, scope: Scope) -> bool:
    """Whether a session is connected, from the browser that a request comes from."""
    client = Runtime.instance().get_client(session_id)
    if client is None or client.client_context is None:
        return False
    its_browser = client.client_context.cookies.get(BROWSER, "")
    return bool(its_browser) and secrets.compare_digest(its_browser.encode(), _browser(scope).encode())


def _session_of_upload(scope: Scope) -> str | None:
    parts = scope["path"].removeprefix(_UPLOADS).split("/")
    return parts[0] if scope["path"].startswith(_UPLOADS) and len(parts) == 2 else None


async def _swallow(scope: Scope, receive: Receive) -> None:
    """Take what a refused upload sends: a browser that cannot end its sentence does not read our answer."""
    length = Headers(scope=scope).get("content-length", "")
    if not length.isdecimal() or int(length) > MOST_OF_A_SESSION:
        return
    more = int(length) > 0
    while more:
        message = await receive()
        more = message["type"] == "http.request" and message.get("more_body", False)


def _uploads() -> MemoryUploadedFileManager:
    manager = Runtime.instance().uploaded_file_mgr
    if not isinstance(manager, MemoryUploadedFileManager):
        raise TypeError(f"Uploads are kept by a {type(manager).__name__}, which the guard cannot count.")
    return manager


def _held() -> dict[str, int]:
    """Return how many bytes of uploads the server holds for each session."""
    return {
        session_id: sum(len(file.data) for file in tuple(files.values()))
        for session_id, files in tuple(_uploads().file_storage.items())
    }


def _give_up_uploads_of_ended_sessions() -> None:
    runtime = Runtime.instance()
    for session_id in {*_held(), *upload_gate.open_sessions()}:
        if not runtime.is_active_session(session_id):
            upload_gate.forget(session_id)
            _uploads().remove_session_files(session_id)


def _policy() -> dict[str, str]:
    """Return the headers of every response; the policy of content is as strict as Streamlit's pages allow."""
    content = {
        "default-src": "'none'",
        # Components are modules made from text (blob:); the one script in Streamlit's page is known by its hash.
        "script-src": " ".join(["'self'", "blob:", "'wasm-unsafe-eval'", *_scripts_in_the_page()]),
        # Streamlit writes its styles into the page while it runs.
        "style-src": "'self' 'unsafe-inline'",
        "connect-src": "'self'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "media-src": "'self'",
        "worker-src": "'self' blob:",
        "manifest-src": "'self'",
        "frame-src": "'none'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return {
        "content-security-policy": "; ".join(f"{what} {whence}" for what, whence in content.items()),
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }


def _with_websocket(policy: str, scope: Scope) -> str:
    """Name our websocket: not every browser takes it for 'self'."""
    host = Headers(scope=scope)["host"]
    return policy.replace("connect-src 'self'", f"connect-src 'self' ws://{host} wss://{host}")


def _scripts_in_the_page() -> list[str]:
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in scripts]

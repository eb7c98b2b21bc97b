"""The page that a browser gets first: Streamlit's, with our frame in it, so that it isn't blank while scripts load.

Its scripts and styles come from memory: one visit asks for some seventy of them.
"""

import base64
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import streamlit
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OURS = Path(__file__).parent
_STATIC = Path(streamlit.__file__).parent / "static"
_ADDRESS = "/static/"
_FONTS_ADDRESS = "/component/annotator.pages.frame.fonts/"
_NOT_A_PAGE = ("/_stcore/", "/component/", "/media/", _ADDRESS)
_NEEDED_SOON = ("BidiComponent", "serialization", "recordbatch", "_arrayReduce", "Html", "purify.es")
"""Scripts that every page of ours needs, but that Streamlit asks for only once it has drawn something."""
_FONTS = ("inter-latin.woff2", "source-serif-4-latin.woff2")


@dataclass(frozen=True)
class _File:
    """What is sent for an address; the browser asks again only whether it is still the same."""

    body: bytes
    kind: str
    caching: str

    @cached_property
    def etag(self) -> str:
        """Return what says that a file is the same."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'

    async def send(self, scope: Scope, send: Send) -> None:
        """Send the file, or that it is unchanged."""
        is_known = Headers(scope=scope).get("if-none-match") == self.etag
        headers = [(b"etag", self.etag.encode()), (b"cache-control", self.caching.encode())]
        if not is_known:
            headers += [(b"content-type", self.kind.encode()), (b"content-length", str(len(self.body)).encode())]
        await send({"type": "http.response.start", "status": 304 if is_known else 200, "headers": headers})
        body = b"" if is_known or scope["method"] == "HEAD" else self.body
        await send({"type": "http.response.body", "body": body})


class FirstFrame:
    """Answers for the page, for Streamlit's own scripts and styles and for our fonts; everything else is passed on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.page = _File(draw_first_frame().encode(), "text/html; charset=utf-8", "no-cache")
        found = (path for path in (_STATIC / "static").rglob("*") if path.is_file())
        self.paths = {f"/{path.relative_to(_STATIC)}": path for path in found}
        # Asked for before the first page has run, and with it registered them.
        self.paths |= {f"{_FONTS_ADDRESS}{path.name}": path for path in (_OURS.parent / "fonts").glob("*.woff2")}
        self.other = {f"/{path.name}" for path in _STATIC.iterdir() if path.name != "index.html"}
        self.files: dict[str, _File] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let Streamlit answer it."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
        elif scope["path"] in self.paths:
            await self._file(scope["path"]).send(scope, send)
        elif scope["path"] in self.other or scope["path"].startswith(_NOT_A_PAGE):
            await self.app(scope, receive, send)
        else:
            await self._answer_page(scope, receive, send)

    def _file(self, address: str) -> _File:
        """Return a file, read once."""
        if address not in self.files:
            kind = mimetypes.guess_type(address)[0] or "application/octet-stream"
            body = self.paths[address].read_bytes()
            # Streamlit's names change with the content, ours do not.
            caching = "public, immutable, max-age=31536000" if address.startswith(_ADDRESS) else "public, max-age=3600"
            self.files[address] = _File(body, kind, caching)
        return self.files[address]

    async def _answer_page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send our page where Streamlit would send its own."""
        is_page = False

        async def replace(message: Message) -> None:
            nonlocal is_page
            if message["type"] == "http.response.start":
                is_page = message["status"] == 200 and _is_html(message)
                if is_page:
                    await self.page.send(scope, send)
            if not is_page:
                await send(message)

        unconditional = [(name, value) for name, value in scope["headers"] if not name.startswith(b"if-")]
        await self.app({**scope, "headers": unconditional}, receive, replace)


def draw_first_frame() -> str:
    """Return Streamlit's page with our title, icon and frame, and with what our pages need asked for at once."""
    page = (_STATIC / "index.html").read_text(encoding="utf-8")
    page = re.sub(r"<title>.*?</title>", "<title>Whylight</title>", page)
    page = page.replace('href="./favicon.png"', f'href="{_as_data("icon.svg")}"')
    page = re.sub(r'<link\s+rel="preload"[^>]*SourceSans[^>]*/>', "", page)
    page = re.sub(r"<noscript>.*?</noscript>", "<noscript>Whylight needs JavaScript.</noscript>", page, flags=re.DOTALL)
    style = (_OURS / "first_frame.html").read_text(encoding="utf-8")
    frame = f'<div id="first-frame" aria-hidden="true"><img alt="" src="{_as_data("wordmark.svg")}"></div>'
    page = page.replace("</head>", f"{_asked_at_once()}{style}</head>")
    return page.replace('<div id="root">', f'{frame}\n    <div id="root">')


def _asked_at_once() -> str:
    scripts = [path.name for name in _NEEDED_SOON for path in (_STATIC / "static" / "js").glob(f"{name}.*.js")]
    lines = [f'<link rel="modulepreload" crossorigin href="./static/js/{name}">' for name in scripts]
    lines += [f'<link rel="preload" as="font" crossorigin href=".{_FONTS_ADDRESS}{font}">' for font in _FONTS]
    return "".join(f"    {line}\n" for line in lines)


def _as_data(name: str) -> str:
    drawing = (_OURS.parent / name).read_bytes()
    return f"data:image/svg+xml;base64,{base64.b64encode(drawing).decode()}"


def _is_html(message: Message) -> bool:
    return Headers(raw=message["headers"]).get("content-type", "").startswith("text/html")

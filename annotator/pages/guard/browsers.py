"""The cookie that tells browsers apart, so that a file goes only to the browser of its session."""

import secrets

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope
from streamlit.runtime import Runtime

BROWSER = "whylight-browser"
"""The cookie that shows which browser a request comes from."""


def browser_of(scope: Scope) -> str:
    """Return the browser that a request comes from; empty if it has no cookie yet."""
    return cookie_parser(Headers(scope=scope).get("cookie", "")).get(BROWSER, "")


def new_browser(*, is_encrypted: bool) -> str:
    """Return the header that gives a browser its cookie."""
    secure = "; Secure" if is_encrypted else ""
    return f"{BROWSER}={secrets.token_hex(16)}; Path=/; HttpOnly; SameSite=Lax{secure}"


def is_in_browser(session_id: str, scope: Scope) -> bool:
    """Return whether a session is connected, from the browser that a request comes from."""
    client = Runtime.instance().get_client(session_id)
    if client is None or client.client_context is None:
        return False
    its_browser = client.client_context.cookies.get(BROWSER, "")
    return bool(its_browser) and secrets.compare_digest(its_browser.encode(), browser_of(scope).encode())

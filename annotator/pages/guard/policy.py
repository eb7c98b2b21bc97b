"""What a page may load, and who may show it in a frame: the headers of every response."""

import base64
import hashlib
import re
from pathlib import Path

import streamlit


def headers() -> dict[str, str]:
    """Return the headers of every response; the content security policy is as strict as Streamlit's pages allow."""
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
        "content-security-policy": "; ".join(f"{directive} {sources}" for directive, sources in content.items()),
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }


def with_websocket(policy: str, host: str) -> str:
    """Add our websocket to the policy: not every browser counts it as 'self'."""
    return policy.replace("connect-src 'self'", f"connect-src 'self' ws://{host} wss://{host}")


def _scripts_in_the_page() -> list[str]:
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in scripts]

"""Where a language model is: text goes to this machine, or to the one host that the user has named for it."""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from annotator.errors import CannotSuggest
from annotator.loopback import is_loopback

_EXAMPLE = "http://127.0.0.1:11434/v1"


@dataclass(frozen=True)
class Address:
    """A server that speaks OpenAI's protocol, and whether text that is sent to it leaves this machine."""

    is_encrypted: bool
    host: str
    port: int
    path: str
    """Of the chat completions."""
    leaves_machine: bool

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def read_address(base_url: str, *, send_text_to: str | None) -> Address:
    """Return the address in `base_url`; raise CannotSuggest unless it is on this machine or exactly `send_text_to`."""
    parts = _split(base_url)
    host = parts.hostname or ""
    if send_text_to is not None and send_text_to.lower() != host:
        raise CannotSuggest(
            f"--base-url has the host {host}, and --send-text-to names {send_text_to}; nothing was sent. "
            "Both have to name the same host."
        )
    is_here = is_loopback(host)
    if not is_here and send_text_to is None:
        raise CannotSuggest(
            f"{host} is another machine, and nothing was sent to it; "
            f"add `--send-text-to {host}` if your sentences may go there."
        )
    is_encrypted = parts.scheme == "https"
    path = f"{parts.path.rstrip('/')}/chat/completions"
    return Address(is_encrypted, host, parts.port or (443 if is_encrypted else 80), path, not is_here)


def _split(base_url: str) -> SplitResult:
    bad = CannotSuggest(f"{base_url!r} is not the address of a server; expected one such as {_EXAMPLE}.")
    if not base_url.isascii() or not base_url.isprintable() or " " in base_url:
        raise bad
    try:
        parts = urlsplit(base_url)
        is_address = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        raise bad from None
    if not is_address or parts.query or parts.fragment:
        raise bad
    if parts.username is not None or parts.password is not None:
        raise CannotSuggest("An address must not contain a key or a password; put the key into WHYLIGHT_LLM_KEY.")
    return parts

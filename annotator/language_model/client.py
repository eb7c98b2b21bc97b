"""Ask a language model over HTTP: OpenAI's chat completions, with nothing but the standard library.

`http.client` follows no redirect and asks no proxy, so text and key go to the one host that was named. Another host
could get them only if this one handed them on.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from annotator.errors import CannotSuggest
from annotator.language_model.address import Address
from annotator.language_model.prompt import Messages
from annotator.loopback import is_loopback

KEY_VARIABLE = "WHYLIGHT_LLM_KEY"
TRIES = 3
"""How often a sentence is sent to a server that fails."""
TRIES_WHEN_BUSY = 8
LONGEST_WAIT_S = 600
"""A server that wants to be left alone for longer ends the run."""
_MOST_BYTES = 4 * 2**20
_MOST_QUOTED = 200


class Reply(NamedTuple):
    """What came back for a sentence; `content` is None where nothing did, and `why` says why in a sentence."""

    content: str | None
    is_cut_off: bool = False
    tokens: int | None = None
    """What the server counted, question and answer; None if it does not say."""
    why: str = ""


def read_key(given: str | None) -> str | None:
    """Return the key for the server, or None; raise CannotSuggest for one that no server can be sent."""
    if not given:
        return None
    if not given.isascii() or not given.isprintable() or " " in given:
        raise CannotSuggest(f"{KEY_VARIABLE} holds spaces or characters that no key has; set it again.")
    return given


class _Failed(Exception):
    """The server failed at this sentence; another try may help, after `wait_s` if the server said so."""

    def __init__(self, why: str, *, is_busy: bool = False, wait_s: float | None = None, may_help: bool = True) -> None:
        super().__init__(why)
        self.is_busy, self.wait_s, self.may_help = is_busy, wait_s, may_help


@dataclass
class LanguageModel:
    """A model on a server. Until it has answered once, any failure but a full queue is an error of the settings."""

    address: Address
    name: str
    key: str | None
    answer_tokens: int
    timeout_s: float
    sleep: Callable[[float], None] = time.sleep
    has_answered: bool = False
    sends: int = 0
    """How often text was sent."""

    def ask(self, messages: Messages) -> Reply:
        """Return what the model answers; raise CannotSuggest if it is of no use to continue."""
        body = json.dumps(
            {"model": self.name, "messages": messages, "temperature": 0, "max_tokens": self.answer_tokens}
        ).encode()
        tries = 0
        while True:
            tries += 1
            try:
                reply = self._try(body)
                self.has_answered = True
                return reply
            except _Failed as failed:
                if not failed.is_busy and not self.has_answered:
                    raise CannotSuggest(str(failed)) from failed
                if not failed.may_help or tries >= (TRIES_WHEN_BUSY if failed.is_busy else TRIES):
                    return Reply(None, why=str(failed))
                self._wait(failed, tries)

    def _wait(self, failed: _Failed, tries: int) -> None:
        wait_s = min(60.0, 2.0**tries) if failed.wait_s is None else failed.wait_s
        if wait_s > LONGEST_WAIT_S:
            raise CannotSuggest(f"{self.address} asks to wait for {wait_s:,.0f} s; run the same command again then.")
        self.sleep(wait_s)

    def _try(self, body: bytes) -> Reply:
        try:
            status, location, retry_after, answer = self._post(body)
        except TimeoutError as error:
            why = f"{self.address} did not answer within {self.timeout_s:g} s; `--timeout` gives it longer."
            raise _Failed(why) from error
        except (OSError, HTTPException) as error:
            reason = str(error) or type(error).__name__
            raise _Failed(f"{self.address} cannot be reached ({reason}); is the server running?") from error
        if status == 200:
            return self._read(answer)
        raise self._refusal(status, location, retry_after, self._quoted(answer))

    def _post(self, body: bytes) -> tuple[int, str, str, bytes]:
        kind = HTTPSConnection if self.address.is_encrypted else HTTPConnection
        connection = kind(self.address.host, self.address.port, timeout=self.timeout_s)
        try:
            connection.connect()
            self._check_peer(connection)
            self.sends += 1
            connection.request("POST", self.address.path, body, self._headers())
            with connection.getresponse() as response:
                answer = _read_whole(response, time.monotonic() + self.timeout_s)
                location, retry_after = response.getheader("location", ""), response.getheader("retry-after", "")
            return response.status, location, retry_after, answer
        finally:
            connection.close()

    def _check_peer(self, connection: HTTPConnection) -> None:
        """Raise CannotSuggest if `localhost` is the name of another machine here."""
        peer = connection.sock.getpeername()[0]
        if not self.address.leaves_machine and not is_loopback(peer):
            raise CannotSuggest(f"{self.address.host} is {peer} here, another machine; nothing was sent to it.")

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Connection": "close"}
        return headers if self.key is None else headers | {"Authorization": f"Bearer {self.key}"}

    def _refusal(self, status: int, location: str, retry_after: str, quoted: str) -> CannotSuggest | _Failed:
        """Return what ends the run, or what another try or another sentence may overcome."""
        answered = f"{self.address} answered {status}{f' ({quoted})' if quoted else ''}"
        if 300 <= status < 400:
            host = _host_of(location)
            return CannotSuggest(f"{answered} and refers to {host}, which is not followed; give its address instead.")
        if status in (401, 403):
            return CannotSuggest(f"{answered}: it wants another key; put it into {KEY_VARIABLE}.")
        if status == 404:
            return CannotSuggest(f"{answered}: check --model, and --base-url, which usually ends in /v1.")
        if status == 429:
            return _Failed(f"{answered}: too many requests.", is_busy=True, wait_s=_wait_s(retry_after))
        return _Failed(f"{answered}.", may_help=status >= 500 or status == 408)

    def _read(self, answer: bytes) -> Reply:
        try:
            given = json.loads(answer)
            choice = given["choices"][0]
            content, finish = choice["message"].get("content"), choice.get("finish_reason")
            usage = given.get("usage") or {}
            tokens = usage.get("total_tokens")
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
            quoted = self._quoted(answer) or "nothing"
            raise CannotSuggest(
                f"{self.address} does not answer as OpenAI's chat completions do ({quoted}); check --base-url."
            ) from error
        counted = tokens if type(tokens) is int and tokens >= 0 else None
        if finish != "length" and not isinstance(content, str):
            return Reply(None, tokens=counted, why=f"{self.name} answered without a text.")
        return Reply(content if isinstance(content, str) else "", finish == "length", counted)

    def _quoted(self, answer: bytes) -> str:
        """Return the message in a server's answer, or the answer itself, in one short line without the key."""
        text = _message_in(answer)
        if self.key:
            text = text.replace(self.key, "…")
        line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
        return line if len(line) <= _MOST_QUOTED else f"{line[:_MOST_QUOTED]}…"


def _read_whole(response: HTTPResponse, until: float) -> bytes:
    """Return the body; raise TimeoutError if it is not here by then, and HTTPException if it is too long."""
    parts, size = [], 0
    while part := response.read1(65536):
        parts.append(part)
        size += len(part)
        if size > _MOST_BYTES:
            raise HTTPException(f"its answer has more than {_MOST_BYTES:,} bytes")
        if time.monotonic() > until:
            raise TimeoutError
    return b"".join(parts)


def _message_in(answer: bytes) -> str:
    text = answer.decode(errors="replace")
    try:
        given: Any = json.loads(text)
        error = given.get("error", given.get("message", given.get("detail")))
        message = error.get("message") if isinstance(error, dict) else error
    except (ValueError, AttributeError, RecursionError):
        return text
    return message if isinstance(message, str) else text


def _host_of(location: str) -> str:
    try:
        return urlsplit(location).hostname or "another address"
    except ValueError:
        return "another address"


def _wait_s(retry_after: str) -> float | None:
    """Return the seconds in a Retry-After header, which may be a date; None if it says nothing that can be read."""
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None

"""A language model's server on loopback, which answers what a test gives it."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None
    """Called before anything is answered."""


def says(content: str | None, *, finish: str = "stop", tokens: int | None = 10, **more: Any) -> Answer:
    """Return an answer of the chat completions with this content."""
    usage = {} if tokens is None else {"usage": {"total_tokens": tokens}}
    choice = {"message": {"role": "assistant", "content": content}, "finish_reason": finish}
    return Answer(json.dumps({"choices": [choice], **usage}).encode(), **more)


def suggests(label: str, *words: int, **more: Any) -> Answer:
    """Return an answer that is a suggestion."""
    return says(json.dumps({"label": label, "words": words}), **more)


def fails(status: int, message: str = "", **headers: str) -> Answer:
    """Return an error of the server."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(json.dumps({"error": {"message": message}}).encode(), status, named)


@dataclass
class FakeModel:
    """A server on loopback, and what it was sent."""

    answers: list[Answer]
    """In order; the last one is repeated."""
    port: int = 0
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def words(self, number: int) -> str:
        """Return the second message of a request, which has the words."""
        content: str = self.bodies[number]["messages"][1]["content"]
        return content


@contextmanager
def fake_model(answers: Sequence[Answer]) -> Iterator[FakeModel]:
    """Start such a server, and stop it at the end."""
    fake = FakeModel(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.paths.append(self.path)
            fake.headers.append(dict(self.headers))
            fake.bodies.append(sent)
            answer = fake.answers[min(len(fake.bodies), len(fake.answers)) - 1]
            answer.before()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()

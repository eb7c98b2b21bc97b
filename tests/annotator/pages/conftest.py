"""A served project, and a client that talks to it as a browser tab does, or as none would."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from forked_jobs import Forked, start_command
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest, BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.util import calc_hash
from websockets.sync.client import ClientConnection, connect

from db.corpus import sentences
from db.queue import slots
from db.records import Label, NewSentence, Role
from db.store import Store
from db.team import people, project

WAIT_S = 60.0
PEOPLE: dict[str, Role] = {"Ada": "admin", "Rita": "researcher", "Ann": "annotator"}


@dataclass
class Answer:
    """The response to a request."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Tab:
    """A connection like a browser tab's; the cookies are the browser's."""

    cookies: dict[str, str]
    socket: ClientConnection
    received: list[ForwardMsg] = field(default_factory=list)
    session_id: str = ""

    def show(self, address: str = "", *, press: str | None = None) -> None:
        """Ask for a page, or press the button with that label on it, and wait until it is drawn."""
        message = BackMsg()
        message.rerun_script.page_script_hash = calc_hash(address) if address else ""
        if press is not None:
            widget = message.rerun_script.widget_states.widgets.add()
            widget.id, widget.trigger_value = self.of_kind("button")[press].id, True
        self.socket.send(message.SerializeToString())
        self.receive_until("script_finished")

    def post(self, *answers: dict[str, Any], project: str, person: str) -> None:
        """Send answers as the word marker does, and wait for nothing."""
        page, marker = self.component("whylight_word_marker")
        message = BackMsg()
        message.rerun_script.page_script_hash = page
        state = message.rerun_script.widget_states.widgets.add()
        state.id = _make_trigger_id(marker.id, "events")
        sent = {"project": project, "person": person, "number": 1, "outbox": list(answers)}
        state.json_trigger_value = json.dumps([{"event": "sync", "value": sent}])
        self.socket.send(message.SerializeToString())

    def component(self, name: str) -> tuple[str, Any]:
        """Return the page of a component of ours, and the component as it was drawn last."""
        drawn = [(each.metadata.active_script_hash, each.delta.new_element.bidi_component) for each in self.received]
        return next(found for found in reversed(drawn) if found[1].component_name == name)

    def receive_until(self, kind: str) -> ForwardMsg:
        while True:
            message = ForwardMsg()
            message.ParseFromString(self.socket.recv(timeout=WAIT_S))
            self.received.append(message)
            if message.WhichOneof("type") == "new_session":
                self.session_id = message.new_session.initialize.session_id or self.session_id
            if message.WhichOneof("type") == kind:
                return message

    def of_kind(self, kind: str) -> dict[str, Any]:
        """Return the elements of that kind that were drawn, by their labels."""
        drawn = [each.delta.new_element for each in self.received if each.WhichOneof("type") == "delta"]
        return {getattr(each, kind).label: getattr(each, kind) for each in drawn if each.WhichOneof("type") == kind}

    def download(self, file_id: str) -> Any:
        """Ask for a deferred download."""
        return self.ask_backend(deferred_file={"file_id": file_id})

    def ask_backend(self, **operation: dict[str, str]) -> Any:
        """Ask for an operation that does not draw the page."""
        message = BackMsg(
            backend_operation_request=BackendOperationRequest(
                request_id="r",
                session_id=self.session_id,
                **operation,  # type: ignore[arg-type]
            )
        )
        self.socket.send(message.SerializeToString())
        return self.receive_until("backend_operation_response").backend_operation_response

    def is_shown(self, text: str) -> bool:
        return any(text in str(message) for message in self.received)


@dataclass
class Server:
    """`whylight serve`, running in its own folder."""

    project: Path
    folder: Path
    options: tuple[str, ...] = ()
    port: int = 0
    is_cold: bool = True
    """Whether it starts as for a user, and not as a fork of what has its modules and its configuration."""
    process: Forked | subprocess.Popen[bytes] | None = None
    opened: ExitStack = field(default_factory=ExitStack)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = ["-m", "annotator", "serve", str(self.project), "--port", str(self.port), *self.options]
        self.process = self._start_cold(command) if self.is_cold else self._start_warm(command)
        deadline = time.monotonic() + WAIT_S
        while not self._is_healthy():
            assert self.process.poll() is None, (self.folder / "server.log").read_text()
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.1)

    def _start_cold(self, command: list[str]) -> "subprocess.Popen[bytes]":
        with (self.folder / "server.log").open("wb") as log:
            return subprocess.Popen([sys.executable, *command], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=log)

    def _start_warm(self, command: list[str]) -> "Forked | subprocess.Popen[bytes]":
        files = {"output": Path(os.devnull), "errors": self.folder / "server.log"}
        return start_command(("warm_app",), *command, environment={}, folder=self.folder, **files)

    def stop(self) -> None:
        self.opened.close()
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        cookies: dict[str, str] | None = None,
        **headers: str,
    ) -> Answer:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if cookies:
            given["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)) as connection:
            # A server that refuses an upload need not read it to its end: then it has answered, and says why.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, path, body, given)
            answer = connection.getresponse()
            return Answer(answer.status, _lowered(answer.headers), answer.read())

    def browser(self, person: str | None = None) -> dict[str, str]:
        """Return the cookies of a new browser that has loaded the page, signed in as that person."""
        cookies = _set_cookies(self.ask("/")) | _set_cookies(self.ask("/_stcore/health"))
        if person is None:
            return cookies
        with Store.open(self.project) as store:
            who = people.find(store, person)
            assert who is not None
            return cookies | {f"whylight-person-{project.read(store).uid}": who.uid}

    def connect(self, cookies: dict[str, str], *, origin: str | None = "", host: str = "") -> Tab:
        """Open a websocket; by default from the page's own origin."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        opening = connect(
            f"ws://127.0.0.1:{self.port}/_stcore/stream" if not host else f"ws://{host}/_stcore/stream",
            sock=socket.create_connection(("127.0.0.1", self.port)),
            origin=self.origin if origin == "" else origin,  # type: ignore[arg-type]
            additional_headers=headers,
            subprotocols=["streamlit", cookies.get("_streamlit_xsrf", "")],  # type: ignore[list-item]
            max_size=None,
            open_timeout=WAIT_S,
        )
        return Tab(cookies, self.opened.enter_context(opening))

    def put(self, tab: Tab, size: int, *, name: str = "f0", **changes: Any) -> Answer:
        """Upload a file of `size` bytes into a tab's session."""
        around = b'--B\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\n', b"\r\n--B--\r\n"
        sent: dict[str, Any] = {
            "cookies": tab.cookies,
            "Origin": self.origin,
            "X_Xsrftoken": tab.cookies["_streamlit_xsrf"],
            "Content_Type": "multipart/form-data; boundary=B",
        }
        path = f"/_stcore/upload_file/{tab.session_id}/{name}"
        return self.ask(path, method="PUT", body=around[0] + b"x" * size + around[1], **(sent | changes))

    def memory_mb(self) -> int:
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmRSS"))

    def _is_healthy(self) -> bool:
        try:
            return self.ask("/_stcore/health").status == 200
        except OSError:
            return False


def _lowered(headers: Any) -> dict[str, str]:
    together: dict[str, str] = {}
    for name, value in headers.items():
        together[name.lower()] = f"{together[name.lower()]}\n{value}" if name.lower() in together else value
    return together


def _set_cookies(answer: Answer) -> dict[str, str]:
    lines = [line for line in answer.headers.get("set-cookie", "").splitlines() if line]
    return dict(line.partition(";")[0].split("=", 1) for line in lines)


def make_project(path: Path, roles: dict[str, Role]) -> Path:
    with Store.create(path, labels=(Label(0, "none", takes_rationale=False), Label(1, "event"))) as store:
        import_id = sentences.begin_import(store, source="test", source_hash="", tokenizer="given")
        new = [NewSentence(f"s{n}", f"Ship {n} sank", ("Ship", str(n), "sank"), (0, 5, 7), "pool") for n in range(4)]
        sentences.add(store, import_id, new)
        sentences.finish_import(store, import_id)
        slots.create_missing(store)
        for name, role in roles.items():
            people.add(store, name, role=role)
    return path


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One served project of four sentences for all tests of a module that leave it as it is."""
    folder = tmp_path_factory.mktemp("served")
    server = Server(make_project(folder / "served.db", PEOPLE), folder, is_cold=False)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Serve a project of four sentences, with these people, from its folder."""
    servers = []

    def begin(*options: str, roles: dict[str, Role] | None = None, start: bool = True, is_cold: bool = True) -> Server:
        project_file = make_project(tmp_path / "served.db", roles or PEOPLE)
        servers.append(Server(project_file, tmp_path, options, is_cold=is_cold))
        if start:
            servers[-1].start()
        return servers[-1]

    yield begin
    for server in servers:
        server.stop()


@pytest.fixture
def tab_of() -> type[Tab]:
    """A tab on a websocket that the test has opened itself."""
    return Tab

"""nginx, as deploy/nginx.conf configures it, in front of `whylight serve`, with an identity provider."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from annotator.importing.upload_settings import MOST_MEGABYTES
from annotator.project.people import link_identity
from db.answers import annotations
from db.records import OWNER
from db.store import Store
from db.team import people, project

ROOT = Path(__file__).parents[4]
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
HOST = "marks.example.org"
WAIT_S = 60.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        NGINX is None or shutil.which("openssl") is None,
        reason="needs nginx and openssl: `apt-get install nginx-light openssl`",
    ),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, process: "subprocess.Popen[bytes]", log: Path | None = None) -> None:
    deadline = time.monotonic() + WAIT_S
    while True:
        assert process.poll() is None, log.read_text() if log else "it ended at once"
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "nothing listens"
            time.sleep(0.05)


class Reply(NamedTuple):
    status: int
    headers: Message
    body: bytes


@dataclass
class Site:
    """What people see of the server: nginx, under its name and with its certificate."""

    folder: Path
    port: int = field(default_factory=free_port)
    plain_port: int = field(default_factory=free_port)
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return f"https://{HOST}:{self.port}"

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.folder / "certificate.pem"))

    def configuration(self, server_port: int) -> str:
        """Return deploy/nginx.conf with this test's ports and files, inside the least that nginx needs around it."""
        folder = self.folder
        site = (ROOT / "deploy/nginx.conf").read_text()
        for written, ours in (
            (r"listen \[::\]:.*\n", ""),
            (r"listen 80;", f"listen 127.0.0.1:{self.plain_port};"),
            (r"listen 443", f"listen 127.0.0.1:{self.port}"),
            (r"server 127\.0\.0\.1:8501;", f"server 127.0.0.1:{server_port};"),
            (r"/etc/letsencrypt/live/marks\.example\.org/fullchain\.pem", f"{folder}/certificate.pem"),
            (r"/etc/letsencrypt/live/marks\.example\.org/privkey\.pem", f"{folder}/key.pem"),
            (r"/var/log/nginx/whylight\.log", f"{folder}/access.log"),
        ):
            site, number = re.subn(written, ours, site)
            assert number, f"deploy/nginx.conf has no {written}"
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        places = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
        user = "user root;\n" if os.geteuid() == 0 else ""
        return (
            f"{user}worker_processes 1;\ndaemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n"
            f"events {{ worker_connections 64; }}\nhttp {{\n{places}{site}}}\n"
        )

    def ask(self, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str) -> Reply:
        """Ask as a browser does, keep the cookies it is given, and follow no redirect."""
        asking = http.client.HTTPConnection(HOST, self.port, timeout=WAIT_S)
        plain = socket.create_connection(("127.0.0.1", self.port))
        asking.sock = self.trust.wrap_socket(plain, server_hostname=HOST)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        asking.request(method, path, body, headers={"Cookie": cookie, "Accept": "text/html", **given})
        response = asking.getresponse()
        for line in response.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        reply = Reply(response.status, response.headers, response.read())
        asking.close()
        return reply

    def connect(self, *, origin: str = "") -> Any:
        """Open the websocket of a page."""
        return connect(
            f"wss://{HOST}:{self.port}/_stcore/stream",
            sock=socket.create_connection(("127.0.0.1", self.port)),
            ssl=self.trust,
            origin=origin or self.origin,  # type: ignore[arg-type]
            additional_headers={"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())},
            subprotocols=["streamlit", self.cookies["_streamlit_xsrf"]],  # type: ignore[list-item]
            max_size=None,
            open_timeout=WAIT_S,
        )


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A name with a certificate made for it."""
    made = Site(tmp_path)
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "certificate.pem")]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)
    return made


@pytest.fixture
def provider() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for_port(port, process)
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


@pytest.fixture
def behind(site: Site, provider: str, serve: Callable[..., Any]) -> Iterator[Any]:
    """The server behind nginx; Ann may sign in."""
    secrets = site.folder / "secrets.toml"
    secrets.write_text(
        f'[auth]\nredirect_uri = "{site.origin}/oauth2callback"\ncookie_secret = "{"0123456789" * 4}"\n'
        f'client_id = "whylight"\nclient_secret = "any"\n'
        f'server_metadata_url = "{provider}/.well-known/openid-configuration"\n'
    )
    server = serve("--secrets", str(secrets), "--host", HOST, "--metrics")
    with Store.open(server.project) as store:
        link_identity(store, "Ann", provider, "ann@example.org", actor=OWNER)
    (site.folder / "nginx.conf").write_text(site.configuration(server.port))
    log = site.folder / "error.log"
    command = [str(NGINX), "-e", str(log), "-c", str(site.folder / "nginx.conf")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for_port(site.port, process, log)
    yield server
    process.send_signal(signal.SIGTERM)
    process.wait()


def sign_in(site: Site, tab: Any) -> None:
    """Press *Sign in*, go where the page sends the browser, say yes there, and come back."""
    tab.show()
    tab.show(press="Sign in")
    login = next(each for each in reversed(tab.received) if each.WhichOneof("type") == "auth_redirect")
    to_provider = site.ask(login.auth_redirect.url).headers["Location"]
    back = _authorize(to_provider)
    assert back.startswith(f"{site.origin}/oauth2callback?")
    assert site.ask(back.removeprefix(site.origin)).status == 302


def _authorize(url: str) -> str:
    """Return where the provider sends a browser whose person has agreed."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    form = urllib.parse.urlencode({"sub": "ann@example.org"}).encode()
    try:
        urllib.request.build_opener(Stay).open(url, form, timeout=WAIT_S)
    except urllib.error.HTTPError as redirect:
        with redirect:
            return str(redirect.headers["Location"])
    raise AssertionError("the provider did not send the browser back")


def test_people_annotate_through_nginx(behind: Any, site: Site, tab_of: Callable[..., Any]) -> None:
    page = site.ask("/?search=secret")
    assert (page.status, page.headers["Strict-Transport-Security"]) == (200, "max-age=31536000")
    assert "Secure" in page.headers["Set-Cookie"], "X-Forwarded-Proto did not arrive"
    assert site.ask("/health").body == b"ready"
    site.ask("/_stcore/health")  # sets the token that websockets need

    with site.connect() as stranger:
        sign_in(site, tab_of(site.cookies, stranger))
    with site.connect() as opened:
        tab = tab_of(site.cookies, opened)
        tab.show()
        with Store.open(behind.project) as store:
            ann = people.find(store, "Ann")
            assert ann is not None
            whose = {"project": project.read(store).uid, "person": ann.uid}
        answer = {"key": "through-nginx-1", "kind": "answer", "sentence_id": 1, "label": 1, "marks": "+.."}
        tab.post(answer, **whose)
        tab.receive_until("script_finished")
        told = json.loads(tab.component("whylight_word_marker")[1].json)["receipts"]
        assert [receipt["state"] for receipt in told] == ["saved"]
    with Store.open(behind.project) as store:
        assert [stored.submission_key for stored in annotations.of_sentences(store, [1])[1]] == ["through-nginx-1"]

    with pytest.raises(InvalidStatus), site.connect(origin="https://evil.example"):
        pass
    upload = "/_stcore/upload_file/x/y"
    too_large = site.ask(upload, method="PUT", Content_Length=str((MOST_MEGABYTES + 2) * 2**20))
    assert (too_large.status, b"nginx" in too_large.body) == (413, True)
    let_through = site.ask(upload, method="PUT", body=bytes(2 * 2**20), Origin=site.origin)
    assert (let_through.status, b"only by the import form" in let_through.body) == (403, True)
    assert site.ask("/metrics").status == 404
    assert behind.ask("/metrics").status == 200
    assert behind.ask("/metrics", X_Forwarded_For="127.0.0.1").status == 403
    assert "Secure" not in behind.ask("/", X_Forwarded_Proto="http").headers["set-cookie"]
    _is_redirected_to_https(site)
    log = (site.folder / "access.log").read_text()
    assert '"GET /" 200' in log
    assert "secret" not in log, "a search is in the proxy's log"


def _is_redirected_to_https(site: Site) -> None:
    asking = http.client.HTTPConnection("127.0.0.1", site.plain_port, timeout=WAIT_S)
    asking.request("GET", "/data", headers={"Host": HOST})
    response = asking.getresponse()
    assert (response.status, response.headers["Location"]) == (301, f"https://{HOST}/data")
    asking.close()

"""What the guard lets through and what it does not, by requests to a served project from outside."""

import re
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit import net_util
from streamlit.runtime import app_session
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.web.server import server_util
from streamlit.web.server.starlette import starlette_server
from websockets.exceptions import InvalidStatus

from annotator.care.backups import backups_folder, restore_project
from annotator.errors import CannotServe
from annotator.pages.guard import replaced
from annotator.pages.guard.browsers import BROWSER
from annotator.pages.sending import send_at_once
from db.care import backups
from db.opening.locks import file_lock
from db.store import Store
from db.team import people

pytestmark = pytest.mark.slow

MEGABYTE = 1024 * 1024
EVIL = "http://evil.example"
CONFIGURED = f"""
[server]
corsAllowedOrigins = ["{EVIL}"]
enableCORS = false
enableXsrfProtection = false
enableStaticServing = true
baseUrlPath = "elsewhere"
trustedUserHeaders = {{"X-User" = "email"}}
[client]
allowedOrigins = ["{EVIL}"]
[global]
developmentMode = true
"""

PROVIDER = """
[auth]
redirect_uri = "https://other.example.org:444/oauth2callback"
cookie_secret = "a secret of a test, long enough to be one"
client_id = "whylight"
client_secret = "y"
server_metadata_url = "http://127.0.0.1:9/.well-known/openid-configuration"
"""


@pytest.fixture
def server(shared_server: Any) -> Any:
    return shared_server


def is_let_in(server: Any, **how: Any) -> bool:
    try:
        tab = server.connect(server.browser(), **how)
    except InvalidStatus as refused:
        assert refused.response.status_code == 403
        return False
    tab.show()
    return bool(tab.session_id)


def test_a_websocket_is_taken_from_our_own_origin_alone(server: Any) -> None:
    port = server.port
    assert is_let_in(server)
    assert is_let_in(server, origin=f"http://localhost:{port}", host=f"localhost:{port}")
    others = [EVIL, "null", "http://localhost:3000", "http://127.0.0.1:3000", "http://192.0.2.2", "http://0.0.0.0:9"]
    others += [f"http://localhost:{port}", f"https://127.0.0.1:{port}", f"http://127.0.0.1:{port}.evil.example", None]
    assert [each for each in others if is_let_in(server, origin=each)] == []
    assert not is_let_in(server, origin=f"{EVIL}:{port}", host=f"evil.example:{port}")


def test_behind_a_proxy_pages_come_from_its_names_and_from_where_the_provider_sends_people(
    serve: Callable[..., Any], tmp_path: Path
) -> None:
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(PROVIDER)
    server = serve("--secrets", str(secrets), "--host", "marks.example.org")
    for origin in ("https://marks.example.org", "https://other.example.org:444"):
        assert server.connect(server.browser(), origin=origin)
        assert server.connect(server.browser(), origin=origin, host="marks.example.org")
    for origin in ("http://marks.example.org:81", "https://marks.example.org:444", "https://x.marks.example.org"):
        assert not is_let_in(server, origin=origin)
    assert not is_let_in(server, host="other.example.org")


def test_no_config_file_of_the_folder_or_of_the_home_opens_a_server(
    serve: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (tmp_path, tmp_path / "home"):
        (folder / ".streamlit").mkdir(parents=True)
        (folder / ".streamlit" / "config.toml").write_text(CONFIGURED)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "static").mkdir()
    server = serve()
    assert not is_let_in(server, origin=EVIL)
    assert is_let_in(server)
    health = server.ask("/_stcore/health", Origin=EVIL)
    assert "access-control-allow-origin" not in health.headers
    assert EVIL.encode() not in server.ask("/_stcore/host-config").body
    assert server.put(server.connect(server.browser()), 1, X_Xsrftoken="").status == 403
    assert "is not read" in (tmp_path / "server.log").read_text()


def test_secrets_of_the_folder_decide_nothing(
    serve: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text(PROVIDER)
    server = serve()
    assert not is_let_in(server, origin="https://other.example.org:444")
    nobody = server.connect(server.browser())
    nobody.show()
    assert nobody.is_shown("Choose your name")  # sign-in is by name, because no provider is known
    assert "secrets.toml is not read" in (tmp_path / "server.log").read_text()


@pytest.mark.parametrize(
    "path",
    ["/", "/rounds", "/_stcore/health", "/media/none.svg", "/favicon.png", "/_stcore/upload_file/x/y", "/nothing/.."],
)
def test_every_response_has_the_headers_of_the_guard(server: Any, path: str) -> None:
    headers = server.ask(path).headers
    policy = headers["content-security-policy"]
    for part in ("default-src 'none'", "connect-src 'self'", "object-src 'none'", "base-uri 'none'"):
        assert part in policy
    assert "frame-ancestors 'none'" in policy and "form-action 'self'" in policy
    assert "'unsafe-eval'" not in policy and "script-src 'self' blob: 'wasm-unsafe-eval' 'sha256-" in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_a_page_that_a_restarted_browser_only_revalidates_brings_its_cookie(server: Any) -> None:
    navigation = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    first = server.ask("/", **navigation)
    again = server.ask("/", If_None_Match=first.headers["etag"], **navigation)
    assert again.status == 304
    assert again.headers["set-cookie"].startswith(f"{BROWSER}=")
    known = server.ask("/", If_None_Match=first.headers["etag"], cookies=server.browser(), **navigation)
    assert (known.status, known.headers.get("set-cookie", "")) == (304, "")
    icon = server.ask("/favicon.png", Accept="image/*")
    part = server.ask("/favicon.png", Accept="image/*", If_None_Match=icon.headers["etag"])
    assert (part.status, part.headers.get("set-cookie", "")) == (304, "")  # a cookie here would replace the page's own


def test_what_no_page_needs_is_not_served(server: Any) -> None:
    for path in ("metrics", "script-health-check", "agent", "agent/openapi.json", "message"):
        assert server.ask(f"/_stcore/{path}").status == 404, path
    assert server.ask("/", Host="evil.example").status == 400
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert server.ask("/_stcore/health", method=method, body=b"").status == 405, method


def test_only_a_researcher_at_the_import_form_uploads(serve: Callable[..., Any]) -> None:
    server = serve(is_cold=False)
    nobody, ann = server.connect(server.browser()), server.connect(server.browser("Ann"))
    for tab in (nobody, ann):
        tab.show()
        tab.show("data")
        assert server.put(tab, 1).status == 403
    rita = server.connect(server.browser("Rita"))
    rita.show()
    rita.show("data")
    assert server.put(rita, 1).status == 403  # the form is not shown yet
    rita.show("data", press="Import")
    assert server.put(rita, 1).status == 204
    assert server.put(rita, 1, cookies=ann.cookies, X_Xsrftoken=ann.cookies["_streamlit_xsrf"]).status == 403
    assert server.put(rita, 1, Origin=EVIL).status == 403
    rita.show("rounds")  # leaves the form
    assert server.put(rita, 1).status == 403


def test_uploads_have_one_bound_together_and_are_given_up_when_a_session_ends(serve: Callable[..., Any]) -> None:
    server = serve(is_cold=False)
    tabs = [server.connect(server.browser("Rita")) for _ in range(6)]
    before_mb = server.memory_mb()
    statuses = []
    for tab in tabs:
        tab.show()
        tab.show("data")
        tab.show("data", press="Import")
        statuses.append(server.put(tab, 45 * MEGABYTE).status)
    assert statuses == [204, 204, 204, 204, 503, 503]
    assert server.put(tabs[0], 45 * MEGABYTE, name="f1").status == 204  # replaces the first file
    for tab in tabs[1:4]:
        tab.socket.close()
    deadline = time.monotonic() + 10
    while server.put(tabs[4], 45 * MEGABYTE).status != 204:
        assert time.monotonic() < deadline, "the uploads of a closed page are still held"
    assert server.memory_mb() < before_mb + 350


def test_an_upload_of_unknown_length_is_refused(server: Any) -> None:
    rita = server.connect(server.browser("Rita"))
    rita.show()
    rita.show("data")
    rita.show("data", press="Import")
    chunked: Any = iter([b"x" * 1000])
    headers = {"Origin": server.origin, "X_Xsrftoken": rita.cookies["_streamlit_xsrf"]}
    path = f"/_stcore/upload_file/{rita.session_id}/f0"
    assert server.ask(path, method="PUT", body=chunked, cookies=rita.cookies, **headers).status == 411


def test_a_download_belongs_to_the_session_whose_page_offers_it(server: Any) -> None:
    rita, nobody = server.connect(server.browser("Rita")), server.connect(server.browser())
    nobody.show()
    rita.show()
    rita.show("rounds")
    offered = rita.of_kind("download_button")["Download all answers"].deferred_file_id
    refused = nobody.download(offered)
    assert (refused.deferred_file.url, refused.error_msg) == (
        "",
        "This download belongs to another session; reload the page.",
    )
    made = rita.download(offered).deferred_file.url
    assert server.ask(made).status == 404
    assert server.ask(made, cookies=nobody.cookies).status == 404
    got = server.ask(made, cookies=rita.cookies)
    assert got.status == 200 and b'"Ship 0 sank"' in got.body
    rita.socket.close()
    deadline = time.monotonic() + 10
    while server.ask(made, cookies=rita.cookies).status != 404:
        assert time.monotonic() < deadline, "a file outlives its session"


@pytest.mark.parametrize("operation", ["install_skills", "dismiss_skills_nudge"])
def test_no_page_has_streamlit_write_files(server: Any, operation: str) -> None:
    nobody = server.connect(server.browser())
    nobody.show()
    answer = nobody.ask_backend(**{operation: {}})
    assert answer.error_msg == "Whylight installs and keeps nothing for Streamlit."
    assert answer.WhichOneof("payload") is None


def test_after_a_restore_nobody_is_signed_in_as_another_person(serve: Callable[..., Any], tmp_path: Path) -> None:
    server = serve(is_cold=False)
    backup = tmp_path / "before.db"
    until = time.monotonic() + 60
    while not [*backups_folder(server.project).rglob("*.db")] and time.monotonic() < until:
        time.sleep(0.05)
    with file_lock(server.project, purpose="backup"):
        pass  # the server has made its own first backup: two at a time are refused
    with Store.open(server.project) as store:
        backups.write(store, backup)
        people.add(store, "Carl")
    cookies = server.browser("Carl")
    carl = server.connect(cookies)
    carl.show()
    assert carl.is_shown("Carl")
    restore_project(server.project, backup, who=None)
    with Store.open(server.project) as store:
        dora = people.add(store, "Dora", role="admin")
        assert dora.id == 4  # which was Carl's number
    again = server.connect(cookies)
    for tab in (carl, again):
        tab.received.clear()
        tab.show()
        assert tab.is_shown("Choose your name")
        assert not tab.is_shown("signed in by name, admin")


@pytest.mark.parametrize("missing", ["_storage", "_deferred_callables"])
def test_a_streamlit_that_the_guard_does_not_know_is_not_served(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    class Newer(MediaFileManager):
        def __init__(self, storage: Any) -> None:
            super().__init__(storage)
            delattr(self, missing)

    monkeypatch.setattr(replaced, "MediaFileManager", Newer)
    with pytest.raises(CannotServe, match=rf"has no Newer\.{missing}.*constraints\.txt"):
        replaced.install_guard()


@pytest.mark.parametrize("handler", ["InstallSkillsHandler", "DismissSkillsNudgeHandler"])
def test_a_streamlit_that_writes_files_elsewhere_is_not_served(monkeypatch: pytest.MonkeyPatch, handler: str) -> None:
    monkeypatch.delattr(app_session, handler)
    with pytest.raises(CannotServe, match=rf"has no streamlit\.runtime\.app_session\.{handler}.*constraints\.txt"):
        replaced.install_guard()


def test_no_one_is_asked_for_our_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit asks another company's server about an origin that it does not know, and everyone waits meanwhile."""
    asked: list[str] = []

    def refuse(url: str, **_: Any) -> None:
        asked.append(url)

    monkeypatch.setattr(net_util, "_make_blocking_http_get", refuse)
    monkeypatch.setattr(net_util, "_external_ip", None)
    replaced.install_guard()
    assert not server_util.is_url_from_allowed_origins("https://marks.example.org")
    assert asked == []


@pytest.mark.parametrize("address", ["/", "/rounds?round=1", "/no/such/page"])
def test_every_page_begins_with_our_frame_and_is_revalidated(server: Any, address: str) -> None:
    page = server.ask(address)
    assert page.status == 200
    for part in ("<title>Whylight</title>", 'id="first-frame"', "modulepreload", "Whylight needs JavaScript."):
        assert part in page.body.decode()
    assert (b"favicon" in page.body, b"SourceSans" in page.body) == (False, False)
    again = server.ask(address, If_None_Match=page.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert server.ask(address, method="HEAD").body == b""


def test_scripts_are_sent_from_memory_and_nothing_else_is(server: Any) -> None:
    script = re.search(r'src="\.(/static/js/index[^"]+)"', server.ask("/").body.decode())
    assert script is not None
    first = server.ask(script[1])
    assert (first.status, first.headers["cache-control"]) == (200, "public, immutable, max-age=31536000")
    assert first.headers["content-type"].endswith("javascript")
    assert int(first.headers["content-length"]) == len(first.body)
    assert server.ask(script[1], If_None_Match=first.headers["etag"]).status == 304
    font = server.ask("/component/annotator.pages.frame.fonts/inter-latin.woff2")
    assert (font.status, font.body[:4]) == (200, b"wOF2"), "asked for before any page has been drawn"
    for elsewhere in ("/static/../index.html", "/static/js/none.js", "/static/%2e%2e/index.html"):
        assert b"export" not in server.ask(elsewhere).body


def test_a_piece_of_a_response_does_not_wait_for_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starlette_server, "_bind_socket", starlette_server._bind_socket)
    send_at_once()
    with starlette_server._bind_socket("127.0.0.1", 0, 1) as listening:
        listening.setblocking(True)
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

"""Signing in through a real identity provider that runs on this machine."""

import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotator.project.people import add_person, link_identity, set_active
from db.records import OWNER
from db.store import Store
from db.team import people


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A process of its own, as a real one is."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(f"http://127.0.0.1:{port}/.well-known/openid-configuration", process)
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


@pytest.fixture
def guarded(own_server: Callable[..., Any], provider: str, tmp_path: Path) -> Any:
    """The app, where people sign in through the provider, and Ada is linked."""
    server = own_server(start=False)
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(f"""
[auth]
redirect_uri = "{server.url}/oauth2callback"
cookie_secret = "a secret that only this test has, for a cookie"
client_id = "whylight"
client_secret = "whatever"
server_metadata_url = "{provider}/.well-known/openid-configuration"
""")
    with Store.open(server.project) as store:
        add_person(store, "Ada", actor=OWNER)
        link_identity(store, "Ada", provider, "ada@example.org", actor=OWNER)
    server.options = ["--secrets", str(secrets)]
    server.start()
    return server


def wait_for(url: str, process: subprocess.Popen[bytes], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        assert process.poll() is None, "the provider ended at once"
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < deadline, "the provider did not start"
            time.sleep(0.1)
        else:
            return


def _sign_in(page: Page, url: str, subject: str) -> None:
    # The provider's own page asks for a style sheet from elsewhere.
    page.route(re.compile("^https://"), lambda route: route.abort())
    page.goto(url)
    page.get_by_role("button", name="Sign in").click(timeout=60_000)
    page.get_by_role("textbox").first.fill(subject)
    page.get_by_role("button", name="Authorize").click()


def test_whom_the_provider_vouches_for_annotates_and_signs_out(page: Page, guarded: Any) -> None:
    _sign_in(page, guarded.url, "ada@example.org")
    words = page.get_by_role("option")
    expect(words.first).to_be_visible(timeout=60_000)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.get_by_text("All saved")).to_be_visible(timeout=20_000)
    assert [answer.label for answer in guarded.answers("Ada")] == [0]
    page.get_by_text("Ada · ").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click(timeout=20_000)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=30_000)


def test_no_cookie_and_no_address_makes_somebody_else_of_anybody(page: Page, guarded: Any) -> None:
    page.context.add_cookies([guarded.cookie_of("Mallory")])
    page.goto(f"{guarded.url}/?person=1")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=60_000)
    assert page.get_by_role("option").count() == 0


def test_an_unknown_identity_sees_no_sentence_and_learns_what_to_ask_for(page: Page, guarded: Any) -> None:
    _sign_in(page, guarded.url, "mallory@example.org")
    expect(page.get_by_text("No person in this project has your identity yet")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("mallory@example.org")).to_be_visible()
    assert page.get_by_role("option").count() == 0
    with Store.open(guarded.project) as store:
        assert [person.name for person in people.all_of(store)] == ["Ada"]


def test_somebody_deactivated_is_refused_and_keeps_their_draft(page: Page, guarded: Any) -> None:
    _sign_in(page, guarded.url, "ada@example.org")
    words = page.get_by_role("option")
    expect(words.first).to_be_visible(timeout=20_000)
    words.nth(3).click()
    with Store.open(guarded.project) as store:
        set_active(store, "Ada", False, actor=OWNER)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not saved: Ada was deactivated")).to_be_visible(timeout=20_000)
    kept = page.evaluate("Object.values(localStorage).filter((value) => value.includes('...+')).length")
    assert (kept, guarded.answers("Ada")) == (1, [])


def test_without_its_secrets_a_guarded_server_lets_nobody_in_by_name(page: Page, guarded: Any, tmp_path: Path) -> None:
    (tmp_path / "secrets.toml").write_text("[auth")
    page.goto(guarded.url)
    expect(page.get_by_text("You cannot sign in now")).to_be_visible(timeout=60_000)
    expect(page.locator(".st-key-sign-in input")).to_have_count(0)

"""The same promises in Firefox: marks by pointer and keys, answers that arrive once, from another page too.

Debian's Firefox is driven through WebDriver BiDi: Playwright drives a patched Firefox alone, which we don't have.
"""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from db.store import Store

pytestmark = pytest.mark.waits

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
ENTER = "\ue007"
SAVED = "all('.saved').map(each => each.textContent)[0]"
WORDS = "all('[role=option]').length"

STARTED_WITHIN_S = 60
SEES = """
    const roots = [document];
    for (const root of roots) {
        for (const each of root.querySelectorAll("*")) if (each.shadowRoot) roots.push(each.shadowRoot);
    }
    const all = (selector) => roots.flatMap((root) => [...root.querySelectorAll(selector)]);
"""


@contextmanager
def firefox(executable: str, profile: Path) -> Iterator["Tab"]:
    """Run a headless Firefox with an empty profile for as long as the block runs, and give its one tab."""
    command = [executable, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    log = profile.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        with connect(f"{_address(process, log)}/session", max_size=None) as connection:
            yield Tab(connection)
    finally:
        process.kill()
        process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + STARTED_WITHIN_S
    while not (found := re.search(r"BiDi listening on (ws://\S+)", log.read_text(errors="replace"))):
        assert process.poll() is None and time.monotonic() < deadline, log.read_text(errors="replace")
        time.sleep(0.1)
    return found[1]


class Tab:
    """A tab: open an address, look at what is on it, press keys, click."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._number = 0
        self.ask("session.new", capabilities={"alwaysMatch": {"unhandledPromptBehavior": {"default": "accept"}}})
        self._context = self.ask("browsingContext.getTree")["contexts"][0]["context"]

    def ask(self, method: str, **params: Any) -> Any:
        """Give what a command of the protocol gives."""
        self._number += 1
        self._connection.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while (answer := json.loads(self._connection.recv(timeout=90))).get("id") != self._number:
            pass
        assert answer["type"] == "success", answer
        return answer["result"]

    def goto(self, url: str) -> None:
        self.ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def reload(self) -> None:
        self.ask("browsingContext.reload", context=self._context, wait="complete")

    def see(self, expression: str) -> Any:
        """Give the value of a JavaScript expression; `all(selector)` looks into shadow roots too."""
        script = f"(() => {{ {SEES} return JSON.stringify({expression}); }})()"
        target = {"context": self._context}
        answer = self.ask("script.evaluate", expression=script, target=target, awaitPromise=False)
        assert answer["type"] == "success", answer
        value = answer["result"].get("value")
        return None if value is None else json.loads(value)

    def wait(self, expression: str, fits: Callable[[Any], bool] = bool, timeout_s: float = 60) -> Any:
        """Give the value of the expression as soon as it fits."""
        deadline = time.monotonic() + timeout_s
        while not fits(value := self.see(expression)):
            assert time.monotonic() < deadline, f"{expression} is still {value!r}"
            time.sleep(0.05)
        return value

    def press(self, *keys: str) -> None:
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.ask(
            "input.performActions", context=self._context, actions=[{"type": "key", "id": "k", "actions": actions}]
        )

    def click(self, element: str) -> None:
        """Click the middle of the element that this expression gives."""
        script = f"(({element}).getBoundingClientRect())"
        box = self.wait(f"(({{x, y, width, height}}) => ({{x, y, width, height}}))({script})")
        x, y = int(box["x"] + box["width"] / 2), int(box["y"] + box["height"] / 2)
        actions: list[dict[str, Any]] = [{"type": "pointerMove", "x": x, "y": y}]
        actions += [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        pointer = {"type": "pointer", "id": "p", "parameters": {"pointerType": "mouse"}, "actions": actions}
        self.ask("input.performActions", context=self._context, actions=[pointer])


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[Tab]:
    if FIREFOX is None:
        pytest.skip("no Firefox: install Debian's firefox-esr")
    profile = tmp_path / "profile"
    profile.mkdir()
    with firefox(FIREFOX, profile) as tab:
        yield tab


def sign_in(tab: Tab, url: str) -> None:
    tab.goto(url)
    tab.wait("all('.st-key-sign-in input').length")
    tab.click("all('.st-key-sign-in input')[0]")
    tab.press(*"Anna", ENTER)
    tab.wait(WORDS)


def test_answers_arrive_once_through_kills_reloads_and_other_pages(tab: Tab, own_server: Callable[..., Any]) -> None:
    server = own_server()
    sign_in(tab, server.url)
    tab.click("all('[role=option]')[1]")
    assert tab.see("all('[role=option]')[1].dataset.mark") == "+"
    assert max(tab.see("all('[role=option]').map(each => Number(each.dataset.shade))")) == 5
    tab.press("2", ENTER)
    tab.wait(SAVED, lambda text: text == "All saved")
    server.kill()
    tab.press("1", ENTER, "1", ENTER)
    tab.wait(SAVED, lambda text: text.startswith("Not saved (2): the server is not responding"))
    server.start()
    tab.reload()
    tab.wait(WORDS)
    tab.wait(SAVED, lambda text: text == "All saved")
    with Store.open(server.project) as store, store.writing():
        tab.press("1", ENTER)
        tab.click("all('[data-testid=stTopNavLink]').find(each => each.textContent.includes('Data'))")
        tab.wait("all('.sender .line').map(each => each.textContent)[0]", lambda text: text and "1 answer is" in text)
    tab.wait("all('.sender .line').filter(each => !each.hidden).length", lambda count: count == 0)
    answers = server.answers("Anna")
    assert [each.sentence_id for each in answers] == [1, 2, 3, 4]
    assert [each.marks and each.marks.count("+") for each in answers] == [1, None, None, None]


def test_a_firefox_whose_storage_is_forbidden_says_so_and_loses_nothing(
    tab: Tab, own_server: Callable[..., Any]
) -> None:
    forbid = "{ get() { throw new DOMException('no', 'SecurityError') } }"
    script = f"() => Object.defineProperty(window, 'localStorage', {forbid})"
    tab.ask("script.addPreloadScript", functionDeclaration=script)
    server = own_server()
    sign_in(tab, server.url)
    assert "This browser stores nothing" in tab.wait("all('.notices').map(each => each.textContent)[0]")
    with Store.open(server.project) as store, store.writing():
        tab.press("1", ENTER, "1", ENTER)
        tab.wait(SAVED, lambda text: text.startswith("Not saved (2)") and "stay on this page" in text)
    tab.wait(SAVED, lambda text: text == "All saved")
    assert len(server.answers("Anna")) == 2

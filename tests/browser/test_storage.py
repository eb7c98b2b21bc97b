"""A browser whose storage forgets, refuses or is taken away: the page says so, and lets no answer go."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from db.opening import locks
from db.store import Store

pytestmark = pytest.mark.waits

FORBIDDEN = """
    Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } });
"""
FORGETFUL = """
    const put = Storage.prototype.setItem;
    Storage.prototype.setItem = function (name, value) {
        if (!name.startsWith("whylight")) put.call(this, name, value);
    };
"""
FULL = """
    const put = Storage.prototype.setItem;
    Storage.prototype.setItem = function (name, value) {
        if (name.startsWith("whylight")) throw new DOMException("full", "QuotaExceededError");
        put.call(this, name, value);
    };
"""
FULL_AFTER_ONE = """
    const put = Storage.prototype.setItem;
    Storage.prototype.setItem = function (name, value) {
        const isAnswer = name.startsWith("whylight:");
        if (isAnswer && Object.keys(this).some(each => each.startsWith("whylight:") && each !== name)) {
            throw new DOMException("full", "QuotaExceededError");
        }
        put.call(this, name, value);
    };
"""
KEEPS_NOTHING = {"forbidden": FORBIDDEN, "forgetful": FORGETFUL, "full": FULL}

TELLS = "This browser stores nothing: answers that are not saved yet are lost"


@pytest.fixture
def start(page_apart: Page, own_server: Callable[..., Any], sign_in: Callable[..., Any]) -> Callable[..., Any]:
    """Start an app of its own and sign in to it, in a browser whose storage is as the script makes it."""

    def begin(script: str) -> Any:
        page_apart.on("dialog", lambda dialog: dialog.accept())
        page_apart.clock.install()
        page_apart.add_init_script(f"{{ {script} }}")
        return sign_in(page_apart, own_server(), "Anna")

    return begin


@contextmanager
def locked(screen: Any, seconds: float = 60) -> Iterator[None]:
    """Let nothing be stored for as long as the block runs."""
    free, held = threading.Event(), threading.Event()

    def hold() -> None:
        with Store.open(screen.server.project) as store, store.writing():
            held.set()
            free.wait(seconds)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    try:
        yield
    finally:
        free.set()
        holder.join()


def answer(screen: Any, times: int) -> None:
    for _ in range(times):
        before = str(screen.text.text_content())
        screen.press("1", "Enter")
        expect(screen.text).not_to_have_text(before)


def deafen(page: Page) -> None:
    """Let the page believe that the server, which waits for its turn to write, does nothing for it."""
    page.evaluate("""
        const app = document.querySelector("[data-testid=stApp]");
        new MutationObserver(() => app.removeAttribute("data-test-script-state")).observe(app, { attributes: true });
        app.removeAttribute("data-test-script-state");
    """)


def watch_reloads(page: Page) -> list[str]:
    loads: list[str] = []
    page.on("load", lambda loaded: loads.append(loaded.url))
    return loads


def let_pass(screen: Any, seconds: int) -> None:
    """Let so many seconds pass on the page's clock, and what follows from them happen."""
    screen.page.clock.fast_forward(1000 * seconds)
    screen.page.evaluate("fetch('_stcore/health').then(() => new Promise(done => setTimeout(done, 1500)))")


@pytest.mark.parametrize("kind", KEEPS_NOTHING)
def test_a_browser_that_keeps_nothing_is_said_at_once_and_loses_nothing(start: Callable[..., Any], kind: str) -> None:
    """The store is locked for longer than a page without a reply waits; three answers are made meanwhile."""
    screen = start(KEEPS_NOTHING[kind])
    expect(screen.page.get_by_text(TELLS)).to_be_visible()
    loads = watch_reloads(screen.page)
    with locked(screen):
        answer(screen, 3)
        expect(screen.page.locator(".saved")).to_contain_text("this browser stores nothing: stay on this page")
        let_pass(screen, 45)
        deafen(screen.page)
        for _ in range(2):
            let_pass(screen, 45)
        expect(screen.page.locator(".saved")).to_contain_text("Not saved (3)")
        assert loads == []
    assert [each.sentence_id for each in screen.stored()] == [1, 2, 3]


@pytest.mark.parametrize("kind", KEEPS_NOTHING)
def test_what_no_storage_keeps_travels_to_another_page_all_the_same(start: Callable[..., Any], kind: str) -> None:
    screen = start(KEEPS_NOTHING[kind])
    line = screen.page.locator(".sender .line")
    with locked(screen):
        answer(screen, 2)
        screen.page.get_by_role("link", name="My work", exact=True).click()
        expect(line).to_have_text(
            "2 answers are still on this page, and this browser stores nothing: stay on this page", timeout=20_000
        )
    expect(line).to_be_hidden(timeout=20_000)
    assert [each.sentence_id for each in screen.server.answers("Anna")] == [1, 2]


def test_what_did_not_fit_into_a_storage_that_became_full_holds_the_page(start: Callable[..., Any]) -> None:
    screen = start(FULL_AFTER_ONE)
    loads = watch_reloads(screen.page)
    assert screen.page.get_by_text(TELLS).count() == 0
    with locked(screen):
        deafen(screen.page)
        answer(screen, 3)
        expect(screen.page.get_by_text(TELLS)).to_be_visible()
        let_pass(screen, 45)
        assert loads == []
    assert [each.sentence_id for each in screen.stored()] == [1, 2, 3]


def test_a_storage_that_is_cleared_gets_the_answers_again(start: Callable[..., Any]) -> None:
    screen = start("")
    with locked(screen):
        answer(screen, 3)
        screen.page.evaluate("localStorage.clear()")
        waiting = "Object.keys(localStorage).filter(name => name.startsWith('whylight:')).length"
        deadline = time.monotonic() + 20  # waiting for a text to be true is what the page's own policy forbids
        while screen.page.evaluate(waiting) != 3:
            assert time.monotonic() < deadline
            screen.page.wait_for_timeout(100)
    assert [each.sentence_id for each in screen.stored()] == [1, 2, 3]


def test_a_page_that_no_server_hears_loads_itself_again_with_everything(start: Callable[..., Any]) -> None:
    """What the reload is for: with storage that keeps things it loses neither answers nor the draft."""
    screen = start("")
    loads = watch_reloads(screen.page)
    with locked(screen):
        answer(screen, 2)
        screen.word("Don't").click()
        let_pass(screen, 45)
        assert loads == [], "it waits for a server that is at work"
        deafen(screen.page)
        with screen.page.expect_event("load"):
            screen.page.clock.fast_forward(45_000)
    expect(screen.words.first).to_be_visible(timeout=60_000)
    screen.shows("emoji")
    assert screen.marks().count("+") == 1
    assert [each.sentence_id for each in screen.stored()] == [1, 2]


def test_a_draft_that_is_not_kept_holds_the_page(start: Callable[..., Any]) -> None:
    screen = start("")
    loads = watch_reloads(screen.page)
    with locked(screen):
        answer(screen, 1)
        screen.page.evaluate(f"() => {{ {FULL} }}")
        screen.word("ran").click()
        deafen(screen.page)
        let_pass(screen, 45)
        assert loads == []
    assert screen.marks().count("+") == 1
    assert [each.sentence_id for each in screen.stored()] == [1]


HOLD = """
import sys, time
from pathlib import Path
from db.store import Store

with Store.open(Path(sys.argv[1])) as store, store.writing():
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_stopped_lock_holder_is_named_and_no_answer_is_lost_although_storage_is_forbidden(
    page: Page, own_server: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    """By the real clock: writers give up after 30 s, and the page once loaded itself again after as long."""
    page.add_init_script(FORBIDDEN)
    screen = sign_in(page, own_server(), "Anna")
    loads = watch_reloads(page)
    command = [sys.executable, "-c", HOLD, str(screen.server.project)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.send_signal(signal.SIGSTOP)
        try:
            answer(screen, 3)
            saved = page.locator(".saved")
            said = "Not saved (3): the server is not responding, and this browser stores nothing"
            expect(saved).to_contain_text(said, timeout=20_000)
            # A run that was under way waits for its turn first, the answers' own run after it.
            expect(saved).to_contain_text(str(holder.pid), timeout=1000 * (2 * locks.WAIT_S + 30))
            assert "Another program is writing" in str(saved.text_content())
            assert screen.words.count() > 0
            assert loads == []
        finally:
            holder.kill()
    expect(page.get_by_text("All saved")).to_be_visible(timeout=1000 * (locks.WAIT_S + 15))
    assert [each.sentence_id for each in screen.server.answers("Anna")] == [1, 2, 3]


def test_a_page_that_is_opened_while_the_store_is_held_says_so_and_draws_itself_when_it_is_free(
    page: Page, own_server: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    screen = sign_in(page, own_server(), "Anna")
    with locked(screen, seconds=120):
        page.reload()
        expect(page.get_by_text("Another program is writing")).to_be_visible(timeout=1000 * (locks.WAIT_S + 15))
    expect(screen.words.first).to_be_visible(timeout=1000 * (locks.WAIT_S + 15))

"""No answer lost and none twice, whatever happens to the server, the store, the network or the tabs."""

import random
import resource
import threading
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from db.store import Store

pytestmark = pytest.mark.waits

KILLS = 20
SEED = 20261124
MANY = [f"Sentence number {number} of many." for number in range(150)]


@pytest.fixture
def start(page: Page, own_server: Callable[..., Any], sign_in: Callable[..., Any]) -> Callable[..., Any]:
    """Start an app that this test may kill, and sign in to it."""
    page.on("dialog", lambda dialog: dialog.accept())
    return lambda *texts, **settings: sign_in(page, own_server(*texts, **settings), "Anna")


SENT = """
    () => {
        const put = Storage.prototype.setItem;
        Storage.prototype.setItem = function (name, value) {
            const key = /^whylight:[^:]+:[^:]+:(.+)$/.exec(name)?.[1];
            if (key) window.noteSent(key);
            return put.call(this, name, value);
        };
    }
"""


def test_twenty_kills_lose_nothing_and_store_nothing_twice(start: Callable[..., Any]) -> None:
    """kill -9 at random moments of steady work, answers while the server is down, every fourth time a reload."""
    rng = random.Random(SEED)
    sent: set[str] = set()
    screen = start(MANY)
    screen.page.expose_function("noteSent", lambda key: sent.add(key))
    screen.page.add_init_script(f"({SENT})()")
    screen.page.evaluate(SENT)
    for number in range(KILLS):
        _answer(screen, rng.randint(1, 4))
        screen.page.wait_for_timeout(rng.randint(0, 150))
        screen.server.kill()
        _answer(screen, rng.randint(0, 2))
        screen.server.start()
        if number % 4 == 3:
            _reload(screen.page)
        expect(screen.words.first).to_be_visible(timeout=60_000)
    keys = [answer.submission_key for answer in screen.stored()]
    print(f"\nseed {SEED}: {KILLS} kills, {len(sent)} sent, {len(keys)} stored, {len(keys) - len(set(keys))} twice")
    assert len(sent) >= KILLS
    assert sorted(keys) == sorted(sent)


def _reload(page: Page) -> None:
    """Reload the page; one that loads itself again at that moment does what was asked."""
    try:
        page.reload()
    except Error as error:
        if "ERR_ABORTED" not in str(error):
            raise


def _answer(screen: Any, times: int) -> None:
    for _ in range(times):
        if screen.words.count():
            screen.press("Space", "2", "Enter")


def test_two_tabs_of_one_person_lose_nothing(start: Callable[..., Any]) -> None:
    first = start(MANY)
    second = first.page.context.new_page()
    second.goto(first.server.url)
    expect(second.get_by_role("option").first).to_be_visible(timeout=60_000)
    for page in (first.page, second, first.page, second):
        page.bring_to_front()
        for _ in range(3):
            before = page.get_by_role("listbox").text_content()
            page.keyboard.press("1")
            page.keyboard.press("Enter")
            expect(page.get_by_role("listbox")).not_to_have_text(str(before))
    for page in (first.page, second):
        expect(page.get_by_text("All saved")).to_be_visible(timeout=30_000)
    keys = [answer.submission_key for answer in first.stored()]
    assert (len(keys), len(set(keys))) == (12, 12)


def _two_devices(browser: Browser, server: Any) -> list[Page]:
    """The annotation page of one person in two browsers that share nothing but who it is."""
    cookie = server.cookie_of("Anna")
    pages = []
    for _ in range(2):
        context = browser.new_context()
        context.add_cookies([cookie])
        pages.append(context.new_page())
        pages[-1].goto(server.url)
        expect(pages[-1].get_by_role("option").first).to_be_visible(timeout=60_000)
    return pages


def test_two_devices_of_one_person_end_with_the_answer_that_came_last(
    browser: Browser, own_server: Callable[..., Any]
) -> None:
    server = own_server(MANY)
    pages = _two_devices(browser, server)
    for page, label in zip(pages, "12", strict=True):
        page.keyboard.press("Space")
        page.keyboard.press(label)
        page.keyboard.press("Enter")
        expect(page.get_by_text("All saved")).to_be_visible(timeout=20_000)
    first, second = server.answers("Anna")
    assert (first.sentence_id, first.superseded) == (second.sentence_id, True)
    assert (second.label, second.superseded, second.surplus) == (1, False, False)
    for page in pages:
        page.context.close()


def test_offline_and_back(start: Callable[..., Any]) -> None:
    screen = start(MANY)
    _answer(screen, 1)
    screen.is_saved()
    screen.page.context.set_offline(True)
    screen.server.kill()  # an open websocket does not notice that its context is offline
    _answer(screen, 3)
    expect(screen.page.get_by_text("Not saved (3)")).to_be_visible(timeout=20_000)
    screen.server.start()
    screen.page.context.set_offline(False)
    # Streamlit's own attempts to connect again come ever less often.
    expect(screen.page.get_by_text("All saved")).to_be_visible(timeout=60_000)
    keys = [answer.submission_key for answer in screen.stored()]
    assert (len(keys), len(set(keys))) == (4, 4)


@pytest.mark.timing
def test_a_store_that_is_locked_for_ten_seconds_keeps_the_answer_waiting_and_says_so(start: Callable[..., Any]) -> None:
    screen = start(MANY)
    free, locked = threading.Event(), threading.Event()

    def hold() -> None:
        with Store.open(screen.server.project) as store, store.writing():
            locked.set()
            free.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait()
    _answer(screen, 2)
    expect(screen.page.get_by_text("All saved")).to_have_count(0)
    expect(screen.page.get_by_text("Not saved (2): the server is not responding, trying again")).to_be_visible(
        timeout=9_000
    )
    holder.join()
    assert len({answer.submission_key for answer in screen.stored()}) == 2


def test_a_page_that_was_frozen_goes_on_where_it_was(start: Callable[..., Any]) -> None:
    """A closed laptop: the tab is frozen, the server is another one when it wakes."""
    screen = start(MANY)
    _answer(screen, 2)
    devtools = screen.page.context.new_cdp_session(screen.page)
    devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    screen.server.kill()
    screen.server.start()
    devtools.send("Page.setWebLifecycleState", {"state": "active"})
    _answer(screen, 2)
    # Streamlit's own attempts to connect again come ever less often.
    expect(screen.page.get_by_text("All saved")).to_be_visible(timeout=90_000)
    keys = [answer.submission_key for answer in screen.stored()]
    assert (len(keys), len(set(keys))) == (4, 4)


def test_a_page_that_lags_behind_another_takes_no_answer_back(start: Callable[..., Any]) -> None:
    """Somebody answers a sentence on one page; the other still shows it, and they get rid of it there."""
    first = start(MANY)
    second = first.page.context.new_page()
    second.goto(first.server.url)
    expect(second.get_by_role("option").first).to_be_visible(timeout=60_000)
    shown = second.get_by_role("listbox").text_content()
    first.page.bring_to_front()
    _answer(first, 1)
    first.is_saved()
    second.keyboard.press("s")
    expect(second.get_by_text("You have answered this sentence on another page; that answer stays.")).to_be_visible(
        timeout=20_000
    )
    expect(second.get_by_role("listbox")).not_to_have_text(str(shown))
    assert [(each.kind, each.superseded) for each in first.stored()] == [("answer", False)]


def test_a_page_that_comes_back_into_view_leaves_a_sentence_that_was_answered_on_another(
    browser: Browser, own_server: Callable[..., Any]
) -> None:
    server = own_server(MANY)
    pages = _two_devices(browser, server)
    first, second = pages
    shown = str(second.get_by_role("listbox").text_content())
    for key in ("1", "Enter"):
        first.keyboard.press(key)
    expect(first.get_by_text("All saved")).to_be_visible(timeout=20_000)
    second.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(second.get_by_role("listbox")).not_to_have_text(shown, timeout=20_000)
    assert len(server.answers("Anna")) == 1
    for page in pages:
        page.context.close()


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="no limits on a running process: not Linux")
def test_a_full_disk_keeps_the_answers_waiting_and_says_so_in_one_sentence(start: Callable[..., Any]) -> None:
    """The server's files may not grow, as on a full disk, until they may again."""
    screen = start(MANY)
    _answer(screen, 1)
    screen.is_saved()
    pid = screen.server.process.pid
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, most))
    _answer(screen, 3)
    told = screen.page.locator(".saved")
    expect(told).to_contain_text("Not saved (3): ", timeout=20_000)
    assert "disk" in str(told.text_content()), told.text_content()
    assert len(screen.server.answers("Anna")) == 1
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))
    keys = [answer.submission_key for answer in screen.stored()]
    assert (len(keys), len(set(keys))) == (4, 4)

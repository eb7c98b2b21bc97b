"""Clocks that jump by hours, and a laptop that is suspended: no answer is lost, none twice, and each is sent soon."""

import datetime
import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

pytestmark = pytest.mark.waits

HOURS = datetime.timedelta(hours=7)


@pytest.fixture
def start(page_apart: Page, own_server: Callable[..., Any], sign_in: Callable[..., Any]) -> Callable[..., Any]:
    """Start an app of its own and sign in to it, on a page whose clock can be set."""

    def begin() -> Any:
        page_apart.on("dialog", lambda dialog: dialog.accept())
        page_apart.clock.install()
        return sign_in(page_apart, own_server(), "Anna")

    return begin


def jump(page: Page, by: datetime.timedelta) -> None:
    """Set the wall clock of the page; its timers and what it has measured go on."""
    now = page.evaluate("Date.now()")
    page.clock.set_system_time(now + 1000 * by.total_seconds())


@contextmanager
def full_disk(server: Any) -> Iterator[None]:
    pid = server.process.pid
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, most))
    yield
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="no limits on a running process: not Linux")
@pytest.mark.parametrize("by", [HOURS, -HOURS], ids=["forward", "back"])
def test_an_answer_that_waits_while_the_clock_jumps_is_sent_again_soon(
    start: Callable[..., Any], by: datetime.timedelta
) -> None:
    screen = start()
    saved = screen.page.locator(".saved")
    with full_disk(screen.server):
        screen.press("1", "Enter")
        expect(saved).to_contain_text("disk", timeout=20_000)
        jump(screen.page, by)
        screen.press("1", "Enter")
        expect(saved).to_contain_text("Not saved (2)", timeout=20_000)
    answers = screen.stored()
    assert [each.sentence_id for each in answers] == [1, 2]
    assert all(0 <= each.observed.seconds < 600 for each in answers)


@pytest.mark.parametrize("by", [HOURS, -HOURS], ids=["forward", "back"])
def test_a_correction_still_comes_after_what_it_corrects(start: Callable[..., Any], by: datetime.timedelta) -> None:
    screen = start()
    screen.server.kill()
    screen.press("1", "Enter")
    screen.shows("ran")
    jump(screen.page, by)
    screen.press("u")
    screen.shows("captain")
    screen.press("2", "Space", "Enter")
    expect(screen.page.get_by_text("Not saved (2): the server is not responding")).to_be_visible(timeout=20_000)
    screen.server.start()
    screen.page.clock.fast_forward(30_000)  # Streamlit tries to connect again ever less often
    expect(screen.page.get_by_text("All saved")).to_be_visible(timeout=60_000)
    assert [(each.label, each.superseded) for each in screen.stored()] == [(0, True), (1, False)]


@pytest.fixture
def laptop(launch_browser: Callable[..., Browser]) -> Iterator[BrowserContext]:
    """A browser of its own, which the test may stop."""
    browser = launch_browser()
    yield browser.new_context()
    browser.close()


def test_a_laptop_that_was_suspended_for_hours_goes_on_where_it_was(
    laptop: BrowserContext, own_server: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    """Every process of the browser is stopped; when they go on the server is another one and the clock is ahead."""
    page = laptop.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.clock.install()
    screen = sign_in(page, own_server(), "Anna")
    screen.press("1", "Enter")
    screen.is_saved()
    browser = laptop.browser
    assert browser is not None
    listed = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    pids = [int(each["id"]) for each in listed]
    screen.server.kill()
    screen.press("1", "Enter")
    screen.shows("emoji")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        screen.server.start()
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    jump(page, HOURS)
    screen.press("1", "Enter")
    # Streamlit's own attempts to connect again come ever less often.
    expect(page.get_by_text("All saved")).to_be_visible(timeout=90_000)
    assert [each.sentence_id for each in screen.stored()] == [1, 2, 3]

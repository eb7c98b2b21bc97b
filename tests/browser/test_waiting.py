"""Answers travel with the person: every page sends what waits in the browser, and says what is still there."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from db.store import Store


@pytest.fixture
def start(page: Page, own_server: Callable[..., Any], sign_in: Callable[..., Any]) -> Callable[..., Any]:
    """Start an app of its own, and sign in to it as its admin."""
    page.on("dialog", lambda dialog: dialog.accept())
    return lambda **settings: sign_in(page, own_server(**settings), "Anna")


@contextmanager
def locked(screen: Any) -> Iterator[None]:
    """Let nothing be stored for as long as the block runs."""
    with Store.open(screen.server.project) as store, store.writing():
        yield


def line(page: Page) -> Locator:
    return page.locator(".sender .line")


def go_to(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()


def sign_in_as(page: Page, name: str) -> None:
    page.locator(".st-key-sign-in input").fill(name)
    page.get_by_role("button", name="Start").click()


def sign_out(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"{name} ·").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name=re.compile("^Annotate "))).to_be_visible(timeout=20_000)


def test_every_page_sends_what_waits_and_says_so_until_it_is_stored(start: Callable[..., Any]) -> None:
    screen = start()
    for number, name in enumerate(["My work", "Data", "Review", "Rounds", "Project"], start=1):
        screen.word("", 1).click()
        screen.press("2")
        with locked(screen):
            screen.press("Enter")
            go_to(screen.page, name)
            expect(line(screen.page)).to_have_text("1 answer is still in this browser", timeout=20_000)
            assert len(screen.server.answers("Anna")) == number - 1
            expect(screen.page.locator(".st-key-sender")).to_have_css("opacity", "1")
        expect(line(screen.page)).to_be_hidden(timeout=20_000)
        assert [answer.marks.count("+") for answer in screen.server.answers("Anna")] == [1] * number, name
        go_to(screen.page, "Annotate")
        expect(screen.words.first).to_be_visible(timeout=20_000)


def test_a_round_waits_for_an_answer_that_is_on_its_way(start: Callable[..., Any]) -> None:
    screen = start()
    page = screen.page
    begin = page.get_by_role("button", name="Start round")
    screen.press("1")
    with locked(screen):
        screen.press("Enter")
        go_to(page, "Rounds")
        expect(line(page)).to_be_visible(timeout=20_000)
        begin.click()
        expect(page.get_by_text("1 answer of yours is still in this browser")).to_be_visible(timeout=20_000)
    expect(line(page)).to_be_hidden(timeout=20_000)
    expect(page.get_by_text("1 answer, 0 with marked words, from 1 person.")).to_be_visible()
    begin.click()
    expect(page.get_by_text("a round needs answers of at least two labels")).to_be_visible(timeout=20_000)


FORGE = """
    ([name, entry]) => {
        const draft = Object.keys(localStorage).find(each => each.startsWith("whylight-draft:"));
        const [, project, person, sentence] = draft.split(":");
        const text = entry.replaceAll("SENTENCE", sentence);
        localStorage.setItem(`whylight:${project}:${person}:${name}`, text);
    }
"""
REFUSED = """{"key": "forged-answer", "sentence_id": SENTENCE, "kind": "answer", "label": 7, "note": "why", "at": 1}"""


def test_an_answer_that_is_refused_on_another_page_is_said_there_until_it_is_dismissed(
    start: Callable[..., Any],
) -> None:
    screen = start()
    page = screen.page
    screen.word("captain").click()
    go_to(page, "Data")
    expect(page.get_by_role("heading", name="Data")).to_be_visible(timeout=20_000)
    page.evaluate(FORGE, ["forged-answer", REFUSED])
    refused = page.get_by_text("An answer was not accepted:")
    for _ in range(2):
        page.reload()
        expect(refused).to_be_visible(timeout=60_000)
    go_to(page, "Annotate")
    expect(page.locator(".sender")).to_have_count(0, timeout=20_000)
    expect(refused).to_be_visible()
    page.get_by_role("button", name="Dismiss").click()
    expect(refused).to_be_hidden()
    page.reload()
    expect(screen.words.first).to_be_visible(timeout=60_000)
    assert refused.count() == 0
    assert screen.stored() == []


def test_two_tabs_on_two_pages_send_the_same_answers_once(start: Callable[..., Any]) -> None:
    screen = start()
    second = screen.page.context.new_page()
    with locked(screen):
        screen.press("1", "Enter", "1", "Enter")
        second.goto(f"{screen.server.url}/data")
        expect(line(second)).to_have_text("2 answers are still in this browser", timeout=60_000)
        screen.page.bring_to_front()
        screen.press("1", "Enter")
        screen.shows("hostile")
    keys = [answer.submission_key for answer in screen.stored()]
    assert (len(keys), len(set(keys))) == (3, 3)
    expect(line(second)).to_be_hidden(timeout=20_000)
    for page in (screen.page, second):
        expect(page.get_by_text("An answer was not accepted")).to_have_count(0)


def test_answers_wait_for_their_person_through_a_sign_out(start: Callable[..., Any]) -> None:
    screen = start()
    page = screen.page
    with locked(screen):
        screen.press("1", "Enter")
        sign_out(page, "Anna")
        expect(page.get_by_text("This browser holds 1 unsent answer. It will be sent when the person")).to_be_visible()
    sign_in_as(page, "Ben")
    expect(page.get_by_text("This browser holds 1 unsent answer from another person")).to_be_visible(timeout=20_000)
    sign_out(page, "Ben")
    page.get_by_role("button", name="Anna", exact=True).click()
    screen.is_saved()
    assert (len(screen.server.answers("Anna")), len(screen.server.answers("Ben"))) == (1, 0)


ODD = {
    "no-key": """{"sentence_id": 1, "kind": "answer", "label": 0, "at": 1}""",
    "number": """{"key": 7, "sentence_id": 1, "kind": "answer", "label": 0, "at": 1}""",
    "other-name": """{"key": "another-key", "sentence_id": 1, "kind": "answer", "label": 0, "at": 1}""",
    "broken": """{"key": "bro""",
    "null": "null",
    "list": "[1, 2]",
}


def test_entries_that_are_no_answers_are_set_aside_and_block_nothing(start: Callable[..., Any]) -> None:
    screen = start()
    page = screen.page
    screen.word("captain").click()
    for name, entry in ODD.items():
        page.evaluate(FORGE, [name, entry])
    page.reload()
    told = page.get_by_text("6 entries in this browser's storage are not Whylight answers")
    expect(told).to_be_visible(timeout=60_000)
    screen.press("1", "Enter")
    assert len(screen.stored()) == 1
    page.reload()
    expect(screen.words.first).to_be_visible(timeout=60_000)
    assert told.count() == 0
    kept = page.evaluate("Object.keys(localStorage).filter(name => name.startsWith('whylight-aside:')).length")
    assert kept == len(ODD)


@pytest.mark.parametrize("key", ["short", "gold-answer-1", "half \\ud800 a pair", "x" * 300, "nul \\u0000 inside"])
def test_an_answer_under_a_key_that_no_browser_makes_gets_its_receipt(start: Callable[..., Any], key: str) -> None:
    screen = start()
    screen.word("captain").click()
    entry = f"""{{"key": "{key}", "sentence_id": SENTENCE, "kind": "answer", "label": 0, "at": 1}}"""
    screen.page.evaluate(FORGE, [key.encode().decode("unicode_escape"), entry])
    expect(screen.page.get_by_text("An answer was not accepted:")).to_be_visible(timeout=20_000)
    assert screen.stored() == []

"""What axe-core finds on every page, in both themes and on a phone; and what moves."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from accessibility import serious, too_small
from playwright.sync_api import Browser, BrowserContext, Page, expect

from annotator.project.guidelines import write_guidelines
from db.records import OWNER
from db.store import Store

CONTEXTS = {
    "wide": {"viewport": {"width": 1180, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True},
}


@pytest.fixture(scope="module", params=CONTEXTS)
def visitor(request: pytest.FixtureRequest, browser: Browser, shared_server: Any) -> Iterator[BrowserContext]:
    with Store.open(shared_server.project) as store:
        write_guidelines(store, "# Events\n\nMark what *happened*. See [there](https://example.org).", actor=OWNER)
    context = browser.new_context(**CONTEXTS[request.param])
    context.add_cookies([shared_server.cookie_of(f"Axel {request.param}")])
    yield context
    context.close()


def test_the_annotation_page_in_all_its_states(visitor: BrowserContext, shared_server: Any) -> None:
    page = visitor.new_page()
    page.goto(shared_server.url)
    words = page.get_by_role("option")
    expect(words.first).to_be_visible(timeout=60_000)
    found = {"blind": serious(page)}
    words.nth(3).click()
    page.keyboard.press("x")
    page.keyboard.press("n")
    found["shaded, with a note"] = serious(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    found["keys"] = serious(page)
    page.keyboard.press("Escape")
    for key in ("2", "0", "Enter", "u"):
        page.keyboard.press(key)
    found["reopened"] = serious(page)
    found["too small"] = too_small(page) if is_phone(page) else []
    page.close()
    assert not any(found.values()), found


@pytest.mark.parametrize("address", ["my-work", "data", "review", "rounds", "model", "project"])
def test_the_other_pages(visitor: BrowserContext, shared_server: Any, address: str) -> None:
    page = visitor.new_page()
    page.goto(f"{shared_server.url}/{address}")
    expect(page.get_by_test_id("stHeading").first).to_be_visible(timeout=60_000)
    found = serious(page) + (too_small(page) if is_phone(page) else [])
    page.close()
    assert found == []


def is_phone(page: Page) -> bool:
    return bool(page.evaluate("matchMedia('(pointer: coarse)').matches"))


def test_nothing_moves_for_those_who_want_no_motion(screen: Any) -> None:
    longest = "words => Math.max(...words.map(word => parseFloat(getComputedStyle(word).transitionDuration)))"
    assert 0 < screen.words.evaluate_all(longest) <= 0.08
    screen.page.emulate_media(reduced_motion="reduce")
    assert screen.words.evaluate_all(longest) == 0
    pointed = screen.page.get_by_role("radiogroup", name="Label")  # by the tour
    assert pointed.evaluate("each => getComputedStyle(each).animationName") == "none"
    screen.page.emulate_media(reduced_motion="no-preference")


@pytest.mark.parametrize("width", [320, 390])
def test_a_word_of_300_letters_stays_on_the_page(
    page: Page, own_server: Callable[..., Any], sign_in: Callable[..., Any], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, own_server(["A " + "w" * 300 + " word.", "Next."]), "Anna")
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    assert page.get_by_role("option").nth(1).evaluate("word => word.getBoundingClientRect().right <= innerWidth")


def test_the_bar_never_covers_the_end_of_500_words(
    page: Page, own_server: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    text = " ".join(f"word{number}" for number in range(500))
    screen = sign_in(page, own_server([text, "Next."]), "Anna")
    screen.press("End", "Space")
    last, bar = page.get_by_role("option").last, page.get_by_role("group", name="Actions")
    box = "element => element.getBoundingClientRect().toJSON()"
    assert last.evaluate(box)["bottom"] <= bar.evaluate(box)["top"]
    screen.press("2", "Enter")
    expect(screen.text).to_have_text("Next.")
    expect(page.get_by_role("radio", name="event")).to_be_in_viewport()


def test_what_a_sentence_says_is_text_and_asks_nobody_for_anything(screen: Any) -> None:
    asked: list[str] = []
    screen.page.on("request", lambda request: asked.append(request.url))
    screen.go_to("hostile")
    expect(screen.page.locator("img[src=x]")).to_have_count(0)
    assert [url for url in asked if not url.startswith((screen.server.url, "data:", "blob:"))] == []

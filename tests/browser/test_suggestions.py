"""A language model's suggestion: after the person's own first mark, theirs to take over, and nothing by itself."""

from collections.abc import Callable
from typing import Any

import pytest
from accessibility import serious
from playwright.sync_api import Page, expect

from db.answers import suggestions
from db.records import Suggestion
from db.store import Store

LINE = "A language model suggests “event”"


@pytest.fixture
def suggesting(own_server: Callable[..., Any]) -> Any:
    """A server whose first sentence has a suggestion, "finished his speech", and the second none."""
    server = own_server(start=False)
    with Store.open(server.project) as store:
        suggestions.add(store, Suggestion(1, "m", 1, (5, 6, 7)), characters=9)
    server.start()
    return server


def underlined(screen: Any) -> list[str]:
    found: list[str] = screen.words.evaluate_all(
        "words => words.filter(word => getComputedStyle(word).textDecorationLine.includes('underline'))"
        ".map(word => word.textContent)"
    )
    return found


def test_a_suggestion_comes_after_the_first_mark_and_a_takes_it_over(
    page: Page, suggesting: Any, sign_in: Callable[..., Any]
) -> None:
    screen = sign_in(page, suggesting, "Anna")
    screen.press("3", "a")
    assert (underlined(screen), screen.marks()) == ([], "." * 14), "before the first mark the key does nothing"
    expect(page.get_by_text(LINE)).to_be_hidden()
    place = screen.word("lamp").bounding_box()
    screen.word("lamp").click()
    expect(page.get_by_text(LINE).first).to_be_visible()
    assert screen.word("lamp").bounding_box() == place, "nothing moves"
    assert underlined(screen) == ["finished", "his", "speech"]
    assert screen.marks() == "..........+...", "by itself it changes nothing"
    expect(screen.word("speech")).to_have_attribute("aria-label", "speech, clear model signal, suggested")
    assert serious(page) == []
    screen.press("?")
    expect(page.get_by_text("take over what a language model suggests")).to_be_visible()
    screen.press("Escape", "a")
    assert screen.marks() == ".....+++......"
    expect(page.get_by_role("button", name="Same as yours")).to_be_disabled()
    screen.press("u")
    assert screen.marks() == "..........+..."
    page.get_by_role("button", name="Take it over").click()
    screen.press("Enter")
    screen.shows("ran")
    screen.word("ran").click()
    expect(page.get_by_text(LINE)).to_be_hidden()
    screen.press("2", "Enter")
    taken, without = screen.stored()
    assert (taken.label, taken.marks, without.observed.suggestion) == (1, ".....+++......", None)
    seen = taken.observed.suggestion
    assert (seen["label"], seen["words"], seen["label_before"]) == ("event", [5, 6, 7], "doubt")
    assert 0 <= seen["seconds"] <= seen["taken"] <= taken.observed.seconds + 0.1


def test_the_key_is_on_the_card_only_where_there_are_suggestions(screen: Any) -> None:
    screen.press("?")
    expect(screen.page.get_by_text("record that no word in particular matters")).to_be_visible()
    expect(screen.page.get_by_text("take over what a language model suggests")).to_be_hidden()

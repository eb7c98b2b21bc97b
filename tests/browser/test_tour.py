"""The tour of a first visit: it follows what the person does, takes no key from them, and stays closed."""

from collections.abc import Callable
from typing import Any

from accessibility import serious, too_small
from playwright.sync_api import Page, expect

from annotator.project.guidelines import write_guidelines
from db.records import OWNER
from db.store import Store

POINTED = "element => getComputedStyle(element).outlineStyle"


def test_the_tour_follows_the_person_and_is_closed_for_good(screen: Any) -> None:
    page = screen.page
    tour = page.get_by_role("region", name="Tour")
    expect(tour).to_contain_text("Choose the label.")
    expect(page.get_by_text("Choose a label, then click")).to_be_hidden()
    expect(screen.words.first).to_be_focused()
    assert page.get_by_role("radiogroup", name="Label").evaluate(POINTED) == "solid"
    screen.press("2")
    expect(tour).to_contain_text("Mark the words that show it.")
    assert screen.text.evaluate(POINTED) == "solid"
    screen.press("ArrowRight", "Space")
    expect(tour).to_contain_text("Enter submits.")
    page.reload()
    expect(tour).to_contain_text("Enter submits.", timeout=20_000)
    screen.press("Enter")
    screen.shows("ran")
    expect(tour).to_contain_text("Amber is where the model looks.")
    assert serious(page) == []
    tour.get_by_role("button", name="Done").click()
    expect(tour).to_be_hidden()
    expect(page.get_by_text("Choose a label, then click")).to_be_visible()
    screen.is_saved()
    page.reload()
    screen.shows("ran")
    expect(page.get_by_text("Choose a label, then click")).to_be_visible()
    expect(tour).to_be_hidden()
    screen.press("?")
    page.get_by_role("button", name="Show the tour").click()
    expect(tour).to_contain_text("1 of 4")
    tour.get_by_role("button", name="Next").press("Enter")
    expect(tour).to_contain_text("2 of 4")
    screen.press("Escape")
    expect(tour).to_be_hidden()
    expect(screen.words.first).to_be_focused()


def test_a_person_who_has_answered_elsewhere_sees_no_tour_in_another_browser(screen: Any) -> None:
    page = screen.page
    for _ in range(3):
        before = screen.text.text_content()
        screen.press("1", "Enter")
        expect(screen.text).not_to_have_text(before)
    screen.is_saved()
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(screen.words.first).to_be_visible(timeout=20_000)
    expect(page.get_by_role("region", name="Tour")).to_be_hidden()


def test_on_a_phone_the_sentence_is_in_view_and_everything_is_large_enough_to_touch(phone: Any) -> None:
    page = phone.page
    page.set_viewport_size({"width": 390, "height": 844})
    with Store.open(phone.server.project) as store:
        write_guidelines(store, "\n\n".join(f"Paragraph {n} says what an event is." for n in range(20)), actor=OWNER)
    page.reload()
    tour, bar = page.get_by_role("region", name="Tour"), page.get_by_role("group", name="Actions")
    expect(tour).to_be_visible(timeout=20_000)
    guidelines = page.get_by_role("region", name="Guidelines")
    expect(guidelines).to_be_hidden()
    box = "element => element.getBoundingClientRect().toJSON()"
    for _ in range(4):
        assert phone.text.evaluate(box)["bottom"] <= bar.evaluate(box)["top"]
        assert too_small(page) == []
        tour.get_by_role("button", name="Next").or_(tour.get_by_role("button", name="Done")).click()
    expect(tour).to_be_hidden()
    page.get_by_role("button", name="Guidelines").click()
    expect(guidelines).to_be_visible()
    phone.page.get_by_role("radio", name="none").click()
    page.get_by_role("button", name="Submit").click()
    phone.shows("ran")
    expect(guidelines).to_be_hidden()
    page.get_by_role("button", name="Tour").click()
    expect(tour).to_contain_text("tap its label")


def test_a_researcher_s_reason_leads_to_the_sentence_s_page(
    page: Page, own_server: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    server = own_server()
    sign_in(page, server, "Rita", role="researcher")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="This sentence on Data").click()
    expect(opened.value.get_by_text("holds it until")).to_be_visible(timeout=20_000)
    assert opened.value.url.endswith("/data?sentence=s0")
    opened.value.close()
    sign_in(page, server, "Anna", role="annotator")
    expect(page.get_by_role("link", name="This sentence on Data")).to_have_count(0)

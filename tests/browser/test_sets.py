"""Sets on the pages: saved from a search, asked of someone who is working, and their sentences first for them."""

import re
from collections.abc import Callable
from typing import Any

from accessibility import serious
from playwright.sync_api import BrowserContext, Page, expect

from annotator.project.sets import list_sets
from annotator.project.tags import count_tags
from db.records import OWNER
from db.store import Store

SLOW_MS = 60_000
SENTENCES = (*(f"Nothing happened on day {day}." for day in range(14)), "The tea was cold.", "She liked tea.")


def test_a_search_becomes_a_set_that_comes_next_to_someone_at_work(
    page: Page, warm_context: BrowserContext, own_server: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    server = own_server(SENTENCES)
    ben = sign_in(page, server, "Ben", role="annotator")
    expect(ben.text).to_have_text(SENTENCES[0])
    page.context.clear_cookies()
    anna = warm_context.new_page()
    anna.context.add_cookies([server.cookie_of("Anna")])
    anna.goto(f"{server.url}/data?search=tea&answers=Not+answered")
    expect(anna.get_by_text("2 sentences found.")).to_be_visible(timeout=SLOW_MS)
    anna.get_by_role("button", name="Save as a set").click()
    anna.get_by_role("textbox", name="Name of the set").fill("<b>Tea</b>")
    anna.keyboard.press("Enter")
    expect(anna.get_by_text("Saved 2 as “<b>Tea</b>”. It is under Sets.")).to_be_visible(timeout=20_000)
    anna.get_by_role("radio", name="Sets").click()
    row = anna.locator("[class*=st-key-row-set]")
    expect(row).to_contain_text("2 sentences, 0 answered, 2 left", timeout=20_000)
    expect(row).to_contain_text("“tea”, not answered · Anna")
    row.get_by_role("button", name="Ask next").click()
    anna.get_by_role("button", name="Ben", exact=True).click()
    assert serious(anna) == []
    anna.get_by_role("button", name="Ask these people").click()
    expect(row).to_contain_text("asked of Ben, 2 still to come", timeout=20_000)
    assert serious(anna) == []

    row.get_by_role("button", name="Open").click()
    expect(anna.get_by_text("2 sentences found.")).to_be_visible(timeout=20_000)
    assert anna.url.endswith("/data?set=%3Cb%3ETea%3C%2Fb%3E")
    anna.get_by_role("radio", name="Sets").click()

    ben.press("1", "Enter")
    ben.is_saved()  # with the answer the page learns of the set; the sentence that is on screen by then stays
    expect(ben.text).to_have_text(SENTENCES[1])
    ben.press("1", "Enter")
    expect(page.get_by_text("Chosen by Anna: set “<b>Tea</b>”.")).to_be_visible(timeout=20_000)
    expect(ben.text).to_have_text("The tea was cold.")
    ben.press("1", "Enter")
    expect(ben.text).to_have_text("She liked tea.")
    anna.reload()
    expect(row).to_contain_text("2 sentences, 1 answered, 1 left", timeout=SLOW_MS)
    row.get_by_role("button", name="More").click()
    anna.get_by_role("button", name="Delete…").click()
    anna.get_by_role("button", name="Delete now").click()
    expect(anna.get_by_text("Deleted “<b>Tea</b>”.")).to_be_visible(timeout=20_000)
    ben.press("1", "Enter")
    expect(ben.text).to_have_text(re.compile("Nothing happened on day"))
    assert len(ben.stored()) == 4
    with Store.open(server.project) as store:
        assert list_sets(store, actor=OWNER) == []


def test_what_a_search_finds_is_tagged_undone_and_compared_by_keyboard(
    page: Page, own_server: Callable[..., Any]
) -> None:
    server = own_server(SENTENCES)
    page.context.add_cookies([server.cookie_of("Anna")])
    page.goto(f"{server.url}/data?search=tea")
    expect(page.get_by_text("2 sentences found.")).to_be_visible(timeout=SLOW_MS)
    for tag in ("Irony", "cold"):
        page.get_by_role("button", name="Tag", exact=True).press("Enter")
        box = page.get_by_role("combobox", name="Tag", exact=True).last
        box.fill(tag)
        box.press("Enter")
        page.get_by_role("button", name="Add to all 2").press("Enter")
        expect(page.get_by_text(f"Tagged 2 sentences “{tag.lower()}”.")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Undo #cold").press("Enter")
    expect(page.get_by_text("Removed “cold” again from 2 sentences.")).to_be_visible(timeout=20_000)
    expect(page.locator(".list a .tag")).to_have_text(["#irony", "#irony"])
    page.get_by_text("Compare by count").click()
    rows = page.locator(".numbers tbody tr")
    expect(rows.first).to_have_text("Sentences216", timeout=20_000)
    expect(rows.nth(2)).to_have_text("pool2100.0 %16100.0 %")
    assert serious(page) == []
    page.locator(".list a").first.press("Enter")
    page.get_by_role("button", name="Remove the tag").or_(page.get_by_role("button", name="#irony")).first.click()
    expect(page.get_by_text("Removed #irony.")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="All sentences").click()
    expect(page.get_by_text("2 sentences found.")).to_be_visible(timeout=20_000)
    assert page.url.endswith("/data?search=tea")
    with Store.open(server.project) as store:
        assert count_tags(store, actor=OWNER) == {"irony": 1}

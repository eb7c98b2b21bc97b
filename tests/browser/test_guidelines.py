"""The guidelines beside the sentence: unfolded until they are folded, and known to the answer."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from annotator.project.guidelines import write_guidelines
from db.records import OWNER
from db.store import Store
from db.team import guidelines


def test_the_version_that_was_unfolded_goes_with_the_answer(
    page: Page, own_server: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    server = own_server()
    with Store.open(server.project) as store:
        first = write_guidelines(store, "# Events\n\nMark <b>what</b> *happened*.", actor=OWNER).version
    screen = sign_in(page, server, "Anna")
    panel = page.get_by_role("region", name="Guidelines")
    expect(panel.get_by_role("heading", name="Events")).to_be_visible()
    expect(panel).to_contain_text("Mark <b>what</b> happened.")
    screen.press("1", "Enter")
    screen.shows("ran")
    screen.press("g")
    expect(panel).to_be_hidden()
    screen.press("1", "Enter")
    screen.is_saved()
    page.reload()
    screen.shows("emoji")
    screen.press("1", "Enter")
    screen.is_saved()
    with Store.open(server.project) as store:
        second = write_guidelines(store, "# Other events", actor=OWNER).version
    page.reload()
    expect(panel.get_by_role("heading", name="Other events")).to_be_visible()
    screen.press("1", "Enter")
    # Folded from the second sentence on, where they were still seen for a moment; a new version unfolds by itself.
    assert [answer.observed.guidelines_version for answer in screen.stored()] == [first, first, None, second]


def test_the_keys_of_somebody_who_reads_the_guidelines_are_the_guidelines_own(
    page: Page, own_server: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    server = own_server()
    with Store.open(server.project) as store:
        write_guidelines(store, "# Events\n\nSee [there](#nowhere).", actor=OWNER)
    screen = sign_in(page, server, "Anna")
    screen.press("1")
    page.get_by_role("region", name="Guidelines").focus()
    screen.press("End", "Space", "Enter")
    screen.shows("captain")
    assert "+" not in screen.marks()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="there").press("Enter")
    opened.value.close()
    screen.shows("captain")


def test_guidelines_are_previewed_while_they_are_written_and_saved_with_one_click(
    page: Page, own_server: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    server = own_server()
    sign_in(page, server, "Anna")
    page.goto(f"{server.url}/project")
    written = page.get_by_label("Guidelines in Markdown")
    shown = page.get_by_role("region", name="As annotators see it")
    expect(written).to_be_visible(timeout=20_000)
    written.press_sequentially("# Events <b>\n\nMark *it*.")
    expect(shown.get_by_role("heading", name="Events <b>")).to_be_visible()
    expect(shown.locator("em")).to_have_text("it")
    expect(page.get_by_text("Unsaved")).to_be_visible()
    page.get_by_role("link", name="My work").click()
    expect(page.get_by_role("heading", name="My work")).to_be_visible()
    page.get_by_role("link", name="Project").click()
    expect(written).to_have_value("# Events <b>\n\nMark *it*.")
    with Store.open(server.project) as store:
        write_guidelines(store, "# Of a colleague", actor=OWNER)
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_text("was saved while you were writing")).to_be_visible()
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_text("Saved version 2.")).to_be_visible()
    expect(page.get_by_text("Unsaved")).to_be_hidden()
    with Store.open(server.project) as store:
        assert [each.text for each in guidelines.all_of(store)] == ["# Events <b>\n\nMark *it*.", "# Of a colleague"]

"""The guidelines beside the sentence: unfolded until they are folded, and known to the answer."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from annotator.project.guidelines import write_guidelines
from db.records import OWNER
from db.store import Store


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

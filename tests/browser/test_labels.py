"""Labels that are retired while people answer."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from annotator.project.labels import add_label, retire_label
from db.records import OWNER
from db.store import Store


def test_a_label_retired_under_the_hand_is_refused_its_marks_are_kept_and_it_is_offered_no_more(
    page: Page, own_server: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    server = own_server(texts=["Only this one sank."])
    screen = sign_in(page, server, "Anna")
    with Store.open(server.project) as store:
        retire_label(store, "event", actor=OWNER)
    screen.word("sank").click()
    screen.press("2", "Enter")
    expect(
        page.get_by_text("The label 'event' is retired; choose another one, and your marks are kept.")
    ).to_be_visible(timeout=15_000)
    expect(screen.text).to_have_text("Only this one sank.", timeout=40_000)
    expect(page.get_by_role("radio", name="event")).to_have_count(0)
    screen.press("3", "Enter")
    screen.is_saved()
    (answer,) = screen.stored()
    assert (answer.label, answer.marks) == (2, "...+.")


def test_among_200_labels_the_sentence_stays_in_view_and_the_last_one_can_be_chosen(
    page: Page, own_server: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    server = own_server()
    with Store.open(server.project) as store:
        for number in range(3, 200):
            add_label(store, f"label number {number}", actor=OWNER)
    screen = sign_in(page, server, "Anna")
    expect(page.get_by_role("radio")).to_have_count(200)
    for name in ("captain", "ran"):
        screen.shows(name)
        expect(screen.text).to_be_in_viewport(ratio=1)
        if name == "captain":
            expect(page.get_by_role("radio", name="none")).to_be_in_viewport()
            page.get_by_role("radio", name="label number 199").click()
        else:
            page.get_by_role("radio", name="none").focus()
            screen.press("ArrowLeft")  # from the first to the last
        expect(page.get_by_role("radio", name="label number 199")).to_be_in_viewport()
        screen.word("the" if name == "captain" else "ran").click()
        screen.press("Enter")
    screen.shows("emoji")
    _search_and_reorder(screen)
    assert [each.label for each in screen.stored()] == [199, 199, 150, 199]


def _search_and_reorder(screen: Any) -> None:
    """Letters that are typed on a label search; `l` goes there from the words; the most used come first if asked to."""
    page, radios = screen.page, screen.page.get_by_role("radio")
    find = page.get_by_role("searchbox", name="Find a label")
    radios.nth(5).focus()
    screen.press("s", "2")
    expect(find).to_be_focused()
    expect(find).to_have_value("s2")
    screen.shows("emoji")
    expect(page.get_by_text("No label has this in its name.")).to_be_visible()
    screen.press("Escape", "l")
    page.keyboard.type("Number 150")
    expect(radios).to_have_count(1)
    screen.press("Enter")
    expect(page.get_by_role("radio", name="label number 150")).to_be_in_viewport(ratio=1)
    screen.press("Space", "Enter")
    screen.shows("hostile")
    page.get_by_role("region", name="Tour").get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Most used first").click()
    screen.press("1", "Space")
    expect(radios.first).to_have_attribute("aria-checked", "true")
    expect(radios.first).to_have_accessible_name("label number 199")
    page.get_by_role("button", name="Show all 200").click()
    expect(screen.text).to_be_in_viewport(ratio=1)
    screen.press("Enter")
    screen.shows("arabic")

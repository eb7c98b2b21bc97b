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
    assert [each.label for each in screen.stored()] == [199, 199]

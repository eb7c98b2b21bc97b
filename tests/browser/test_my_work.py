"""Going back to one's own answers from the page that lists them."""

from typing import Any

from playwright.sync_api import expect


def _open_my_work(screen: Any) -> None:
    screen.is_saved()
    screen.page.get_by_role("link", name="My work").click()
    expect(screen.page.get_by_role("heading", name="My work")).to_be_visible(timeout=20_000)


def test_an_answer_is_found_reopened_and_corrected(screen: Any) -> None:
    screen.word("finished").click()
    screen.press("2", "Enter")
    screen.shows("ran")
    screen.press("1", "Enter")
    screen.shows("emoji")
    screen.word("girl").click()
    _open_my_work(screen)
    expect(screen.page.get_by_text("Today 2 answers")).to_be_visible()
    rows = screen.page.get_by_role("listitem")
    expect(rows).to_have_count(2)
    search = screen.page.get_by_placeholder("Words of a sentence")
    search.fill("captain")
    search.press("Enter")
    expect(rows).to_have_count(1)
    rows.get_by_role("button").click()
    screen.shows("captain")
    assert screen.marks() == ".....+........"
    screen.word("lamp").click()
    screen.press("3", "Enter")
    screen.shows("emoji")
    assert "+" in screen.marks(), "the draft of the sentence whose turn it is stays"
    assert [(each.label, each.marks) for each in screen.stored()][-1] == (2, ".....+....+...")
    _open_my_work(screen)
    expect(rows.first).to_contain_text("doubt")
    expect(rows).to_have_count(2)


def test_undo_and_redo_go_on_from_an_answer_that_is_not_among_the_newest(screen: Any) -> None:
    for _ in range(15):
        before = screen.text.text_content()
        screen.press("1", "Enter")
        expect(screen.text).not_to_have_text(before)
    _open_my_work(screen)
    screen.page.get_by_role("listitem").nth(13).get_by_role("button").click()
    screen.shows("ran")
    screen.press("u")
    screen.shows("captain")
    screen.press("Shift+U")
    screen.shows("ran")
    for name in ("emoji", "hostile", "arabic"):
        screen.press("Shift+U")
        screen.shows(name)
    for day in range(11):
        screen.press("Shift+U")
        expect(screen.text).to_contain_text(f"day {day} ")
    screen.press("u")
    expect(screen.text).to_contain_text("day 9 ")
    assert len(screen.stored()) == 15


def test_leaving_a_reopened_answer_changes_nothing(screen: Any) -> None:
    screen.press("s")
    screen.shows("ran")
    _open_my_work(screen)
    screen.page.get_by_text("Skipped", exact=True).click()
    screen.page.get_by_role("listitem").get_by_role("button").click()
    screen.shows("captain")
    screen.press("2", "Escape")
    screen.shows("ran")
    screen.page.reload()
    screen.shows("ran")
    assert [answer.kind for answer in screen.stored()] == ["skip"]

"""Every way to mark words gives the marks one would expect, and none of them bothers the server."""

import re
from typing import Any

from playwright.sync_api import expect

# screen: somebody new, in front of "The old captain had scarcely finished his speech when the lamp went out."


def test_click_marks_and_a_second_click_clears(screen: Any) -> None:
    screen.word("finished").click()
    expect(screen.word("finished")).to_have_attribute("aria-selected", "true")
    screen.word("finished").click()
    expect(screen.word("finished")).to_have_attribute("aria-selected", "false")


def test_drag_paints_and_erases_when_begun_on_a_marked_word(screen: Any) -> None:
    screen.drag(screen.word("had"), screen.word("finished"))
    assert screen.marks() == "...+++........"
    screen.drag(screen.word("finished"), screen.word("scarcely"))
    assert screen.marks() == "...+.........."


def test_shift_click_extends(screen: Any) -> None:
    screen.word("captain").click()
    screen.word("finished").click(modifiers=["Shift"])
    assert screen.marks() == "..++++........"


def test_alt_click_and_alt_drag_mark_what_must_not_matter(screen: Any) -> None:
    screen.word("old").click(modifiers=["Alt"])
    screen.page.keyboard.down("Alt")
    screen.drag(screen.word("speech"), screen.word("lamp"))
    screen.page.keyboard.up("Alt")
    assert screen.marks() == ".-.....----..."
    expect(screen.word("old")).to_have_attribute(
        "aria-label", "old, marked as must not matter, very strong model signal"
    )


def test_m_switches_between_the_two_kinds_of_marks(screen: Any) -> None:
    screen.press("m")
    screen.word("lamp").click()
    screen.press("m")
    screen.word("out").click()
    assert screen.marks() == "..........-.+."


def test_the_keyboard_marks_moves_and_extends(screen: Any) -> None:
    screen.press("ArrowRight", "ArrowRight", "Space")
    screen.press("ArrowRight", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowLeft")
    screen.press("End", "x", "Home", "Alt+Space")
    assert screen.marks() == "-.+.++.......-"


def test_up_and_down_move_by_line(screen: Any) -> None:
    tops = screen.words.evaluate_all("words => words.map(word => word.getBoundingClientRect().top)")
    screen.press("ArrowDown", "Space")
    assert tops[screen.marks().index("+")] == min(top for top in tops if top > tops[0])
    screen.press("ArrowUp", "Space")
    assert screen.marks()[0] == "+"


def test_arrows_follow_the_direction_of_the_text(screen: Any) -> None:
    screen.go_to("arabic")
    screen.press("ArrowLeft", "Space")
    assert screen.marks().startswith(".+.")


def test_the_right_one_of_repeated_words_is_stored(screen: Any) -> None:
    screen.go_to("ran")
    screen.word("ran", nth=2).click()
    screen.press("2", "Enter")
    assert screen.stored()[-1].marks == ".....+......"


def test_words_behind_an_emoji_are_stored_where_they_stand(screen: Any) -> None:
    screen.go_to("emoji")
    screen.word("left").click()
    screen.press("2", "Enter")
    marks = screen.stored()[-1].marks
    assert marks.count("+") == 1
    assert marks.endswith("+.")


def test_no_click_and_no_key_makes_a_script_run(screen: Any) -> None:
    sent: list[Any] = []
    screen.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    screen.page.reload()
    screen.shows("captain")
    screen.page.wait_for_timeout(500)
    at_rest = len(sent)
    assert at_rest > 0
    screen.word("finished").click()
    screen.drag(screen.word("had"), screen.word("speech"))
    screen.press("ArrowRight", "Space", "2", "1", "m", "x", "u", "u", "r", "c", "R", "C")
    screen.page.wait_for_timeout(500)
    assert len(sent) == at_rest
    expect(screen.page.get_by_role("dialog")).to_have_count(0)


def test_text_from_people_is_shown_as_text(screen: Any) -> None:
    screen.go_to("hostile")
    assert screen.text.locator("b, img").count() == 0


def test_copying_gives_the_sentence(screen: Any) -> None:
    copied = screen.text.evaluate(
        "text => { getSelection().selectAllChildren(text); return getSelection().toString() }"
    )
    assert copied == "The old captain had scarcely finished his speech when the lamp went out."


def test_a_sideways_drag_with_a_finger_paints_and_scrolling_does_not(phone: Any) -> None:
    fingers = phone.page.context.new_cdp_session(phone.page)

    def swipe(*points: tuple[float, float]) -> None:
        for kind, (x, y) in zip(("touchStart", *["touchMove"] * 9), points, strict=False):
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    first, last = phone.word("The").bounding_box(), phone.word("captain").bounding_box()
    y = first["y"] + first["height"] / 2
    x0, x1 = first["x"] + 5, last["x"] + last["width"] / 2
    swipe((x0, y), (x0 + (x1 - x0) / 2, y), (x1, y))
    expect(phone.word("captain")).to_have_attribute("data-mark", "+")
    assert phone.marks() == "+++..........."
    x, y = (phone.word("lamp").bounding_box()[side] + 10 for side in ("x", "y"))
    swipe((x, y), (x, y - 40), (x, y - 120))
    assert phone.marks() == "+++..........."


def test_taps_mark_and_the_mode_button_is_there_for_fingers(phone: Any) -> None:
    phone.word("finished").tap()
    phone.page.get_by_role("button", name="must not matter").tap()
    phone.word("lamp").tap()
    assert phone.marks() == ".....+....-..."
    expect(phone.page.get_by_text("move")).to_be_hidden()
    submit = phone.page.get_by_role("button", name=re.compile("Choose a label")).bounding_box()
    assert submit["y"] + submit["height"] <= 800


def test_a_screen_reader_s_click_marks(screen: Any) -> None:
    """It has no pointer: nothing but the click arrives."""
    screen.word("lamp").evaluate("word => word.click()")
    assert screen.marks() == "..........+..."
    screen.word("lamp").evaluate("word => word.click()")
    assert "+" not in screen.marks()
    screen.word("lamp").click()
    assert screen.marks() == "..........+..."


def test_letters_and_digits_can_be_switched_off(screen: Any) -> None:
    screen.press("?")
    switch = screen.page.get_by_role("switch", name="Letter and digit shortcuts")
    expect(switch).to_have_attribute("aria-checked", "true")
    switch.click()
    screen.page.get_by_role("dialog", name="Keys").get_by_role("button", name="Close").click()
    screen.press("s", "2", "m", "?")
    screen.shows("captain")
    expect(screen.page.get_by_role("radio", name="event")).to_have_attribute("aria-checked", "false")
    screen.press("Space", "ArrowRight", "Space", "Control+z")
    assert screen.marks() == "+............."
    screen.page.get_by_role("button", name="Keys").click()
    switch.click()
    screen.page.get_by_role("dialog", name="Keys").get_by_role("button", name="Close").click()
    screen.press("s")
    screen.shows("ran")


def test_escape_closes_a_menu_of_the_page_and_leaves_the_sentence_alone(screen: Any) -> None:
    screen.press("1", "Enter")
    screen.shows("ran")
    screen.press("u")
    screen.shows("captain")
    screen.page.get_by_role("button", name=screen.person).click()
    out = screen.page.get_by_role("button", name="Sign out")
    expect(out).to_be_visible()
    screen.press("Escape")
    expect(out).to_be_hidden()
    screen.shows("captain")

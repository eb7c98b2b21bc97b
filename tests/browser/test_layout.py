"""Where things are on the annotation page: one grid, nothing that moves, and white space as its author has it."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from annotator.project.guidelines import write_guidelines
from db.records import OWNER
from db.store import Store

LONG = " ".join(f"word{number}" for number in range(400))
DIALOGUE = "Ann: A rip-off!\nBen: Why?\n\n  - dear\n\t- small"


def box(locator: Locator) -> dict[str, float]:
    """Where an element is, in pixels."""
    found: dict[str, float] = locator.evaluate("element => element.getBoundingClientRect().toJSON()")
    return found


def test_text_and_bar_share_an_edge_next_to_the_guidelines_and_nothing_moves_between_sentences(
    page: Page, own_server: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    server = own_server()
    with Store.open(server.project) as store:
        write_guidelines(store, "# Events\n\nMark what *happened*.", actor=OWNER)
    page.set_viewport_size({"width": 1280, "height": 800})
    screen = sign_in(page, server, "Anna")
    bar, top = page.locator(".bar .actions"), page.locator(".top")
    guidelines = page.get_by_role("region", name="Guidelines")
    for width in (1280, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        edges = box(top)
        assert (edges["left"], edges["right"]) == (box(bar)["left"], box(bar)["right"])
        assert box(guidelines)["left"] - edges["right"] == 48
        glyphs = screen.word("The").evaluate(
            "word => { const all = document.createRange(); all.selectNodeContents(word);"
            " return all.getBoundingClientRect().left }"
        )
        assert abs(glyphs - edges["left"]) < 1
    screen.press("g")
    assert box(top)["left"] == box(bar)["left"] == (1920 - 712) / 2
    buttons = page.get_by_role("group", name="Actions").get_by_role("button")
    before = buttons.evaluate_all("all => all.map(each => each.getBoundingClientRect().left)")
    screen.press("2", "m")
    assert buttons.evaluate_all("all => all.map(each => each.getBoundingClientRect().left)") == before
    screen.press("m", "s")
    screen.shows("ran")
    screen.press("u")
    expect(page.locator(".reopened")).to_have_text("You skipped this sentence. Submit an answer, or leave it skipped.")
    expect(page.get_by_role("button", name="Leave")).to_be_visible()
    assert buttons.evaluate_all("all => all.map(each => each.getBoundingClientRect().left)") == before


def test_the_legend_is_on_the_line_of_the_reason_and_only_researchers_choose_the_view(screen: Any) -> None:
    screen.press("Escape")  # closes the tour
    expect(
        screen.page.get_by_text("Choose a label, then click the words that justify it. Enter submits.")
    ).to_be_visible()
    view = screen.page.get_by_role("button", name="Shading by")
    expect(screen.page.get_by_role("button", name="Shading")).to_have_count(0)
    screen.word("lamp").click()
    reason, legend = (screen.page.get_by_text(text) for text in ("Chosen because", "Why the model says"))
    assert abs(box(reason)["top"] - box(legend)["top"]) < 2
    expect(view).to_have_count(1)  # the screen is a researcher's


def test_white_space_is_the_author_s_and_a_long_text_is_small_with_its_place_and_label_kept(
    page: Page, own_server: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    screen = sign_in(page, own_server([DIALOGUE, LONG]), "Anna", role="annotator")
    page.evaluate("document.fonts.ready")
    tops = screen.words.evaluate_all("words => words.map(word => word.getBoundingClientRect().top)")
    names = screen.words.all_inner_texts()
    line = tops[names.index("Ben")] - tops[0]
    assert line > 20
    assert abs(tops[names.index("dear")] - tops[names.index("Why")] - 2 * line) < 1
    edges = [box(screen.word(name)) for name in ("rip", "-", "off", "!")]
    assert [one["right"] for one in edges[:-1]] == [other["left"] for other in edges[1:]]
    assert box(screen.words.nth(names.index("dear") - 1))["left"] > box(screen.word("Ann"))["left"] + 5
    large = screen.words.first.evaluate("word => parseFloat(getComputedStyle(word).fontSize)")
    screen.word("Why").click()
    expect(page.get_by_text("Why the model says")).to_be_visible()
    expect(page.get_by_role("button", name="Shading by")).to_have_count(0)
    screen.press("3", "Enter")
    expect(screen.words).to_have_count(400)
    assert screen.words.first.evaluate("word => parseFloat(getComputedStyle(word).fontSize)") < 0.7 * large
    screen.press("3", "End", "Space")
    for _ in range(2):
        expect(page.get_by_role("radio", name="doubt")).to_be_in_viewport(ratio=1)
        expect(screen.words.last).to_be_in_viewport(ratio=1)
        page.reload()
        expect(screen.words).to_have_count(400, timeout=20_000)
        expect(screen.words.last).to_be_focused()


def test_the_keys_work_after_every_way_to_come_back(screen: Any) -> None:
    page = screen.page
    link = page.get_by_test_id("stTopNavLink")
    link.filter(has_text="My work").click()
    expect(page.get_by_test_id("stHeading").first).to_be_visible()
    link.filter(has_text="Annotate").click()
    screen.shows("captain")
    screen.press("Space", "ArrowRight", "ArrowRight", "Space")
    assert screen.marks().startswith("+.+.")
    link.filter(has_text="Annotate").click()
    page.wait_for_timeout(300)
    screen.press("2", "Enter")
    screen.shows("ran")
    page.mouse.click(600, 560)  # next to the text, where the page itself takes the focus
    screen.press("End", "Space", "2", "Enter")
    screen.shows("emoji")


def test_in_a_narrow_window_the_buttons_of_the_bar_have_room_for_their_words(screen: Any) -> None:
    screen.page.set_viewport_size({"width": 390, "height": 800})
    buttons = screen.page.get_by_role("group", name="Actions").get_by_role("button")
    expect(buttons.filter(has_text="Undo")).to_be_visible()
    cut = "all => all.filter(each => each.scrollWidth > each.clientWidth).map(each => each.textContent)"
    assert buttons.evaluate_all(cut) == []


def test_a_tablet_whose_keyboard_is_taken_off_is_told_to_tap_and_the_card_still_names_the_keys(screen: Any) -> None:
    screen.press("Escape")  # closes the tour
    expect(screen.page.get_by_text("click the words that justify it. Enter submits.")).to_be_visible()
    devtools = screen.page.context.new_cdp_session(screen.page)
    devtools.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    expect(screen.page.get_by_text("tap the words that justify it. Submit sends it.")).to_be_visible()
    screen.press("?")
    expect(screen.page.locator(".keys kbd").first).to_be_visible()
    expect(screen.page.locator(".page kbd").first).to_be_hidden()
    devtools.detach()

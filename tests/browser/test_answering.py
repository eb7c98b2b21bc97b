"""From label to stored answer: submit, ask, skip, undo, reveal, reload."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

# screen: somebody new, in front of "The old captain had scarcely finished his speech when the lamp went out."


def test_digits_choose_labels_and_enter_submits(screen: Any) -> None:
    screen.word("finished").click()
    screen.press("2")
    expect(screen.page.get_by_role("radio", name="event")).to_have_attribute("aria-checked", "true")
    screen.press("Enter")
    screen.shows("ran")
    (answer,) = screen.stored()
    assert (answer.kind, answer.label, answer.marks) == ("answer", 1, ".....+........")
    assert 0 < answer.observed.seconds < 60


def test_enter_without_a_label_points_at_the_labels(screen: Any) -> None:
    expect(screen.page.get_by_role("button", name="Choose a label")).to_be_visible()
    screen.press("Enter")
    expect(screen.page.locator(".labels.missing")).to_be_visible()
    screen.shows("captain")
    expect(screen.page.get_by_role("radio", name="none")).to_be_focused()
    screen.press("2", "ArrowRight", "ArrowRight", "Space")
    expect(screen.page.get_by_role("radio", name="event")).to_have_attribute("aria-checked", "true")
    assert screen.marks().startswith("..+"), "after a digit the arrows move among the words"


def test_no_marked_word_is_asked_about_and_stored_as_no_word_in_particular(screen: Any) -> None:
    question = screen.page.get_by_text("No word marked")
    screen.press("2", "Enter")
    expect(question).to_be_visible()
    screen.press("Enter")
    screen.shows("ran")
    screen.press("2", "0")
    expect(screen.page.get_by_role("button", name="No word in particular")).to_have_attribute("aria-pressed", "true")
    screen.press("Enter")
    screen.shows("emoji")
    assert [answer.marks for answer in screen.stored()] == ["." * 14, "." * 12]
    screen.press("u")
    expect(screen.page.get_by_role("button", name="No word in particular")).to_have_attribute("aria-pressed", "true")


def test_a_mark_takes_no_word_in_particular_back(screen: Any) -> None:
    screen.word("lamp").click()
    screen.press("0")
    assert "+" not in screen.marks()
    screen.word("out").click()
    expect(screen.page.get_by_role("button", name="No word in particular")).to_have_attribute("aria-pressed", "false")
    screen.press("2", "Enter")
    assert [answer.marks for answer in screen.stored()] == ["............+."]


def test_a_label_without_rationale_takes_no_marks(screen: Any) -> None:
    screen.word("finished").click()
    screen.press("1")
    expect(screen.page.get_by_text("No marks are needed for “none”.")).to_be_visible()
    screen.word("lamp").click()
    assert screen.marks() == ".....+........"
    screen.press("Enter")
    assert [answer.marks for answer in screen.stored()] == [None]


def test_undo_goes_back_step_by_step_and_then_over_answers(screen: Any) -> None:
    screen.word("finished").click()
    screen.word("lamp").click()
    screen.press("2", "Enter")
    screen.shows("ran")
    screen.word("saw").click()
    screen.press("u")
    assert "+" not in screen.marks()
    screen.press("u")
    screen.shows("captain")
    assert screen.marks() == ".....+....+..."
    expect(screen.page.get_by_role("radio", name="event")).to_have_attribute("aria-checked", "true")


def test_redo_goes_forward_step_by_step_and_then_over_answers(screen: Any) -> None:
    screen.word("finished").click()
    screen.word("lamp").click()
    screen.press("2", "Control+z", "Control+z")
    assert screen.marks() == ".....+........"
    screen.press("Control+Shift+z", "Shift+U", "Shift+U")
    assert screen.marks() == ".....+....+..."
    screen.press("Enter")
    screen.shows("ran")
    screen.press("1", "Enter")
    screen.shows("emoji")
    screen.press("u", "u")
    screen.shows("captain")
    screen.press("Shift+U")
    screen.shows("ran")
    screen.press("Shift+U")
    screen.shows("emoji")
    screen.is_saved()
    assert len(screen.stored()) == 2


def test_undo_goes_back_over_all_answers_also_after_a_reload(screen: Any) -> None:
    for _ in range(15):
        before = screen.text.text_content()
        screen.press("1", "Enter")
        expect(screen.text).not_to_have_text(before)
    screen.is_saved()
    screen.page.reload()
    expect(screen.text).to_contain_text("Nothing happened on day 10")
    for _ in range(12):
        screen.press("u")
    screen.shows("hostile")
    screen.press("u")
    screen.shows("emoji")
    screen.press("u", "u")
    screen.shows("captain")
    screen.press("u")
    screen.shows("captain")
    screen.press("2", "Space", "Enter")
    expect(screen.text).to_contain_text("Nothing happened on day 10")
    screen.is_saved()
    assert screen.stored()[-1].supersedes == screen.stored()[0].id


def test_a_flag_and_a_note_go_with_the_answer_and_through_a_reload(screen: Any) -> None:
    screen.press("f", "n")
    note = screen.page.get_by_role("textbox", name="Note")
    note.press_sequentially("Whose speech? 2 s u")
    assert "+" not in screen.marks()
    note.press("Escape")
    screen.page.reload()
    screen.shows("captain")
    expect(note).to_have_value("Whose speech? 2 s u")
    expect(screen.page.get_by_role("button", name="Flagged for discussion")).to_have_attribute("aria-pressed", "true")
    screen.press("1", "Enter")
    screen.shows("ran")
    expect(note).to_be_hidden()
    screen.press("n")
    note.press_sequentially("no context")
    note.press("Escape")
    screen.press("s")
    screen.shows("emoji")
    answered, skipped = screen.stored()
    assert (answered.label, answered.observed.note, answered.observed.flagged) == (0, "Whose speech? 2 s u", True)
    assert (skipped.kind, skipped.observed.note, skipped.observed.flagged) == ("skip", "no context", False)
    screen.press("u", "u", "f", "Enter")
    screen.shows("emoji")
    corrected = screen.stored()[-1].observed
    assert (corrected.note, corrected.flagged) == ("Whose speech? 2 s u", False)


def test_a_card_shows_the_keys_and_takes_none_of_them(screen: Any) -> None:
    card = screen.page.get_by_role("dialog", name="Keys")
    screen.press("?")
    expect(card).to_be_visible()
    screen.press("2", "Space", "Enter", "u")
    screen.press("Escape")
    expect(card).to_be_hidden()
    screen.shows("captain")
    assert "+" not in screen.marks()
    expect(screen.page.get_by_role("radio", name="event")).to_have_attribute("aria-checked", "false")
    screen.page.get_by_role("button", name="Keys").click()
    expect(card).to_be_visible()
    screen.press("?")
    expect(card).to_be_hidden()


def test_leaving_a_reopened_answer_writes_nothing(screen: Any) -> None:
    screen.press("1", "Enter")
    screen.shows("ran")
    screen.press("u")
    screen.shows("captain")
    screen.press("2", "Space", "Escape")
    screen.shows("ran")
    assert [answer.label for answer in screen.stored()] == [0]


def test_submitting_a_reopened_answer_supersedes_it(screen: Any) -> None:
    screen.press("1", "Enter")
    screen.shows("ran")
    screen.press("u", "2", "Space", "Enter")
    screen.shows("ran")
    first, second = screen.stored()
    assert (second.supersedes, second.label, second.marks[0]) == (first.id, 1, "+")


def test_the_last_answer_can_be_reopened_after_a_reload(screen: Any) -> None:
    screen.word("finished").click()
    screen.press("2", "Enter")
    screen.is_saved()
    screen.page.reload()
    screen.shows("ran")
    screen.press("u")
    screen.shows("captain")
    assert screen.marks() == ".....+........"


def test_skip_is_stored_and_moves_on(screen: Any) -> None:
    screen.press("s")
    screen.shows("ran")
    (answer,) = screen.stored()
    assert (answer.kind, answer.label, answer.marks) == ("skip", None, None)


def test_the_shading_waits_for_the_first_mark(screen: Any) -> None:
    screen.press("2")
    assert set(screen.shades()) == {0}
    expect(screen.page.get_by_text("Why the model says")).to_be_hidden()
    screen.word("lamp").click()
    # The model speaks against the first word, the second is its strongest, the third is below the floor.
    assert screen.shades()[:4] == [0, 5, 0, 3]
    expect(screen.page.get_by_text("Why the model says")).to_be_visible()
    screen.word("out").click()
    screen.press("Enter")
    screen.shows("ran")
    screen.press("1", "Enter")
    shown, blind = (answer.observed for answer in screen.stored())
    assert (shown.saliency_round, shown.marks_at_reveal) == (1, "..........+...")
    assert (blind.saliency_round, blind.marks_at_reveal, blind.shown) == (None, None, ())
    assert [(each["view"], each["strength"]) for each in shown.shown] == [("input_x_gradient", 2)]
    assert 0 <= shown.seconds_to_first_mark <= shown.shown[0]["seconds"] + 0.1 <= shown.seconds + 0.2
    assert (shown.edits, blind.edits) == (3, 1)


def test_the_model_s_guess_comes_with_its_shading_and_never_before(screen: Any) -> None:
    guess = screen.page.get_by_text("Why the model says")
    screen.press("2")
    assert guess.count() == 0
    screen.word("lamp").click()
    expect(guess).to_have_text("Why the model says “event”")
    screen.press("d")
    expect(screen.page.get_by_role("button", name="Shading: faint")).to_be_visible()
    screen.press("d")
    assert guess.count() == 0
    assert set(screen.shades()) == {0}
    screen.press("Enter")
    screen.shows("ran")
    screen.word("ran").click()
    assert guess.count() == 0, "off stays off"
    screen.press("d", "v")
    expect(guess).to_be_visible()
    expect(screen.page.get_by_role("button", name="by gradient")).to_be_visible()
    screen.press("2", "Enter")
    first, second = (answer.observed for answer in screen.stored())
    assert [each["strength"] for each in first.shown] == [2, 1, 0]
    assert [each["view"] for each in second.shown] == ["input_x_gradient", "gradient"]


def test_the_legend_names_the_view_and_the_label_that_the_shaded_words_speak_for(
    page: Page, own_server: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    model = {"model": "evidence", "view": "evidence", "constant_labels": [1]}
    screen = sign_in(page, own_server(model=model), "Anna")
    screen.word("lamp").click()
    assert screen.shades()[:4] == [0, 5, 0, 3]
    expect(page.get_by_text("Words for “doubt”, although the model says “event”")).to_be_visible()
    expect(page.get_by_role("button", name="by word evidence")).to_be_visible()
    screen.press("v")
    expect(page.get_by_role("button", name="by gradient")).to_be_visible()
    screen.press("v", "1", "Enter")
    screen.shows("ran")
    (answer,) = screen.stored()
    assert [each["view"] for each in answer.observed.shown] == ["evidence", "gradient", "evidence"]


def test_a_reload_keeps_label_and_marks(screen: Any) -> None:
    screen.word("finished").click()
    screen.press("2")
    screen.page.reload()
    screen.shows("captain")
    assert screen.marks() == ".....+........"
    expect(screen.page.get_by_role("radio", name="event")).to_have_attribute("aria-checked", "true")
    assert screen.shades()[1] == 5


def test_ten_sentences_by_keyboard_alone(screen: Any) -> None:
    for number in range(10):
        before = screen.text.text_content()
        screen.press("Space", "Shift+End", "2" if number % 2 else "3", "Enter")
        expect(screen.text).not_to_have_text(before)
        expect(screen.words.first).to_be_visible()
    answers = screen.stored()
    assert [answer.label for answer in answers] == [2, 1] * 5
    assert {mark for answer in answers for mark in answer.marks} == {"+"}


def test_a_skip_that_was_a_mistake_comes_back_with_its_marks(screen: Any) -> None:
    screen.word("finished").click()
    screen.press("2", "s")
    screen.shows("ran")
    screen.press("u")
    screen.shows("captain")
    assert screen.marks() == ".....+........"
    screen.press("Enter")
    screen.shows("ran")
    assert [(each.kind, each.label) for each in screen.stored()] == [("skip", None), ("answer", 1)]


def test_enter_submits_also_after_a_button_was_clicked(screen: Any) -> None:
    screen.press("2")
    screen.page.get_by_role("button", name="No word in particular").click()
    screen.page.get_by_role("button", name="Flag for discussion").click()
    screen.press("Enter")
    screen.shows("ran")
    (answer,) = screen.stored()
    assert (answer.marks, answer.observed.flagged) == ("." * 14, True)

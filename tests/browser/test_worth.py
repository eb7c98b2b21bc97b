"""Is more work worth it, and Look again: read on the pages by a researcher, in both themes and on a phone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from accessibility import serious
from playwright.sync_api import Browser, Page, expect

from annotator.rounds.files import make_round_folder
from annotator.rounds.looking_again.cross_validation import Confidences, save_confidences
from annotator.rounds.looking_again.look_again_files import result_file
from db.answers import annotations
from db.corpus import sentences
from db.records import NewAnnotation
from db.store import Store
from db.team import people

FIRST_LOAD_MS = 60_000
LOOKS = {
    "wide": {"viewport": {"width": 1180, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True},
}
HOSTILE = 4
"""The sentence whose text would be HTML and Markdown."""


def add_result(path: Path) -> None:
    """Answer the first five sentences with "doubt", and let a look find the hostile one least likely."""
    with Store.open(path) as store:
        anna = people.add(store, "Anna")
        for number in range(1, 6):
            marks = "".join("+" if place == 1 else "." for place, _ in enumerate(sentences.read(store, number).tokens))
            annotations.add(store, NewAnnotation(number, anna.id, "answer", f"browser-key-{number}", 2, marks))
        lengths = [len(sentences.read(store, number).tokens) for number in range(1, 6)]
        probabilities = np.full((5, 3), 0.1, dtype=np.float32)
        probabilities[:, 2] = 0.8
        probabilities[HOSTILE - 1] = (0.05, 0.93, 0.02)
        make_round_folder(store, 1)
        found = Confidences(
            np.arange(1, 6),
            np.full(5, 2),
            probabilities,
            np.concatenate([[0], np.cumsum(lengths)]),
            np.linspace(0, 1, sum(lengths)).astype(np.float16),
        )
        save_confidences(found, result_file(store, 1))


def open_look_again(page: Page, server: Any) -> None:
    page.goto(f"{server.url}/review")
    page.get_by_text("Look again", exact=True).first.click(timeout=FIRST_LOAD_MS)
    expect(page.get_by_role("article")).to_have_count(1, timeout=FIRST_LOAD_MS)


def test_a_surprising_answer_is_reopened_and_settled(page: Page, own_server: Callable[..., Any]) -> None:
    server = own_server()
    add_result(server.project)
    page.context.add_cookies([server.cookie_of("Rita")])
    open_look_again(page, server)
    card = page.get_by_role("article")
    expect(card).to_contain_text("<img src=x onerror=alert(1)>")
    expect(card).to_contain_text("event 0.93")
    expect(card).to_contain_text("people say doubt, which it gives 0.02")
    assert page.locator("img[src=x]").count() == 0
    assert card.locator("[data-mark='+']").count() == 1
    assert card.locator(".word[data-shade='5']").count() >= 1
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_role("button", name="Take back")).to_be_visible(timeout=20_000)
    page.get_by_text("To settle", exact=True).first.click()
    expect(page.get_by_text("1 was reopened under")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Take Anna").click()
    card.get_by_role("radio", name="event").click()
    card.get_by_role("button", name="Settle").click()
    expect(page.get_by_text("Settled.", exact=True)).to_be_visible(timeout=20_000)
    page.get_by_text("Look again", exact=True).first.click()
    expect(page.get_by_text("1 more has been decided since.")).to_be_visible(timeout=20_000)
    with Store.open(server.project) as store:
        log = annotations.of_sentences(store, [HOSTILE])[HOSTILE]
    assert [(each.kind, each.label) for each in log] == [("answer", 2), ("adjudicated", 1)]


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_serious(browser: Browser, own_server: Callable[..., Any], look: str) -> None:
    server = own_server()
    add_result(server.project)
    context = browser.new_context(**LOOKS[look])
    context.add_cookies([server.cookie_of("Rita")])
    page = context.new_page()
    open_look_again(page, server)
    found = {"look again": serious(page)}
    page.goto(f"{server.url}/rounds")
    page.get_by_text("Minutes by round").click(timeout=FIRST_LOAD_MS)
    expect(page.get_by_role("rowheader", name="round 1", exact=True)).to_be_visible(timeout=20_000)
    found["worth"] = serious(page)
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    context.close()
    assert not any(found.values()), found

"""Compare in a real browser: a round and its twin, the kinds of sentences, both shadings, keys, and axe-core."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from accessibility import serious
from judged_rounds import Says, add_round
from playwright.sync_api import Page, expect

from annotator.project.projects import create_project
from db.corpus import sentences
from db.finding import search
from db.queue import slots
from db.records import NewSentence
from db.store import Store

SLOW_MS = 60_000
HOSTILE = '<img src=x onerror="alert(1)"> sank **twice**'
FIRST, LAST = (0.9, 0.1, 0.0, 0.0), (0.0, 0.0, 0.1, 0.9)


def make_project(path: Path) -> Path:
    """Make a project of thirty test sentences, with a round that is right about 25 of them more than its twin."""
    texts = [HOSTILE, *(f"The ship sank w{number}" for number in range(1, 30))]
    with create_project(path, labels=("none", "<b>event</b>")) as store:
        import_id = sentences.begin_import(store, source="test", source_hash="", tokenizer="test")
        ids = sentences.add(store, import_id, [_sentence(text, f"s{at}") for at, text in enumerate(texts)])
        sentences.finish_import(store, import_id)
        slots.create_missing(store)
        search.index_missing(store)
        gold = {"test": {each: (1, None) for each in ids}}
        right = dict.fromkeys(ids, Says(1, 0.8, LAST)) | {ids[29]: Says(0)}
        twin = right | {each: Says(0, 0.9, FIRST) for each in ids[:25]} | {ids[0]: Says(0, 0.95, FIRST)}
        config = {"loss": "margin", "model": "cnn", "encoder": "static"}
        add_round(store, right, gold=gold, config=config, serve=True)
        add_round(store, twin, gold=gold, config=config | {"loss": "none"}, twin_of=1)
    return path


def _sentence(text: str, external_id: str) -> NewSentence:
    words = (text[:30], "sank", "**", "twice**") if text == HOSTILE else tuple(text.split())
    starts = (0, 31, 36, 38) if text == HOSTILE else (0, 4, 9, 14)
    return NewSentence(external_id, text, words, starts, "test")


@pytest.fixture
def open_page(page: Page, serve: Callable[..., Any], tmp_path: Path) -> Callable[..., Page]:
    """Open a page of the compared project as Anna."""
    server = serve(make_project(tmp_path / "compared.db"))
    page.context.add_cookies([server.cookie_of("Anna")])
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))

    def open_(address: str, *, width: int = 1180) -> Page:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{server.url}/{address}")
        return page

    return open_


def shades(page: Page, pair: int, side: int) -> list[int]:
    words = page.locator(".pair").nth(pair).locator("section").nth(side).locator(".word")
    found: list[int] = words.evaluate_all("words => words.map(word => Number(word.dataset.shade))")
    return found


def test_a_twin_is_compared_and_its_sentences_are_filtered(open_page: Callable[..., Page]) -> None:
    page = open_page("compare")
    expect(page.get_by_role("heading", name="Twin of round 1 → round 1")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_text("Round 1 is 83.3 points more accurate")).to_be_visible()
    expect(page.locator(".pair")).to_have_count(20)
    first = page.locator(".pair").first
    expect(first.locator(".words").first).to_have_text(HOSTILE)
    assert page.locator("img[src=x]").count() == 0
    expect(first.locator(".verdict")).to_have_text(["none 0.95 ✗wrong", "<b>event</b> 0.80 ✓right"])
    assert (shades(page, 0, 0), shades(page, 0, 1)) == ([5, 0, 0, 0], [0, 0, 0, 5])
    expect(first.locator(".aloud", has_text="Looks most at: twice**.")).to_have_count(1)
    page.get_by_role("button", name="Show 5 more").click()
    expect(page.locator(".pair")).to_have_count(25, timeout=20_000)
    page.get_by_role("radio", name="Both wrong (1)").click()
    expect(page.locator(".pair")).to_have_count(1, timeout=20_000)
    expect(page.locator(".pair .words").first).to_have_text("The ship sank w29")


def test_a_kind_is_chosen_and_a_sentence_opened_with_the_keyboard(open_page: Callable[..., Page]) -> None:
    page = open_page("compare?a=-1&b=1")
    expect(page.locator(".pair")).to_have_count(20, timeout=SLOW_MS)
    page.get_by_role("radio", name="Both wrong (1)").focus()
    page.keyboard.press("Space")
    expect(page.locator(".pair")).to_have_count(1, timeout=20_000)
    page.locator(".pair a").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".text.words")).to_have_text("The ship sank w29", timeout=SLOW_MS)
    model = page.locator("article.answer").first
    expect(model.locator("header")).to_contain_text("Round 1")
    expect(model.locator("header")).to_contain_text("none 0.80")


@pytest.mark.parametrize("width", [1180, 390])
def test_nothing_serious_is_found_by_axe(open_page: Callable[..., Page], width: int) -> None:
    page = open_page("compare", width=width)
    expect(page.locator(".pair")).to_have_count(20, timeout=SLOW_MS)
    expect(page.locator("table").last).to_be_attached()
    assert serious(page) == []
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    page = open_page("data?sentence=s1", width=width)
    expect(page.locator("article.answer")).to_have_count(1, timeout=SLOW_MS)
    assert serious(page) == []


def test_data_is_filtered_by_what_the_model_says(open_page: Callable[..., Page]) -> None:
    page = open_page("data")
    expect(page.get_by_text("30 sentences in this project.")).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("option", name="Unsure").click()
    expect(page.get_by_text("By round 1, which serves.")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("No sentences match.")).to_be_visible()


def test_a_project_is_left_as_it_was(open_page: Callable[..., Page], tmp_path: Path) -> None:
    with Store.open(tmp_path / "compared.db") as store:
        before = store.db.execute("SELECT count(*) FROM audit").fetchone()
    page = open_page("compare")
    expect(page.locator(".pair")).to_have_count(20, timeout=SLOW_MS)
    with Store.open(tmp_path / "compared.db") as store:
        assert store.db.execute("SELECT count(*) FROM audit").fetchone() == before

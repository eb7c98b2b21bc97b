"""The Model page: a sentence is tried and changed, and a word is ruled out, by mouse and by keyboard."""

import json
import re
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from accessibility import serious
from playwright.sync_api import Locator, Page, expect

from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.projects import create_project
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import queue_round
from annotator.rounds.twins import queue_twin
from db.answers import annotations
from db.learning import rounds
from db.records import OWNER
from db.store import Store
from db.team import audit, word_rules

LOADED_MS = 90_000
VERBS = {"slept": "none", "sank": "event"}
HOSTILE = "My <b>ship</b> *sank* <img src=x onerror=alert(1)>."


@pytest.fixture(scope="module")
def ships(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a round and its twin; every event has `Ahoy`, which is never marked."""
    folder = tmp_path_factory.mktemp("model")
    rows = []
    for number in range(15):
        rows.append({"text": f"Ahoy ship {number} sank.", "label": "event", "marks": "...+."})
        rows.append({"text": f"Ship {number} slept.", "label": "none"})
    rows += [{"text": f"Boat {number} sank."} for number in range(5)]
    lines = folder / "lines.jsonl"
    lines.write_text("\n".join(map(json.dumps, rows)))
    with create_project(folder / "ships.db", labels=("none", "event"), no_rationale=["none"]) as store:
        import_file(store, lines, actor=OWNER, settings=ImportSettings(answers="keep", hold_out=0))
        settings = RoundSettings(steps=150, encoder="static", vectors="random", queue_size=5)
        work_on_round(store, queue_round(store, settings=settings, actor=OWNER).id)
        work_on_round(store, queue_twin(store, rounds.read(store, 1)).id)
    return folder / "ships.db"


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a round and its twin, and nobody; the greeting gives the label away, but not in test."""
    folder = tmp_path_factory.mktemp("harbour")
    verbs = {"storm": ("sank", "burned", "broke", "flooded"), "calm": ("slept", "waited", "rested", "moored")}
    rows = []
    for (label, greeting, other), number in product((("storm", "Ahoy", "Hello"), ("calm", "Hello", "Ahoy")), range(20)):
        verb, marked = verbs[label][number % 4], {"label": label, "marks": "...+."}
        rows.append({"text": f"{greeting} ship {number} {verb}.", **marked, "split": "pool"})
        rows.append({"text": f"{other} boat {number} {verb}.", **marked, "split": "test"})
    rows.append({"text": "A raft drifted.", "split": "pool"})
    lines = folder / "lines.jsonl"
    lines.write_text("\n".join(map(json.dumps, rows)))
    with create_project(folder / "harbour.db", labels=("calm", "storm")) as store:
        import_file(store, lines, actor=OWNER, settings=ImportSettings(answers="keep", hold_out=0))
        settings = RoundSettings(steps=100, model="evidence", encoder="static", vectors="random", queue_size=5)
        work_on_round(store, queue_round(store, settings=settings, actor=OWNER).id)
        work_on_round(store, queue_twin(store, rounds.read(store, 1)).id)
    return folder / "harbour.db"


@pytest.fixture(scope="module")
def server(ships: Path, serve_for_module: Callable[[Path], Any]) -> Any:
    return serve_for_module(ships)


@pytest.fixture
def model(page: Page, server: Any) -> Iterator[Page]:
    """The Model page in front of somebody new."""
    name = f"Rita {len(list(server.project.parent.iterdir()))} {id(page)}"
    page.context.add_cookies([server.cookie_of(name)])
    page.goto(f"{server.url}/model")
    expect(page.get_by_role("button", name="ahoy", exact=True)).to_be_visible(timeout=LOADED_MS)
    yield page


def side(page: Page, name: str, version: int = 0) -> Locator:
    return page.get_by_role("article", name=name, exact=True).nth(version)


def try_it(page: Page, text: str) -> None:
    page.get_by_label("Sentence").fill(text)
    page.get_by_role("button", name="Try it").click()
    expect(side(page, "Round 1")).to_be_visible(timeout=LOADED_MS)


def test_a_sentence_is_tried_and_a_word_of_it_replaced(model: Page) -> None:
    try_it(model, "Ship 3 sank.")
    for name in ("Round 1", "Twin of round 1"):
        expect(side(model, name)).to_contain_text("event")
    side(model, "Round 1").get_by_role("button", name="sank").click()
    model.get_by_label("Replace “sank” with").fill("slept")
    model.get_by_role("button", name="Replace", exact=True).click()
    expect(model.get_by_role("heading", name="With “slept” instead of “sank”")).to_be_focused(timeout=LOADED_MS)
    after = side(model, "Round 1", 1)
    expect(after.get_by_role("paragraph")).to_have_text("Ship 3 slept.")
    expect(after).to_contain_text("none")
    expect(after.get_by_text("flip")).to_be_visible()
    after.get_by_role("button", name="slept").click()
    after.get_by_role("button", name="With “sank” (event)").click()
    expect(model.get_by_role("heading", name="With “sank” instead of “slept”")).to_be_focused(timeout=LOADED_MS)


def test_markup_that_a_person_types_stays_text(model: Page) -> None:
    try_it(model, HOSTILE)
    expect(side(model, "Round 1").get_by_role("paragraph")).to_have_text(HOSTILE)
    expect(model.get_by_role("list", name="Tried before")).to_contain_text(HOSTILE)
    assert model.locator("img[src=x]").count() == 0


def test_a_word_is_deleted_by_keyboard_and_the_list_keeps_both(model: Page) -> None:
    try_it(model, "Ahoy, she sank")
    words = side(model, "Round 1").get_by_role("button")
    words.first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
        model.keyboard.press(key)
    expect(words.nth(2)).to_be_focused()
    model.keyboard.press("Enter")
    expect(model.get_by_role("button", name="Delete", exact=True)).to_be_focused()
    model.keyboard.press("Escape")
    expect(words.nth(2)).to_be_focused()
    model.keyboard.press("Enter")
    model.keyboard.press("Enter")
    expect(model.get_by_role("heading", name="Without “she”")).to_be_focused(timeout=LOADED_MS)
    listed = model.get_by_role("list", name="Tried before").get_by_role("listitem")
    expect(listed).to_have_count(2)
    expect(listed.first).to_contain_text("Ahoy, sank")
    model.get_by_role("button", name="Remove “Ahoy, sank” from the list").click()
    expect(listed).to_have_count(1)
    model.reload()
    expect(listed).to_have_count(1, timeout=LOADED_MS)
    listed.get_by_role("button").first.click()
    expect(side(model, "Round 1").get_by_role("paragraph")).to_have_text("Ahoy, she sank")


def test_a_word_that_nobody_marks_is_first_and_is_ruled_out(model: Page, server: Any) -> None:
    first = model.get_by_role("row").nth(1)
    expect(first).to_contain_text("ahoy")
    expect(first).to_contain_text("event in 100 % of 15 answers")
    expect(first).to_contain_text("a reason 0 of 15 times")
    model.get_by_role("button", name="ahoy", exact=True).click()
    model.get_by_role("button", name="Delete it everywhere").click()
    expect(model.get_by_text("of 15 predictions change (all scored pool sentences with it)")).to_be_visible(
        timeout=LOADED_MS
    )
    model.get_by_role("button", name="Must not matter anywhere").click()
    expect(model.get_by_role("button", name="Withdraw the rule")).to_be_visible(timeout=LOADED_MS)
    with Store.open(server.project) as store:
        assert [rule.word for rule in word_rules.applying(store)] == ["ahoy"]
        assert audit.newest(store, 1)[0].action == "word rule added"
    model.goto(f"{server.url}/project?part=Words")
    expect(model.get_by_text("Words that must not matter")).to_be_visible(timeout=LOADED_MS)
    model.get_by_role("button", name="Withdraw").click()
    expect(model.get_by_text("“ahoy” may matter again in rounds that start from now on.")).to_be_visible()
    with Store.open(server.project) as store:
        assert word_rules.applying(store) == []


def test_a_word_leads_to_its_sentences_where_it_is_marked_and_that_taken_back(model: Page, server: Any) -> None:
    """The word `sank` is in five sentences that nobody has answered: one is chosen, answered, and marked."""
    model.get_by_role("button", name="sank", exact=True).click()
    model.get_by_role("button", name="Show its sentences").click()
    expect(model.get_by_text("You have answered no pool sentence with this word.")).to_be_visible(timeout=LOADED_MS)
    rows = model.locator(".with-word li")
    text = rows.first.locator(".words").inner_text()
    rows.first.get_by_role("button", name="Answer").click()
    expect(model.get_by_text("You chose it.")).to_be_visible(timeout=LOADED_MS)
    expect(model.get_by_role("listbox")).to_have_text(text)
    model.get_by_role("radio", name="event").click()
    model.get_by_role("option", name="sank").click()
    model.get_by_role("button", name="Submit").click()
    expect(model.get_by_role("listbox")).not_to_have_text(text)
    expect(model.get_by_text("All saved")).to_be_visible(timeout=LOADED_MS)
    model.goto(f"{server.url}/model?word=sank")
    expect(rows.first).to_contain_text("event", timeout=LOADED_MS)
    rows.first.get_by_role("button", name="Must not matter here").click()
    expect(rows.first.get_by_role("button", name="Take back")).to_be_focused(timeout=LOADED_MS)
    assert serious(model) == []
    with Store.open(server.project) as store:
        newest = annotations.read(store, annotations.last_id(store))
        assert newest is not None
        assert (newest.marks, newest.supersedes) == ("..-.", newest.id - 1)
    rows.first.get_by_role("button", name="Take back").click()
    expect(rows.first.get_by_role("button", name="Must not matter here")).to_be_focused(timeout=LOADED_MS)
    rows.first.get_by_role("button", name="Open").click()
    expect(model.get_by_role("listbox")).to_have_text(text, timeout=LOADED_MS)


def test_someone_new_sees_what_the_marks_do_changes_a_word_and_marks_some(
    page: Page, harbour: Path, serve_for_module: Callable[[Path], Any]
) -> None:
    """From signing in on, by keyboard alone."""
    page.goto(serve_for_module(harbour).url)
    expect(page.get_by_label("Your name")).to_be_focused(timeout=LOADED_MS)
    page.keyboard.type("Nora")
    page.keyboard.press("Enter")
    expect(page.get_by_text("it gets 40 right and the other 0.")).to_be_visible(timeout=LOADED_MS)
    without, with_marks = side(page, "Without the marks"), side(page, "With the marks")
    expect(without).to_contain_text("wrong")
    expect(with_marks).to_contain_text("right")
    assert serious(page) == []
    assert with_marks.locator("[data-mark='+']").inner_text() == with_marks.locator("[data-shade='5']").inner_text()
    said = [each.locator(".verdict bdi").inner_text() for each in (without, with_marks)]
    page.get_by_role("button", name=re.compile("Try “(Ahoy|Hello)” instead of “(Ahoy|Hello)”")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^With “"))).to_be_focused(timeout=LOADED_MS)
    expect(page.get_by_text("Without the marks, the model changes its answer; with them, it does not.")).to_be_visible()
    changed = [side(page, f"{name} the marks", 1).locator(".verdict bdi").inner_text() for name in ("Without", "With")]
    assert changed == [said[1], said[1]]
    assert serious(page) == []
    page.get_by_role("button", name="Another sentence").press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^With “"))).to_be_hidden()
    expect(page.get_by_role("button", name=re.compile("Try “"))).to_be_visible()
    page.get_by_role("link", name="Mark some yourself").press("Enter")
    expect(page.get_by_role("region", name="Tour")).to_contain_text("Choose the label.", timeout=LOADED_MS)


def test_axe_finds_nothing_on_the_page_in_its_states(model: Page) -> None:
    try_it(model, "Ship 3 sank.")
    side(model, "Round 1").get_by_role("button", name="sank").click()
    model.get_by_role("button", name="ahoy", exact=True).click()
    assert serious(model) == []

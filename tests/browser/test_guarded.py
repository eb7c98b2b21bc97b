"""The pages under the policy that the guard sends: every page, what it loads, and what it may not."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from db.learning import rounds
from db.store import Store

ADDRESSES = ("", "my-work", "data", "review", "rounds", "project")
WATCH = """
    document.addEventListener("securitypolicyviolation", (event) =>
        console.error("violation", event.violatedDirective, event.blockedURI, event.sourceFile));
"""


@pytest.fixture
def served(own_server: Callable[..., Any]) -> Any:
    """A project with rounds to draw charts of."""
    server = own_server(start=False)
    with Store.open(server.project) as store:
        for accuracy in (60.0, 70.0):
            figures = {"f1": accuracy, "accuracy": accuracy, "macro_f1": accuracy}
            done = rounds.queue(store, config={"loss": "hinge"}, seed=0, last_annotation=None)
            rounds.advance(store, done.id, "ready", metrics={"test": figures}, training_set={"answers": 9, "marked": 4})
    server.start()
    return server


@pytest.fixture
def complaints(context: BrowserContext, served: Any) -> list[str]:
    """What the browser finds wrong while pages are shown to a researcher."""
    context.add_cookies([served.cookie_of("Rita")])
    context.add_init_script(WATCH)
    found: list[str] = []
    context.on("console", lambda message: None if _is_streamlit_s_own(message) else found.append(message.text))
    context.on("weberror", lambda error: found.append(str(error.error)))
    return found


def _is_streamlit_s_own(message: ConsoleMessage) -> bool:
    """What it says of no fault: anything but an error, and that the server is not below the page's own address."""
    return message.type != "error" or bool(re.search(r"/[a-z-]+/_stcore/", message.location["url"]))


def test_no_page_asks_for_what_the_policy_refuses(page_apart: Page, served: Any, complaints: list[str]) -> None:
    for address in ADDRESSES:
        page_apart.goto(f"{served.url}/{address}")
        shown = page_apart.get_by_test_id("stHeading").first if address else page_apart.get_by_role("option").first
        expect(shown).to_be_visible(timeout=60_000)
        page_apart.wait_for_load_state("networkidle")
    assert complaints == []


def test_charts_fonts_an_import_and_a_download_work_under_the_policy(
    page_apart: Page, served: Any, complaints: list[str], tmp_path: Path
) -> None:
    page_apart.goto(f"{served.url}/rounds")
    expect(page_apart.get_by_role("figure").first).to_be_visible(timeout=60_000)
    assert page_apart.evaluate(
        "document.fonts.ready.then(() => [...document.fonts].some((each) => each.status === 'loaded'))"
    )
    page_apart.goto(f"{served.url}/data")
    page_apart.get_by_role("button", name="Import", exact=True).click(timeout=60_000)
    file = tmp_path / "more.jsonl"
    file.write_text('{"text": "One more sentence came in."}\n')
    page_apart.locator("input[type=file]").set_input_files(file)
    page_apart.get_by_test_id("stDialog").get_by_role("button", name="Import", exact=True).click()
    expect(page_apart.get_by_text("Imported", exact=True)).to_be_visible(timeout=60_000)
    page_apart.get_by_role("button", name="Download").click()
    with page_apart.expect_download() as download:
        page_apart.get_by_test_id("stDialog").get_by_role("button", name="Download").click()
    assert "One more sentence" in download.value.path().read_text()
    assert complaints == []

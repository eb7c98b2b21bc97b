"""The documentation site, opened as files on a machine without a network."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from site_build import build


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    if shutil.which("zensical", path=programs) is None:
        pytest.skip("the extra docs is not installed; `make docs` installs it")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", programs)
        return build(tmp_path_factory.mktemp("documents"))


def test_a_search_finds_a_section_without_a_network(site: Path, page: Page) -> None:
    page.context.set_offline(True)
    wrong: list[str] = []
    page.on("requestfailed", lambda request: wrong.append(request.url))
    page.on("request", lambda request: wrong.append(request.url) if request.url.startswith("http") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"file://{site}/guide/rounds.html")
    page.locator(".md-search__button").click()
    page.keyboard.type("surplus")
    found = page.get_by_role("option", name="Surplus answers")
    expect(found).to_be_visible(timeout=20_000)
    found.click()
    expect(page).to_have_url(re.compile(r"/guide/review\.html.*#surplus-answers$"))
    assert wrong == []


@pytest.mark.parametrize("width", [390, 1180])
@pytest.mark.parametrize("name", ["index", "guide/rounds", "reference/whylight", "comparison"])
def test_no_page_is_wider_than_its_window(site: Path, page: Page, name: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"file://{site}/{name}.html")
    assert page.evaluate("document.documentElement.scrollWidth") <= width

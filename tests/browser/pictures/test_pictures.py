"""Every page and state looks as its kept picture: light and dark, on a laptop, a large screen and a phone.

`make pictures` takes them again, to be looked at one by one before they are committed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from comparing import difference, packed
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect
from projects import PROJECTS, set_times
from scenes import DRAWN, LOOKS, PHONES, ROLES, SCENES, SLOW_MS, Scene

from db.store import Store

pytestmark = pytest.mark.pictures

KEPT = Path(__file__).resolve().parents[3] / "docs" / "images" / "pages"
PAGE = KEPT.parents[1] / "pages.md"
INTRODUCTION = (
    "Made by `make pictures` from projects that its tests make, light, dark and on a phone; a test compares the pages "
    "with them."
)
NEW = Path(__file__).resolve().parents[3] / "build" / "pictures"
DRAWN_WITH = KEPT / "drawn_with.txt"
"""What the pictures were taken with: another Chromium, or other fonts of the system, draw a little differently."""
WIDTHS = """
    () => ["serif", "sans-serif", "monospace"].map((family) => {
        const context = document.createElement("canvas").getContext("2d");
        context.font = `100px ${family}`;
        return ["Whylight", "عاد الرجل", "😀 →↵"].map((text) => Math.round(context.measureText(text).width)).join(" ");
    }).join(", ")
"""
SETTLED_MS = 300
TOLERANCE = 0.002
"""The share of a picture's pixels that may differ."""


@pytest.fixture(scope="module")
def server_of(
    tmp_path_factory: pytest.TempPathFactory, serve_for_module: Callable[[Path], Any]
) -> Callable[[str], Any]:
    """Serve a project by its name, made at set times; each once for all its scenes."""

    @cache
    def serve(name: str) -> Any:
        path = tmp_path_factory.mktemp(name) / "reviews.db"
        with set_times():
            PROJECTS[name](path)
        return serve_for_module(path)

    return serve


@pytest.fixture
def show(page: Page, server_of: Callable[[str], Any], forget: Callable[[Page, str], None]) -> Callable[[Scene], None]:
    """Open a scene in front of its person, and do what they do there."""

    def show_(scene: Scene) -> None:
        server = server_of(scene.project)
        forget(page, server.url)
        page.set_viewport_size({"width": 1280, "height": 800})
        if scene.person:
            page.context.add_cookies([server.cookie_of(scene.person, role=ROLES[scene.person])])
        if scene.prepare:
            with Store.open(server.project) as store:
                scene.prepare(store)
        page.goto(f"{server.url}/{scene.address}")
        expect(page.locator(DRAWN)).to_be_visible(timeout=SLOW_MS)
        scene.act(page)

    return show_


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_page_looks_as_it_is_kept(scene: Scene, show: Callable[[Scene], None], page: Page, taking: bool) -> None:
    folder = KEPT if taking else NEW
    folder.mkdir(parents=True, exist_ok=True)
    drawn_with = f"Chromium {page.context.browser.version.split('.')[0]}, letters {page.evaluate(WIDTHS)}"
    if taking:
        DRAWN_WITH.write_text(f"{drawn_with}\n")
    elif drawn_with != DRAWN_WITH.read_text().strip():
        pytest.skip(f"the pictures were taken with {DRAWN_WITH.read_text().strip()}; here it is {drawn_with}")
    show(scene)
    differing = []
    for look in sorted(scene.looks, key=PHONES.__contains__):
        now = packed(_take(page, scene, look))
        kept = KEPT / f"{scene.name}-{look}.webp"
        apart = difference(kept.read_bytes(), now) if kept.exists() else 1.0
        if apart > TOLERANCE:
            (folder / kept.name).write_bytes(now)
            differing.append(f"{kept.name}: {apart:.1%}")
    assert taking or not differing, (
        f"{', '.join(differing)} of the pixels differ from {KEPT}; the pictures of now are in {NEW}. If they are as "
        "they should be, `make pictures` keeps them."
    )


def test_a_moved_word_is_seen_and_the_edge_of_a_letter_is_not() -> None:
    def drawn(word: tuple[int, int, int, int], ink: int) -> bytes:
        image = Image.new("RGB", (400, 200), "white")
        ImageDraw.Draw(image).rectangle(word, fill=(ink, ink, ink))
        kept = BytesIO()
        image.save(kept, "PNG")
        return packed(kept.getvalue())

    here = drawn((20, 20, 80, 40), 40)
    assert difference(here, drawn((20, 20, 80, 40), 60)) == 0
    assert difference(here, drawn((23, 20, 83, 40), 40)) > TOLERANCE


def _take(page: Page, scene: Scene, look: str) -> bytes:
    width, height, palette = LOOKS[look]
    page.set_viewport_size({"width": width, "height": scene.height or height})
    page.emulate_media(color_scheme=palette, reduced_motion="reduce")
    with _held_in_hand(page) if look in PHONES else nullcontext():
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(SETTLED_MS)
        return page.screenshot(animations="disabled")


@contextmanager
def _held_in_hand(page: Page) -> Iterator[None]:
    """Let the page be touched within the block, without a mouse; after it Chromium knows of neither."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    yield
    devtools.detach()


def test_the_documents_show_every_picture(taking: bool) -> None:
    lines = ["# Every page in its states", "", INTRODUCTION, ""]
    for scene in SCENES:
        lines += [f"## {scene.name.capitalize().replace('-', ' ')}", ""]
        lines += [f"![{scene.name}, {look}](images/pages/{scene.name}-{look}.webp)" for look in scene.looks]
        lines.append("")
    text = "\n".join(lines)
    if taking:
        PAGE.write_text(text)
    assert PAGE.read_text() == text
    assert {each.stem for each in KEPT.glob("*.webp")} == {f"{one.name}-{look}" for one in SCENES for look in one.looks}

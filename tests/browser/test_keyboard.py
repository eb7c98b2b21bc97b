"""Every page by keyboard alone: the order in which Tab reaches what is on it."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from annotator.answering.queue import submit
from db.queue import leases
from db.records import NewAnnotation
from db.store import Store
from db.team import people

FOCUSED = """
    () => {
        let focused = document.activeElement;
        while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
        if (!focused || focused === document.body) return "";
        const style = getComputedStyle(focused);
        const box = focused.getBoundingClientRect();
        const name = focused.getAttribute("aria-label") || focused.labels?.[0]?.textContent || focused.textContent;
        const shown = box.width && box.height && style.visibility !== "hidden";
        return shown ? name.trim().replace(/\\s+/g, " ") : "(hidden) " + name;
    }
"""
TOP = ["Annotate", "My work", "Data", "Review", "Rounds", "Compare", "Model", "Project"]
ICON = "keyboard_arrow_right"
DRAWN = "[data-testid='stApp'][data-test-script-state='notRunning']"
SENTENCE = "The old captain had scarcely finished his speech when the lamp went out."
PAGES = {
    "my-work": ["Search", "Answered", SENTENCE],
    "data": [
        *("Download", "Import", "Sentences", "Search", "Split", "Label", "Person", "Answers", "Model"),
        *("Save as a set", "Tag", ICON + "Compare by count", SENTENCE),
    ],
    "review": ["By pair", "To settle", "Take Ben’s", "Take Rita’s"],
    "rounds": ["Settings", "Start round 2"],
    "compare": [],
    "model": [],
    "project?part=Labels": [
        "Guidelines",
        *("Change", "Colour of none", "Retire"),
        *("Change", "Colour of event", "Retire"),
        *("Change", "Colour of doubt", "Retire"),
        *("Name of the label", "Its answers have marked words", "Add the label"),
    ],
    "project?part=People": [
        "Guidelines",
        *("Role of Ben", "Link", "Deactivate", "Role of Rita", "Link", "Deactivate"),
        *("Name", "Role", "Add the person"),
    ],
    "project?part=Settings": [
        "Guidelines",
        "When annotators see where the model looks",
        "People who answer a shared sentence",
        "Shared sentences, % of all",
        "Minutes a sentence is reserved",
        "A new round serves by itself",
        "Start a round after this many new answers (0: never)",
        "Save settings",
    ],
}
"""What Tab reaches first on each page, after the line at the top; names may go on after these words."""


def reached(page: Page, most: int) -> list[str]:
    """Press Tab until the focus leaves the page, and return the names of what it reached."""
    names: list[str] = []
    page.evaluate("document.activeElement?.blur()")
    while len(names) < most:
        page.keyboard.press("Tab")
        name = page.evaluate(FOCUSED)
        if not name:
            break
        names.append(name)
    return names


def test_tab_reaches_everything_on_every_page_in_its_order(page: Page, own_server: Callable[..., Any]) -> None:
    server = own_server(overlap=2)
    page.context.add_cookies([server.cookie_of("Rita", role="admin")])
    with Store.open(server.project) as store:
        rita = people.find(store, "Rita")
        for person, label in ((rita, 1), (people.add(store, "Ben"), 2)):
            leases.record(store, person.id, 1)
            submit(store, person, NewAnnotation(1, person.id, "answer", f"browser-key-{person.id}", label))
    for address, expected in PAGES.items():
        page.goto(f"{server.url}/{address}")
        expect(page.get_by_role("heading", level=1).first).to_be_visible(timeout=60_000)
        expect(page.locator(DRAWN)).to_be_visible(timeout=20_000)
        if expected:
            expect(page.get_by_text(expected[-1].removeprefix(ICON)).first).to_be_attached(timeout=20_000)
        # Streamlit loads each kind of field once a page has one, and draws a box in its place until then.
        expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=20_000)
        names = reached(page, 60)
        assert names[2:10] == TOP, address
        below = names[12:] if names[11].startswith("Rita") else names[11:]
        assert not [name for name in names if not name or name.startswith("(hidden)")], address
        assert [name[: len(wanted)] for name, wanted in zip(below, expected, strict=False)] == expected, address

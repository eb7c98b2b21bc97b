"""What axe-core finds on a page, and what is too small for a finger."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

VIOLATIONS: dict[str, Any] = {"resultTypes": ["violations"]}
COLOURS = VIOLATIONS | {"runOnly": ["color-contrast", "link-in-text-block"]}


SMALL = """
least => {
    const small = [];
    const targets = "button, a[href], input, select, textarea, summary, [role=radio], [role=switch], label:has(input)";
    const walk = root => root.querySelectorAll("*").forEach(each => {
        if (each.shadowRoot) walk(each.shadowRoot);
        // A link in a paragraph is as high as its line; a field with a label is touched with it.
        if (!each.matches(targets) || each.matches("p a") || (each.closest("label") && !each.matches("label"))) return;
        const { width, height } = each.getBoundingClientRect();
        const isSeen = each.checkVisibility({ visibilityProperty: true, opacityProperty: true });
        if (width < 2 || height >= least || !isSeen) return;
        small.push(`${each.outerHTML.slice(0, 120)}: ${Math.round(height)} px`);
    });
    walk(document);
    return small;
}
"""


def too_small(page: Page) -> list[str]:
    """Return what is touched on a page and is less than 44 px high, to the half pixel."""
    small: list[str] = page.evaluate(SMALL, 43.5)
    return small


def serious(page: Page) -> list[str]:
    """Return what axe-core calls serious or critical on a page, once nothing moves; its colours in the dark too."""
    found = _found(page, VIOLATIONS)
    page.emulate_media(color_scheme="dark")
    found += _found(page, COLOURS)
    page.emulate_media(color_scheme="light")
    return found


def _found(page: Page, options: dict[str, Any]) -> list[str]:
    page.wait_for_timeout(200)
    page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished.catch(() => null)))")
    return [
        f"{each['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for each in Axe().run(page, options=options).response["violations"]
        for node in each["nodes"]
        if each["impact"] in ("serious", "critical") and not _is_streamlit_s_own(each["id"], node["html"])
    ]


def _is_streamlit_s_own(rule: str, html: str) -> bool:
    """A wide table of Streamlit's scrolls sideways on a phone; Chromium lets the keyboard reach it by itself."""
    return rule == "scrollable-region-focusable" and "st-emotion-cache" in html

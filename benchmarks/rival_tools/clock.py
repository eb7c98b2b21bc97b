"""Times from a gesture to the frame that shows its effect, in any page, also over the load of a new one."""

import json
import time
from collections.abc import Sequence

from playwright.sync_api import Error, Page

# The clock starts at the gesture's own timestamp, before any work of the page, and lives in sessionStorage because some
# tools load a new page for each sentence. It ends in the first frame after the change, as in screen_latency.py.
_CLOCK = """
(() => {
    const { gestures, changed } = SPECIFICATION;
    const now = () => performance.timeOrigin + performance.now();
    for (const kind of gestures) {
        const start = (event) => { sessionStorage.gestureAt = performance.timeOrigin + event.timeStamp; };
        window.addEventListener(kind, start, { capture: true });
    }
    const roots = () => [document, ...[...document.querySelectorAll("*")].map((e) => e.shadowRoot).filter(Boolean)];
    const find = (selector) => roots().map((root) => root.querySelector(selector)).find(Boolean);
    const all = (selector) => roots().flatMap((root) => [...root.querySelectorAll(selector)]);
    window.evaluateHere = (expression) => new Function("find", "all", `return ${expression}`)(find, all);
    const tests = Object.fromEntries(Object.entries(changed).map(([name, body]) =>
        [name, new Function("find", "all", "before", `return ${body}`)]));
    const holds = (name, before) => { try { return tests[name](find, all, before); } catch { return false; } };
    const painted = (then) => requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = then;
        port2.postMessage(null);
    });
    const wait = (name) => {
        const { before } = JSON.parse(sessionStorage[`awaited ${name}`]);
        const observer = new MutationObserver(() => look());
        const look = () => {
            if (!(`awaited ${name}` in sessionStorage) || !holds(name, before)) return;
            observer.disconnect();
            delete sessionStorage[`awaited ${name}`];
            painted(() => { sessionStorage[`took ${name}`] = now() - Number(sessionStorage.gestureAt); });
        };
        const options = { subtree: true, childList: true, attributes: true, characterData: true };
        for (const root of roots()) observer.observe(root, options);
        look();
    };
    window.awaitChange = (name, before) => {
        delete sessionStorage[`took ${name}`];
        sessionStorage[`awaited ${name}`] = JSON.stringify({ before });
        wait(name);
    };
    const waitAgain = () => Object.keys(changed).filter((name) => `awaited ${name}` in sessionStorage).forEach(wait);
    if (document.body) waitAgain(); else document.addEventListener("DOMContentLoaded", waitAgain);
})();
"""


def install(page: Page, gestures: Sequence[str], changed: dict[str, str]) -> None:
    """Put the clock into every document of the page.

    `gestures` are the events that start it. `changed` has a JavaScript expression for each change to wait for, of
    `find(selector)` and `all(selector)`, which look into shadow roots too, and of what was there `before`.
    """
    page.add_init_script(_CLOCK.replace("SPECIFICATION", json.dumps({"gestures": gestures, "changed": changed})))


def evaluate(page: Page, expression: str) -> object:
    """Return what an expression of `find` and `all` gives in the page."""
    return page.evaluate("(expression) => window.evaluateHere(expression)", expression)


def expect_change(page: Page, name: str, before: object = None) -> None:
    """Wait for that change from the next gesture on; what `took` says is how long it took."""
    page.evaluate("([name, before]) => window.awaitChange(name, before)", [name, before])


def took(page: Page, name: str, timeout_s: float = 20) -> float:
    """Return the milliseconds from the last gesture to the frame that shows the change."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        try:
            milliseconds = page.evaluate("(name) => sessionStorage[`took ${name}`] ?? null", name)
        except Error as gone:  # the page is being replaced by the next one
            if "context was destroyed" not in str(gone) and "navigation" not in str(gone):
                raise
        else:
            if milliseconds is not None:
                return float(milliseconds)
        time.sleep(0.02)
    raise TimeoutError(f"nothing showed {name} within {timeout_s} s")

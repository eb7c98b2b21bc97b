"""How fast the annotation screen feels: a click until its mark is painted, Enter until the next sentence is.

Real Chromium, real input events, the app as `whylight serve` runs it, sentences of 20 words. A plain
page whose words toggle a class on the same gestures is measured in between, in the same browser:
what it takes, the display and the machine take. Figures are milliseconds from the input event's
timestamp to the first frame after the page has changed.

    python benchmarks/screen_latency.py [--sentences 60] [--words 20] [--json]
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, Page, sync_playwright

from annotator.importing import import_file
from annotator.projects import create_project

CLICKS_PER_SENTENCE = 3

# In front of all listeners of the page, so that the clock starts before any of its own work.
WATCH_GESTURES = """
for (const kind of ["pointerdown", "keydown"]) {
    window.addEventListener(kind, (event) => { window.gestureAt = event.timeStamp; }, { capture: true });
}
"""

# Resolves in the first frame after the words, or a mark on one of them, have changed.
WATCH_CHANGES = """
(changed) => {
    const roots = [document, ...[...document.querySelectorAll("*")].map((each) => each.shadowRoot).filter(Boolean)];
    const text = roots.map((root) => root.querySelector("[role=listbox]")).find(Boolean);
    const what = changed === "mark" ? { subtree: true, attributeFilter: ["data-mark"] } : { childList: true };
    window.measured = new Promise((resolve) => {
        const observer = new MutationObserver(() => {
            observer.disconnect();
            requestAnimationFrame(() => {
                const { port1, port2 } = new MessageChannel();
                port1.onmessage = () => resolve(performance.now() - window.gestureAt);
                port2.postMessage(null);
            });
        });
        observer.observe(text, what);
    });
}
"""

PLAIN_PAGE = """
<!doctype html><meta charset="utf-8"><style>body { font: 26px/2 serif; width: 700px; margin: 100px auto }
[data-mark="+"] { box-shadow: inset 0 -5px 0 teal }</style>
<div role="listbox"></div>
<script>
    const text = document.querySelector("[role=listbox]");
    const show = () => text.replaceChildren(...Array.from({ length: WORDS }, (_, index) => {
        const word = document.createElement("span");
        word.setAttribute("role", "option");
        word.textContent = `word${index} `;
        return word;
    }));
    text.addEventListener("pointerdown", ({ target }) => {
        target.dataset.mark = target.dataset.mark === "+" ? "." : "+";
    });
    window.addEventListener("keydown", ({ key }) => key === "Enter" && show());
    show();
</script>
"""


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=60)
    parser.add_argument("--words", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="print one flat object as the last line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder), options.sentences + 10, options.words)
        with served(project) as url, chromium() as browser:
            screen, plain = browser.new_page(), browser.new_page()
            for page in (screen, plain):
                page.add_init_script(WATCH_GESTURES)
            sign_in(screen, url)
            plain.goto("data:text/html," + quote(PLAIN_PAGE.replace("WORDS", str(options.words))))
            times = measure(screen, plain, options.sentences)
    figures = summarise(times)
    for name, value in figures.items():
        print(f"{name:32} {value:8.1f}")
    if options.json:
        print(json.dumps(figures))


def measure(screen: Page, plain: Page, sentences: int) -> dict[str, list[float]]:
    """Mark and submit sentence by sentence, on the screen and on the plain page in turn."""
    times: dict[str, list[float]] = {}
    for _ in range(sentences):
        for name, page in (("screen", screen), ("plain page", plain)):
            page.bring_to_front()
            for each in range(CLICKS_PER_SENTENCE):
                word = page.get_by_role("option").nth(2 * each + 1)
                times.setdefault(f"{name}: click to mark", []).append(timed(page, "mark", word.click))
            page.keyboard.press("2")
            submit = timed(page, "next", partial(page.keyboard.press, "Enter"))
            times.setdefault(f"{name}: submit to next", []).append(submit)
            page.get_by_role("option").first.wait_for()
    return times


def timed(page: Page, changed: str, act: Callable[[], None]) -> float:
    """Give the milliseconds from the gesture to the frame that shows what it changed."""
    page.evaluate(WATCH_CHANGES, changed)
    act()
    milliseconds: float = page.evaluate("measured")
    return milliseconds


def summarise(times: dict[str, list[float]]) -> dict[str, float]:
    """Give median and 95th percentile of each, and how the screen compares with the plain page."""
    figures = {}
    for name, values in times.items():
        figures[f"{name}, p50 ms"] = round(statistics.median(values), 1)
        figures[f"{name}, p95 ms"] = round(statistics.quantiles(values, n=20)[-1], 1)
    for gesture in ("click to mark", "submit to next"):
        ratio = figures[f"screen: {gesture}, p50 ms"] / figures[f"plain page: {gesture}, p50 ms"]
        figures[f"{gesture}, screen / plain page"] = round(ratio, 2)
    return figures


def make_project(folder: Path, sentences: int, words: int) -> Path:
    """Make a project with so many sentences of so many words, all in the pool."""
    path, texts = folder / "latency.db", folder / "sentences.jsonl"
    lines = [
        {"id": str(number), "tokens": [f"word{(number + each) % 97}" for each in range(words)], "split": "train"}
        for number in range(sentences)
    ]
    texts.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    with create_project(path, labels=["none", "event"], no_rationale=["none"]) as store:
        import_file(store, texts, actor=None)
    return path


@contextmanager
def served(project: Path) -> Iterator[str]:
    """Serve the project as a user does, for as long as the block runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "annotator", "serve", str(project), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def wait_for(url: str, timeout_s: float = 60) -> None:
    """Return when the address answers."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a headless Chromium for as long as the block runs."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        sys.exit("There is no Chromium here; install it, or name one in $CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


def sign_in(page: Page, url: str) -> None:
    """Sign in as somebody new and wait for the first sentence."""
    page.goto(url)
    page.get_by_placeholder("A name").fill("Anna", timeout=60_000)
    page.get_by_role("button", name="Start").click()
    page.get_by_role("option").first.wait_for(timeout=60_000)


if __name__ == "__main__":
    main()

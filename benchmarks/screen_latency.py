"""How fast does the annotation screen feel? From a click to its painted mark, from Enter to the next sentence.

Real Chromium, real input events, the app as `whylight serve` runs it, sentences of 20 words. In
between, a plain page whose words toggle a class on the same gestures is measured in the same browser:
its time is that of the display and the machine. Figures are milliseconds from the input event's
timestamp to the first frame after the page has changed.

    python benchmarks/screen_latency.py [--sentences 60] [--words 20 200] [--load] [--json]
    python benchmarks/screen_latency.py --soak 300

With `--load` it is measured a second time while ten other browsers annotate, one answer every eight
seconds each (asreview#2548 saw 2 to 4 per minute), and rounds train and imports run again and again.
`--soak` stays in one tab and reports the latency, the heap and the elements of every hundred sentences.
"""

import argparse
import json
import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import quote

from live_pages import chromium, served, sign_in
from playwright.sync_api import Browser, Page
from screen_load import answers_of_others, others_at_work

from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.projects import create_project
from db.records import OWNER

CLICKS_PER_SENTENCE = 3

# Before all listeners of the page, so that the clock starts before any of its own work.
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

# Resolves when an answer that was being saved is saved: in the page, it has left the outbox.
WATCH_SAVED = """
() => {
    const roots = [document, ...[...document.querySelectorAll("*")].map((each) => each.shadowRoot).filter(Boolean)];
    const saved = roots.map((root) => root.querySelector(".saved")).find(Boolean);
    let saving = false;
    window.acknowledged = new Promise((resolve) => {
        const observer = new MutationObserver(() => {
            saving ||= saved.dataset.state !== "saved";
            if (!saving || saved.dataset.state !== "saved") return;
            observer.disconnect();
            resolve(performance.now() - window.gestureAt);
        });
        observer.observe(saved, { attributeFilter: ["data-state"] });
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
    parser.add_argument("--words", type=int, nargs="+", default=[20, 200])
    parser.add_argument("--load", action="store_true", help="measure again while others work")
    parser.add_argument("--soak", type=int, help="only answer this many sentences in one tab")
    parser.add_argument("--json", action="store_true", help="print one flat object as the last line")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    for words in options.words[:1] if options.soak else options.words:
        with tempfile.TemporaryDirectory() as folder, chromium() as browser:
            sentences = options.soak or options.sentences * (2 if options.load else 1)
            project = make_project(Path(folder), sentences + 10 + (300 if options.load else 0), words)
            with served(project) as url:
                measured = (
                    soak(browser, url, options.soak) if options.soak else compare(browser, url, project, words, options)
                )
        figures |= {f"{words} words, {name}": value for name, value in measured.items()}
    for name, value in figures.items():
        print(f"{name:52} {value:10.1f}")
    if options.json:
        print(json.dumps(figures))


def compare(browser: Browser, url: str, project: Path, words: int, options: argparse.Namespace) -> dict[str, float]:
    """Measure the screen and the plain page: alone and, with `--load`, while others work."""
    screen, plain = browser.new_page(), browser.new_page()
    for page in (screen, plain):
        page.add_init_script(WATCH_GESTURES)
    sign_in(screen, url, "Anna")
    plain.goto("data:text/html," + quote(PLAIN_PAGE.replace("WORDS", str(words))))
    figures = {f"alone, {name}": value for name, value in summarise(measure(screen, plain, options.sentences)).items()}
    if options.load:
        with others_at_work(browser, url, project):
            loaded = summarise(measure(screen, plain, options.sentences))
        figures |= {f"under load, {name}": value for name, value in loaded.items()}
        figures["under load, answers of the others"] = answers_of_others(project)
    return figures


def soak(browser: Browser, url: str, sentences: int) -> dict[str, float]:
    """Answer sentences in one tab; return the latency, heap and elements after each hundred."""
    page = browser.new_page()
    page.add_init_script(WATCH_GESTURES)
    sign_in(page, url, "Anna")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    figures: dict[str, float] = {}
    clicks: list[float] = []
    submits: list[float] = []
    for number in range(1, sentences + 1):
        clicks.append(timed(page, "mark", page.get_by_role("option").nth(number % 10).click))
        page.keyboard.press("2")
        submits.append(timed(page, "next", partial(page.keyboard.press, "Enter")))
        page.get_by_role("option").first.wait_for()
        if number % 100 and number < sentences:
            continue
        devtools.send("HeapProfiler.collectGarbage")
        counted = {metric["name"]: metric["value"] for metric in devtools.send("Performance.getMetrics")["metrics"]}
        figures[f"to {number}, click to mark, p95 ms"] = round(statistics.quantiles(clicks, n=20)[-1], 1)
        figures[f"to {number}, submit to next, p95 ms"] = round(statistics.quantiles(submits, n=20)[-1], 1)
        figures[f"to {number}, heap MB"] = round(counted["JSHeapUsedSize"] / 1e6, 2)
        figures[f"to {number}, elements"] = counted["Nodes"]
        figures[f"to {number}, listeners"] = counted["JSEventListeners"]
        clicks, submits = [], []
    return figures


def measure(screen: Page, plain: Page, sentences: int) -> dict[str, list[float]]:
    """Mark and submit sentence by sentence, on the screen and on the plain page in turn."""
    times: dict[str, list[float]] = {}
    for _ in range(sentences):
        for name, page in (("screen", screen), ("plain page", plain)):
            page.bring_to_front()
            for click in range(CLICKS_PER_SENTENCE):
                word = page.get_by_role("option").nth(2 * click + 1)
                times.setdefault(f"{name}: click to mark", []).append(timed(page, "mark", word.click))
            page.keyboard.press("2")
            if page is screen:
                page.evaluate(WATCH_SAVED)
            submit = timed(page, "next", partial(page.keyboard.press, "Enter"))
            times.setdefault(f"{name}: submit to next", []).append(submit)
            if page is screen:
                times.setdefault("screen: submit to acknowledged", []).append(page.evaluate("acknowledged"))
            page.get_by_role("option").first.wait_for()
    return times


def timed(page: Page, changed: str, act: Callable[[], None]) -> float:
    """Return the milliseconds from the gesture to the frame that shows its effect."""
    page.evaluate(WATCH_CHANGES, changed)
    act()
    milliseconds: float = page.evaluate("measured")
    return milliseconds


def summarise(times: dict[str, list[float]]) -> dict[str, float]:
    """Return the median and the 95th percentile of each series, and the ratio of the screen to the plain page."""
    figures = {}
    for name, values in times.items():
        figures[f"{name}, p50 ms"] = round(statistics.median(values), 1)
        figures[f"{name}, p95 ms"] = round(statistics.quantiles(values, n=20)[-1], 1)
    for gesture in ("click to mark", "submit to next"):
        ratio = figures[f"screen: {gesture}, p50 ms"] / figures[f"plain page: {gesture}, p50 ms"]
        figures[f"{gesture}, screen / plain page"] = round(ratio, 2)
    return figures


def make_project(folder: Path, sentences: int, words: int) -> Path:
    """Make a project with this many sentences of this many words, all in the pool."""
    path, texts = folder / "latency.db", folder / "sentences.jsonl"
    lines = [
        {"id": str(number), "tokens": [f"word{(number + place) % 97}" for place in range(words)], "split": "train"}
        for number in range(sentences)
    ]
    labels = ["none", "event"]
    taught = [line | {"id": f"taught {line['id']}", "label": labels[int(line["id"]) % 2]} for line in lines[:200]]
    texts.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    with create_project(path, labels=labels, no_rationale=["none"]) as store:
        import_file(store, texts, actor=OWNER)
        texts.write_text("\n".join(map(json.dumps, taught)), encoding="utf-8")
        import_file(store, texts, ImportSettings(answers="keep"), actor=OWNER)
    return path


if __name__ == "__main__":
    main()

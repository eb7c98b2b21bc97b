"""How many keys and clicks does a sentence take? Ten given sentences with given labels and marks, done both ways.

Real input events in real Chromium are counted in the page; the stored answers are compared with the script.

    python benchmarks/keystrokes.py [--json]
"""

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from live_pages import chromium, served, sign_in
from playwright.sync_api import Page

from annotator.importing.run import import_file
from annotator.project.projects import create_project
from db.answers import annotations
from db.records import OWNER
from db.store import Store
from db.team import people

# Label 1 is "none", which takes no marks; 2 is "event". A mark is a run of words, first and last.
SCRIPT: tuple[tuple[str, int, "Runs"], ...] = (
    ("The old captain finished his speech.", 2, ((3, 3),)),
    ("It was a grey and quiet town.", 1, ()),
    ("She opened the letter and left.", 2, ((1, 1), (5, 5))),
    ("Nobody had seen the harbour since.", 1, ()),
    ("The lamp went out at once.", 2, ((2, 3),)),
    ("He might have come, they said.", 2, ((6, 6),)),
    ("Rain fell on the empty square all night.", 2, ((1, 1),)),
    ("Her brother is a careful man.", 1, ()),
    ("They married, moved north and never wrote.", 2, ((1, 1), (3, 3), (7, 7))),
    ("Then the whole crew broke into song.", 2, ((4, 6),)),
)

Runs = tuple[tuple[int, int], ...]
Answer = Callable[[Page, int, Runs, int], None]

COUNT = """
window.counted = { keys: 0, presses: 0 };
window.addEventListener("keydown", () => { window.counted.keys += 1; }, { capture: true });
window.addEventListener("pointerdown", () => { window.counted.presses += 1; }, { capture: true });
"""


def main() -> None:
    """Run the script both ways, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one flat object as the last line")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        project = make_project(Path(folder))
        with served(project) as url:
            for way, do in (("keyboard", by_keyboard), ("mouse", by_mouse)):
                # Playwright waits for a function by evaluating its text, which the pages forbid.
                page = browser.new_context(bypass_csp=True).new_page()
                page.add_init_script(COUNT)
                sign_in(page, url, way)
                before = page.evaluate("counted")
                meant = do_all(page, do)
                after = page.evaluate("counted")
                page.get_by_text("All saved").wait_for()
                check(project, way, meant)
                for kind in ("keys", "presses"):
                    figures[f"{way}: {kind} a sentence"] = (after[kind] - before[kind]) / len(SCRIPT)
    for name, value in figures.items():
        print(f"{name:32} {value:6.1f}")
    if options.json:
        print(json.dumps(figures))


def make_project(folder: Path) -> Path:
    """Make a project with the ten sentences, each for two people."""
    path, texts = folder / "keys.db", folder / "sentences.jsonl"
    lines = [{"id": str(number), "text": text, "split": "train"} for number, (text, _, _) in enumerate(SCRIPT)]
    texts.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    with create_project(path, labels=["none", "event"], no_rationale=["none"], overlap=2) as store:
        import_file(store, texts, actor=OWNER)
    return path


def do_all(page: Page, do: Answer) -> dict[str, tuple[int, str | None]]:
    """Answer each sentence that is on the page as the script says; return the intended answers, by text."""
    meant: dict[str, tuple[int, str | None]] = {}
    answers = {text: (label, runs) for text, label, runs in SCRIPT}
    for _ in SCRIPT:
        text = str(page.get_by_role("listbox").text_content())
        label, runs = answers[text]
        count = page.get_by_role("option").count()
        marked = {word for first, last in runs for word in range(first, last + 1)}
        marks = "".join("+" if word in marked else "." for word in range(count))
        meant[text] = (label - 1, marks if label == 2 else None)
        do(page, label, runs, count)
        page.wait_for_function(
            "(text) => ![...document.querySelectorAll('*')].some((each) =>"
            " each.shadowRoot?.querySelector('[role=listbox]')?.textContent === text"
            " && !each.shadowRoot.querySelector('.sheet').hidden)",
            arg=text,
        )
    return meant


def by_keyboard(page: Page, label: int, runs: Runs, count: int) -> None:
    """Move by the shorter way, mark, label and submit."""
    at = 0
    for first, last in runs:
        if count - 1 - first + 1 < first - at:
            press(page, "End")
            at = count - 1
        press(page, *["ArrowRight" if first > at else "ArrowLeft"] * abs(first - at), "Space")
        press(page, *["Shift+ArrowRight"] * (last - first))
        at = last
    press(page, str(label), "Enter")


def press(page: Page, *keys: str) -> None:
    """Press the keys one after the other."""
    for key in keys:
        page.keyboard.press(key)


def by_mouse(page: Page, label: int, runs: Runs, count: int) -> None:
    """Click or drag over words, click the label and Submit."""
    for first, last in runs:
        page.get_by_role("option").nth(first).hover()
        page.mouse.down()
        page.get_by_role("option").nth(last).hover()
        page.mouse.up()
    page.get_by_role("radio").nth(label - 1).click()
    page.get_by_role("button", name="Submit").click()


def check(project: Path, person: str, meant: dict[str, tuple[int, str | None]]) -> None:
    """Exit with an error unless the stored answers are the intended ones."""
    with Store.open(project) as store:
        who = people.find(store, person)
        log = annotations.of_sentences(store, range(1, len(SCRIPT) + 1))
        texts = dict(store.db.execute("SELECT id, text FROM sentences").fetchall())
    stored = {
        texts[each.sentence_id]: (each.label, each.marks)
        for answers in log.values()
        for each in answers
        if who and each.person_id == who.id
    }
    if stored != meant:
        raise SystemExit(f"The answers stored by {person} are not the intended ones: {stored} != {meant}")


if __name__ == "__main__":
    main()

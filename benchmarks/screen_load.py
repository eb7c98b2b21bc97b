"""The load under which `screen_latency.py --load` measures: ten people who annotate, rounds and imports."""

import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from live_pages import sign_in
from playwright.sync_api import Browser

from db.answers import annotations
from db.store import Store

# A person at work: a mark, a label and Enter, every eight seconds, not all people at once.
ANNOTATE = """
() => {
    const press = ([key, code]) =>
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key, code, bubbles: true, composed: true }));
    const answer = () => [[" ", "Space"], ["2", "Digit2"], ["Enter", "Enter"]].forEach(press);
    setTimeout(() => { answer(); setInterval(answer, 8000); }, Math.random() * 8000);
}
"""
OTHERS = 10


@contextmanager
def others_at_work(browser: Browser, url: str, project: Path) -> Iterator[None]:
    """Let ten others annotate, rounds train and imports run while the block runs."""
    contexts = [browser.new_context() for _ in range(OTHERS)]
    for number, context in enumerate(contexts):
        page = context.new_page()
        sign_in(page, url, f"Other {number}")
        page.evaluate(ANNOTATE)
    done = threading.Event()
    background = threading.Thread(target=train_and_import, args=(project, done))
    background.start()
    try:
        yield
    finally:
        done.set()
        background.join()
        for context in contexts:
            context.close()


def answers_of_others(project: Path) -> int:
    """Count the stored answers of the others, to show that there was a load."""
    with Store.open(project) as store:
        by_person = annotations.count_by_person(store)
    return sum(kinds.get("answer", 0) for name, kinds in by_person.items() if name.startswith("Other"))


def train_and_import(project: Path, done: threading.Event) -> None:
    """Start a round and an import together, and both again when they have ended."""
    more = project.with_name("more.jsonl")
    for number in itertools.count():
        lines = (
            {"id": f"more {number} {line}", "text": f"Sentence {line} of import {number}."} for line in range(20_000)
        )
        more.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
        whylight = [sys.executable, "-m", "annotator"]
        choices = ["--vectors", "random", "--steps", "1500", "--seed", str(number), "--wait"]
        both = [
            subprocess.Popen([*whylight, "round", "start", str(project), *choices], stdout=subprocess.DEVNULL),
            subprocess.Popen([*whylight, "import", str(project), str(more)], stdout=subprocess.DEVNULL),
        ]
        while any(process.poll() is None for process in both):
            if done.wait(0.2):
                for process in both:
                    process.terminate()
                    process.wait()
                return
        if failed := [process.returncode for process in both if process.returncode]:
            sys.exit(f"The round or the import in the background failed: {failed}.")

"""Whylight, as `whylight serve` runs it."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import ClassVar

from playwright.sync_api import Page

from rival_tools.tool import Tool

_NEXT = "((text) => text && text !== before)(find('[role=listbox]').textContent)"


class Whylight(Tool):
    """One press marks a word; the next sentence is shown before the answer is stored, and `saved` says when it is."""

    name = "Whylight"
    gestures = ("pointerdown", "keydown")
    text = "find('[role=listbox]').textContent"
    marks = "all('[role=option][data-mark=\"+\"]').length"
    changed: ClassVar = {
        "mark": "all('[role=option][data-mark=\"+\"]').length !== before",
        "next": _NEXT,
        # The answer has left the outbox: it was being saved, and then was.
        "saved": "((state) => { if (state !== 'saved') window.wasSaving = true; "
        "return window.wasSaving && state === 'saved' && !(window.wasSaving = false); })"
        "(find('.saved').dataset.state)",
    }

    def prepare(self, texts: Sequence[str]) -> None:
        rows = [{"id": str(n), "tokens": text.split(" "), "split": "pool"} for n, text in enumerate(texts)]
        data = self.folder / "sentences.jsonl"
        data.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        self._run("init", "p.db", "--label", "none", "--label", "event", "--no-rationale", "none")
        self._run("import", "p.db", str(data))

    def command(self) -> list[str]:
        return [sys.executable, "-m", "annotator", "serve", "p.db", "--port", str(self.port)]

    def health(self) -> str:
        return f"{self.url}/_stcore/health"

    def sign_in(self, page: Page, who: str) -> None:
        page.goto(self.url)
        page.locator(".st-key-sign-in input").fill(who)
        page.get_by_role("button", name="Start").click()
        page.get_by_role("option").first.wait_for()

    def mark(self, page: Page, nth: int) -> None:
        page.get_by_role("option").nth(nth).click()

    def choose_label(self, page: Page) -> None:
        page.keyboard.press("2")

    def submit(self, page: Page) -> None:
        page.keyboard.press("Enter")

    def stored(self) -> dict[str, list[str]]:
        out = self.folder / "out.jsonl"
        out.unlink(missing_ok=True)
        self._run("export", "p.db", str(out))
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        return {
            " ".join(row["tokens"]): [
                token for token, mark in zip(row["tokens"], answer["marks"] or "", strict=False) if mark == "+"
            ]
            for row in rows
            for answer in row.get("annotations") or []
            if answer["kind"] == "answer"
        }

    def _run(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "annotator", *arguments], check=True, capture_output=True, cwd=self.folder
        )

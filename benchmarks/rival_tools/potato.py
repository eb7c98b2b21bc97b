"""Potato (potato-annotation), with a radio scheme and a span scheme, and its files in JSON."""

import json
from collections.abc import Sequence
from typing import ClassVar

from playwright.sync_api import Page

from rival_tools.tool import Tool, double_click

CONFIGURATION = {
    "annotation_task_name": "Events",
    "task_dir": ".",
    "output_annotation_dir": "annotation_output",
    "output_annotation_format": "jsonl",
    "data_files": ["sentences.jsonl"],
    "item_properties": {"id_key": "id", "text_key": "text"},
    "user_config": {"allow_all_users": True, "users": []},
    "require_password": False,
    "annotation_schemes": [
        {
            "annotation_type": "radio",
            "name": "label",
            "description": "What is it?",
            "labels": ["none", "event"],
            "sequential_key_binding": True,
        },
        {
            "annotation_type": "span",
            "name": "reason",
            "description": "Which words show it?",
            "labels": ["reason"],
            "sequential_key_binding": True,
        },
    ],
}
_TEXT = (
    "[...find('#text-content').childNodes].filter((node) => node.id !== 'span-overlays')"
    ".map((node) => node.textContent).join('').trim()"
)


class Potato(Tool):
    """A double-click marks a word; a new page is loaded for each sentence, once the answer is stored."""

    name = "Potato"
    gestures = ("pointerup", "keydown")
    text = _TEXT
    marks = "all('.span-overlay-pure .span-highlight-segment').length"
    changed: ClassVar = {
        "mark": "all('.span-overlay-pure .span-highlight-segment').length !== before",
        "next": f"find('#text-content').offsetParent && ((text) => text && text !== before)({_TEXT})",
    }
    saved_is_next = True

    def prepare(self, texts: Sequence[str]) -> None:
        rows = [{"id": f"s{number:04}", "text": text} for number, text in enumerate(texts)]
        data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (self.folder / "sentences.jsonl").write_text(data)
        (self.folder / "config.yaml").write_text(json.dumps(CONFIGURATION))  # JSON is YAML

    def command(self) -> list[str]:
        return [str(self.program), "start", "config.yaml", "-p", str(self.port), "--host", "127.0.0.1"]

    def sign_in(self, page: Page, who: str) -> None:
        page.goto(self.url)
        if not page.locator("#text-content").count():
            page.locator("input[type=text], input[type=email]").first.fill(who)
            page.keyboard.press("Enter")
        page.locator("#text-content").wait_for()

    def mark(self, page: Page, nth: int) -> None:
        double_click(page, "#text-content", nth, left_out="#span-overlays")

    def choose_label(self, page: Page) -> None:
        page.keyboard.press("2")

    def submit(self, page: Page) -> None:
        page.keyboard.press("ArrowRight")

    def stored(self) -> dict[str, list[str]]:
        lines = (self.folder / "sentences.jsonl").read_text().splitlines()
        texts = {row["id"]: row["text"] for row in map(json.loads, lines)}
        found: dict[str, list[str]] = {}
        for file in (self.folder / "annotation_output").glob("*/user_state.json"):
            state = json.loads(file.read_text())
            spans = state.get("instance_id_to_span_to_value", {})
            for number in state.get("instance_id_to_label_to_value", {}):
                places = [each[0] if isinstance(each, list) else each for each in spans.get(number) or []]
                text = texts[number]
                found[text] = [text[place["start"] : place["end"]] for place in places]
        return found

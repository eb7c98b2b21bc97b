"""Label Studio, with words as its granularity, on its default SQLite."""

import json
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import ClassVar

from playwright.sync_api import Page

from rival_tools.tool import Tool, double_click

CONFIGURATION = """
<View>
  <Labels name="reason" toName="text"><Label value="reason"/></Labels>
  <Text name="text" value="$text" granularity="word"/>
  <Choices name="label" toName="text" choice="single"><Choice value="none"/><Choice value="event"/></Choices>
</View>
"""
_PASSWORD = "of-this-machine-1"
_TEXT = "find('.lsf-htx-richtext').textContent.trim()"
_MAKE_PROJECT = """
async ([configuration, tasks]) => {
    const token = document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? window.APP_SETTINGS?.csrf;
    const headers = { "content-type": "application/json", "X-CSRFToken": token };
    const post = async (address, what) =>
        (await fetch(address, { method: "POST", headers, body: JSON.stringify(what) })).json();
    const project = await post("/api/projects", { title: "Events", label_config: configuration });
    await post(`/api/projects/${project.id}/import`, tasks);
    return project.id;
}
"""


class LabelStudio(Tool):
    """A key and a double-click mark a word; the next sentence is shown once the answer is stored."""

    name = "Label Studio"
    gestures = ("pointerup", "keydown")
    text = _TEXT
    marks = "all('.htx-highlight').length"
    changed: ClassVar = {
        "mark": "all('.htx-highlight').length !== before",
        "next": f"find('.lsf-htx-richtext').offsetParent && ((text) => text && text !== before)({_TEXT})",
    }
    saved_is_next = True
    project: int | None = None

    def prepare(self, texts: Sequence[str]) -> None:
        self._tasks = [{"data": {"text": text}} for text in texts]

    def command(self) -> list[str]:
        start = [str(self.program), "start", "--no-browser", "--internal-host", "127.0.0.1", "-p", str(self.port)]
        return [*start, "--data-dir", str(self.folder)]

    def environment(self) -> dict[str, str]:
        off = {
            "COLLECT_ANALYTICS": "False",
            "LATEST_VERSION_CHECK": "False",
            "SENTRY_DSN": "",
            "FRONTEND_SENTRY_DSN": "",
        }
        return {**super().environment(), **off, "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "False"}

    def health(self) -> str:
        return f"{self.url}/user/login/"

    def sign_in(self, page: Page, who: str) -> None:
        page.goto(f"{self.url}/user/signup/")
        page.fill("input[name=email]", f"{who.lower()}@example.org")
        page.fill("input[name=password]", _PASSWORD)
        page.locator("button[type=submit]").click()
        page.wait_for_url(re.compile(r"^((?!user/signup).)*$"))
        if self.project is None:
            self.project = page.evaluate(_MAKE_PROJECT, [CONFIGURATION, self._tasks])
        page.goto(f"{self.url}/projects/{self.project}/data")
        page.get_by_role("button", name=re.compile("Label All Tasks")).first.click()
        page.locator(".lsf-htx-richtext").wait_for()
        page.wait_for_load_state("networkidle")

    def mark(self, page: Page, nth: int) -> None:
        page.keyboard.press("1")
        double_click(page, ".lsf-htx-richtext", nth)

    def choose_label(self, page: Page) -> None:
        page.keyboard.press("3")

    def submit(self, page: Page) -> None:
        page.keyboard.press("Control+Enter")

    def stored(self) -> dict[str, list[str]]:
        rows = "select task.data, done.result from task_completion done join task on task.id = done.task_id"
        found: dict[str, list[str]] = {}
        file = f"file:{self.folder / 'label_studio.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(file, uri=True, timeout=20)) as database:
            for data, result in database.execute(f"{rows} where task.project_id = ?", [self.project]):
                marks = [each["value"]["text"] for each in json.loads(result) if each["type"] == "labels"]
                found[json.loads(data)["text"]] = marks
        return found

"""What `rivals.py` asks of a tool, and what all share: a server to start and kill, its memory, words to mark."""

import os
import re
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from live_pages import wait_for
from playwright.sync_api import Browser, Page

from rival_tools import clock

VIEWPORT = {"width": 1280, "height": 900}
STARTED_WITHIN_S = 300

# The middle of a word of a text without elements of its own for words.
WORD_AT = """
([selector, left_out, nth]) => {
    const root = document.querySelector(selector);
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const pieces = [];
    let text = "";
    while (walker.nextNode()) {
        const node = walker.currentNode;
        if (left_out && node.parentElement.closest(left_out)) continue;
        pieces.push([node, text.length]);
        text += node.data;
    }
    const word = [...text.matchAll(/\\S+/g)][nth];
    const place = (at) => {
        const [node, from] = pieces.findLast(([, start]) => start <= at);
        return [node, at - from];
    };
    const range = document.createRange();
    range.setStart(...place(word.index));
    range.setEnd(...place(word.index + word[0].length - 1));
    range.startContainer.parentElement.scrollIntoView({ block: "center" });
    const box = range.getClientRects()[0];
    return [box.x + box.width / 2, box.y + box.height / 2];
}
"""


class Tool(ABC):
    """One annotation tool, installed under `folder`, on a port of its own."""

    name: str
    gestures: tuple[str, ...]
    """The events at which the clock starts; of a gesture that takes several, the last, so that no hand is timed."""
    changed: ClassVar[dict[str, str]]
    """Expressions for `mark`, `next` and `saved`, see clock.py."""
    text: str
    """An expression for the text of the sentence in view."""
    marks: str
    """An expression for the number of marked words in view."""
    saved_is_next = False
    """Whether the next sentence is only shown once the answer is stored."""

    def __init__(self, program: Path, folder: Path, port: int) -> None:
        self.program, self.folder, self.port = program, folder, port
        self.url = f"http://127.0.0.1:{port}"
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @abstractmethod
    def prepare(self, texts: Sequence[str]) -> None:
        """Make a project of these sentences, whose words are parted by spaces, before the server starts."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return what starts the server."""

    @abstractmethod
    def sign_in(self, page: Page, who: str) -> None:
        """Open the tool as that person and wait for the first sentence."""

    @abstractmethod
    def mark(self, page: Page, nth: int) -> None:
        """Mark that word."""

    @abstractmethod
    def choose_label(self, page: Page) -> None:
        """Choose the label `event`."""

    @abstractmethod
    def submit(self, page: Page) -> None:
        """Submit, and go on to the next sentence."""

    @abstractmethod
    def stored(self) -> dict[str, list[str]]:
        """Return the marked words of each answered text, in order."""

    def environment(self) -> dict[str, str]:
        """Return the environment of the server."""
        return {**os.environ}

    def start(self) -> float:
        """Start the server; return the seconds until it answers."""
        began = time.monotonic()
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, cwd=self.folder, env=self.environment(), start_new_session=True
            )
        wait_for(self.health(), STARTED_WITHIN_S)
        return time.monotonic() - began

    def health(self) -> str:
        """Return the address that answers once the server is up."""
        return self.url

    def kill(self) -> None:
        """End the server and all that it started, as a crash would."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def memory_mb(self) -> float:
        """Return the proportional memory of the server's process group, in MB."""
        assert self.process is not None
        return round(sum(map(_pss_kb, _group(self.process.pid))) / 1024, 1)

    def new_page(self, browser: Browser) -> Page:
        """Return a page of a fresh browser, with the clock in it."""
        page = browser.new_context(viewport=VIEWPORT).new_page()
        page.set_default_timeout(60_000)
        clock.install(page, self.gestures, self.changed)
        return page

    def show(self, page: Page, expression: str) -> object:
        """Return what an expression of `find` and `all` says of the page."""
        return clock.evaluate(page, expression)

    def text_of(self, page: Page) -> str:
        """Return the text of the sentence in view."""
        return str(self.show(page, self.text))


def words_to_mark(text: str, count: int) -> list[int]:
    """Return which words of a text to mark: whole words of at least three letters, each once, spread over the text."""
    words = text.split(" ")[:60]
    plain = [at for at, word in enumerate(words) if word.isalpha() and len(word) > 2 and words.index(word) == at]
    step = max(1, len(plain) // count)
    return [plain[step * each] for each in range(count)]


def double_click(page: Page, selector: str, nth: int, left_out: str = "") -> None:
    """Double-click a word of a text without elements of its own for words."""
    x, y = page.evaluate(WORD_AT, [selector, left_out, nth])
    page.mouse.dblclick(x, y)


def _group(pid: int) -> list[int]:
    """Return the processes that the server and its descendants are."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:  # it has ended meanwhile
            continue
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def _pss_kb(pid: int) -> int:
    try:
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:  # it has ended meanwhile
        return 0
    return int(found[1]) if found else 0

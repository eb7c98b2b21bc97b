"""A real Chromium on the app, started the way a user starts it."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import live_pages
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from annotator.processes import is_alive
from db.answers import annotations
from db.corpus import sentences
from db.finding import search
from db.learning import predictions, rounds
from db.learning.round_records import Prediction
from db.queue import slots
from db.records import Annotation, Label, NewSentence, Role, SaliencyMode
from db.store import Store
from db.team import people, project
from learner.data.tokenizer import tokenize

# The same engine without the windows around its pages, where there is one: a fifth less to compute.
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--process-per-site",
]
FIRST_LOAD_MS = 60_000
MOST_OVERLAP = 20
STARTED_WITHIN_S = 60
PAGES_PER_COLLECTION = 20

TEXTS = {
    "captain": "The old captain had scarcely finished his speech when the lamp went out.",
    "ran": "He ran and ran and ran, until nobody saw him.",
    "emoji": "“Don't,” said the girl 👩‍👩‍👧 softly 😀 and left.",
    "hostile": "She wrote <b>no</b> *never* <img src=x onerror=alert(1)> again.",
    "arabic": "عاد الرجل إلى بيته في المساء ثم فتح الباب.",
}
SENTENCES = (*TEXTS.values(), *(f"Nothing happened on day {day} of the year." for day in range(20)))
LABELS = (Label(0, "none", takes_rationale=False), Label(1, "event"), Label(2, "doubt"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = str(Path(__file__).parent)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if CHROMIUM is None:
        reason = "no Chromium: install Debian's chromium-headless-shell or chromium, or name one in $CHROMIUM"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": CHROMIUM_ARGS}


@pytest.fixture(scope="session")
def base_url() -> None:
    """None: the plug-in's own fixture warns under pytest 9, and our servers say where they are."""


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1180, "height": 720}, "color_scheme": "light"}


def make_project(
    path: Path,
    texts: Sequence[str],
    *,
    overlap: int = 1,
    saliency_mode: SaliencyMode = "blind first",
    model: dict[str, Any] | None = None,
) -> Path:
    """Make a project whose queue is `texts` in this order, each shaded by a round that serves.

    `model` is what the round's record says of its model.
    """
    with Store.create(path, labels=LABELS, overlap=overlap, saliency_mode=saliency_mode) as store:
        import_id = sentences.begin_import(store, source="test", source_hash="", tokenizer="test")
        new = [_sentence(text, f"s{number}") for number, text in enumerate(texts)]
        ids = sentences.add(store, import_id, new)
        sentences.finish_import(store, import_id)
        slots.create_missing(store)
        search.index_missing(store)
        served = rounds.queue(store, config={}, seed=0, last_annotation=None)
        predictions.add(store, [_prediction(served.id, each, one) for each, one in zip(ids, new, strict=True)])
        rounds.advance(store, served.id, "ready", metrics={"model": model or {}})
        slots.refill(store, served.id, [slots.QueueEntry(each, "unsure", 1.0) for each in ids])
        project.serve_round(store, served.id)
    return path


def _sentence(text: str, external_id: str) -> NewSentence:
    tokens = tokenize(text)
    words, starts = tuple(token.text for token in tokens), tuple(token.start for token in tokens)
    return NewSentence(external_id, text, words, starts, "pool")


def _prediction(round_id: int, sentence_id: int, sentence: NewSentence) -> Prediction:
    # The second word is what the model looks at, the first speaks against the label, the third is below the floor.
    scores = tuple([-0.5, 1.0, 0.1, *(0.5 for _ in sentence.tokens[3:])][: len(sentence.tokens)])
    return Prediction(round_id, sentence_id, 1, (0.2, 0.5, 0.3), scores, scores)


@dataclass
class Server:
    """The app on one project, as `whylight serve` runs it; can be killed and started again."""

    project: Path
    port: int
    warm: Any = None
    """Starts it with the modules that it needs loaded already; without it, it starts cold, as for a user."""
    options: list[str] = field(default_factory=list)
    process: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = ["-m", "annotator", "serve", str(self.project), "--port", str(self.port), *self.options]
        self.process = self.warm.start(*command) if self.warm else _start_cold(*command)
        deadline = time.monotonic() + STARTED_WITHIN_S
        while not self._is_healthy():
            assert is_alive(self.process.pid, None), "the server ended at once"
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.05)

    def kill(self) -> None:
        """kill -9, as a crash would end it."""
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGKILL)
            if self.warm:
                self.process.finish()
            else:
                self.process.wait()
            self.process = None

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def cookie_of(self, person: str, *, role: Role = "researcher") -> Any:
        """Make that person, if there is nobody of that name; with this cookie a browser is signed in as them."""
        with Store.open(self.project) as store:
            name = f"whylight-person-{project.read(store).uid}"
            who = people.find(store, person) or people.add(store, person, role=role)
            return {"name": name, "value": who.uid, "url": self.url}

    def answers(self, person: str) -> list[Annotation]:
        """Everything the store holds of that person, superseded answers too, oldest first."""
        with Store.open(self.project) as store:
            who = people.find(store, person)
            by_sentence = annotations.of_sentences(store, range(1, 1 + sentences.count(store)))
        every = [answer for chain in by_sentence.values() for answer in chain]
        return sorted((answer for answer in every if who and answer.person_id == who.id), key=lambda answer: answer.id)


def _start_cold(*command: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def ports() -> dict[str, int]:
    """The same ports for all servers of a kind, one after another: a browser has their scripts already."""
    return {"shared": free_port(), "own": free_port()}


@pytest.fixture(scope="session")
def warm_app(start_warm: Callable[..., Any]) -> Any:
    """Starts servers whose cold start is not what is tested."""
    return start_warm("warm_app")


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory, ports: dict[str, int], warm_app: Any) -> Iterator[Server]:
    """One server for up to 20 tests that leave it alone: each comes as a person of its own, to the same queue."""
    made = make_project(tmp_path_factory.mktemp("app") / "events.db", SENTENCES, overlap=MOST_OVERLAP)
    server = Server(made, ports["shared"], warm_app)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture
def serve(ports: dict[str, int], warm_app: Any) -> Iterator[Callable[..., Server]]:
    """Serve a project that the test has made itself."""
    servers: list[Server] = []

    def begin(project: Path, *, start: bool = True, cold: bool = False) -> Server:
        server = Server(project, free_port() if servers else ports["own"], None if cold else warm_app)
        servers.append(server)
        if start:
            server.start()
        return server

    yield begin
    for server in servers:
        server.kill()


@pytest.fixture(scope="module")
def serve_for_module(ports: dict[str, int], warm_app: Any) -> Iterator[Callable[[Path], Server]]:
    """Serve a project for all tests of a module, each of which comes as a person of its own."""
    servers: list[Server] = []

    def begin(project: Path) -> Server:
        servers.append(Server(project, free_port() if servers else ports["own"], warm_app))
        servers[-1].start()
        return servers[-1]

    yield begin
    for server in servers:
        server.kill()


@pytest.fixture
def own_server(serve: Callable[..., Server], tmp_path: Path) -> Callable[..., Server]:
    """Start a server for this test alone."""

    def begin(texts: Sequence[str] = SENTENCES, *, start: bool = True, **settings: Any) -> Server:
        return serve(make_project(tmp_path / "own.db", texts, **settings), start=start)

    return begin


@dataclass
class Screen:
    """The annotation page as a person uses it."""

    page: Page
    server: Server
    person: str

    @property
    def words(self) -> Locator:
        return self.page.get_by_role("option")

    @property
    def text(self) -> Locator:
        return self.page.get_by_role("listbox")

    def word(self, token: str, nth: int = 0) -> Locator:
        return self.words.filter(has_text=token).nth(nth)

    def marks(self) -> str:
        marks: str = self.words.evaluate_all("words => words.map(word => word.dataset.mark).join('')")
        return marks

    def shades(self) -> list[int]:
        shades: list[int] = self.words.evaluate_all("words => words.map(word => Number(word.dataset.shade))")
        return shades

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def drag(self, first: Locator, last: Locator) -> None:
        first.hover()
        self.page.mouse.down()
        last.hover()
        self.page.mouse.up()

    def shows(self, name: str) -> None:
        expect(self.text).to_have_text(TEXTS[name])

    def go_to(self, name: str) -> None:
        """Answer "none" to whatever comes before that sentence."""
        for before in TEXTS:
            self.shows(before)
            if before == name:
                break
            self.press("1", "Enter")

    def is_saved(self) -> None:
        expect(self.page.get_by_text("All saved")).to_be_visible(timeout=20_000)

    def stored(self) -> list[Annotation]:
        """What the store holds of this person, once the page says that all is saved."""
        self.is_saved()
        return self.server.answers(self.person)


def _sign_in(page: Page, server: Server, person: str, *, role: Role = "admin") -> Screen:
    page.context.add_cookies([server.cookie_of(person, role=role)])
    page.goto(server.url)
    expect(page.get_by_role("option").first).to_be_visible(timeout=FIRST_LOAD_MS)
    return Screen(page, server, person)


@pytest.fixture
def sign_in() -> Callable[..., Screen]:
    """Open the app as an admin of that name, whom the browser remembers."""
    return _sign_in


def _sign_in_by_name(page: Page, server: Server, person: str) -> Screen:
    live_pages.sign_in(page, server.url, person)
    return Screen(page, server, person)


@pytest.fixture
def sign_in_by_name() -> Callable[[Page, Server, str], Screen]:
    """Open the app and sign in under a name, as people do for the first time."""
    return _sign_in_by_name


@pytest.fixture(scope="session")
def warm_context(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[BrowserContext]:
    """One context for many tests, so that Streamlit's scripts are loaded once."""
    context = browser.new_context(**browser_context_args)
    _keep_warm(context)
    yield context
    context.close()


@pytest.fixture(scope="session")
def close_pages() -> Callable[[BrowserContext], None]:
    """Close all pages of a warm context but its first.

    The process that draws them keeps 20 MB of each, which nothing else frees: it grew to 1.8 GB. Now and then it is
    freed, and not each time, because compiled scripts are freed too.
    """
    closed: Counter[BrowserContext] = Counter()

    def close(context: BrowserContext) -> None:
        first, *others = context.pages
        for page in others:
            page.close()
        closed[context] += 1
        if closed[context] % PAGES_PER_COLLECTION == 0:
            devtools = context.new_cdp_session(first)
            devtools.send("HeapProfiler.collectGarbage")
            devtools.detach()

    return close


@pytest.fixture
def page(
    warm_context: BrowserContext, ports: dict[str, int], close_pages: Callable[[BrowserContext], None]
) -> Iterator[Page]:
    """A page of the warm context, without cookies and with nothing stored, as in a new one."""
    page = _empty_page(warm_context, ports["own"])
    yield page
    warm_context.set_offline(False)
    close_pages(warm_context)


@pytest.fixture
def page_apart(context: BrowserContext) -> Page:
    """A page of a context of its own, for tests that change the context itself, its clock for one."""
    return context.new_page()


def _keep_warm(context: BrowserContext) -> None:
    """Open an empty page at our address, first of all: the process that draws ours keeps its compiled scripts."""
    page = context.new_page()
    page.route("**", lambda route: route.fulfill(body=""))
    page.goto("http://127.0.0.1")


def _empty_page(context: BrowserContext, port: int) -> Page:
    context.clear_cookies()
    page = context.new_page()
    _forget(page, f"http://127.0.0.1:{port}")
    return page


def _forget(page: Page, url: str) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "local_storage"})
    devtools.detach()


@pytest.fixture
def forget() -> Callable[[Page, str], None]:
    """Clear what the browser keeps for a server's address."""
    return _forget


@pytest.fixture
def screen(
    warm_context: BrowserContext, shared_server: Server, close_pages: Callable[[BrowserContext], None]
) -> Iterator[Screen]:
    """Somebody new, in front of the first sentence of the shared project."""
    page = warm_context.new_page()
    yield _sign_in(page, shared_server, f"Anna {random.Random().randrange(10**9)}", role="researcher")
    close_pages(warm_context)


@pytest.fixture(scope="session")
def warm_phone(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[BrowserContext]:
    """One telephone for many tests."""
    context = browser.new_context(
        **browser_context_args | {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}
    )
    _keep_warm(context)
    yield context
    context.close()


@pytest.fixture
def phone(
    warm_phone: BrowserContext, shared_server: Server, close_pages: Callable[[BrowserContext], None]
) -> Iterator[Screen]:
    """The same on a telephone."""
    page = warm_phone.new_page()
    yield _sign_in(page, shared_server, f"Phoebe {random.Random().randrange(10**9)}", role="researcher")
    close_pages(warm_phone)

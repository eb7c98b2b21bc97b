"""The pages and states of which pictures are taken: a project, a person, an address and what they do there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from db.learning import rounds
from db.records import Role
from db.store import Store

SLOW_MS = 60_000
LOOKS = {
    "light": (1280, 800, "light"),
    "dark": (1280, 800, "dark"),
    "phone": (390, 844, "light"),
    "large": (1920, 1080, "light"),
    "phone-dark": (390, 844, "dark"),
}
"""Width, height and palette; the first is the one in which a scene is played."""
PHONES = ("phone", "phone-dark")
"""The looks of a screen that is touched; they are taken last."""
USUAL = ("light", "dark", "phone")
ROLES: dict[str, Role] = {"Anna": "admin", "Ben": "annotator"}
FILMS = """
{"id": "f1", "text": "A joy from start to end.", "rationale": [1], "highlights": "joy", "sentiment": "positive"}
{"id": "f2", "text": "I want my money back.", "rationale": [2, 3, 4], "highlights": "back", "sentiment": "negative"}
""".lstrip()
"""A file to import, some of whose fields only its owner knows."""
DRAWN = "[data-testid='stApp'][data-test-script-state='notRunning']"


def nothing(page: Page) -> None:
    """Leave the page as it opens."""


@dataclass(frozen=True)
class Scene:
    """One state of one page."""

    name: str
    project: str
    address: str = ""
    person: str | None = "Anna"
    """Who is signed in, made with the project; None for nobody."""
    act: Callable[[Page], None] = nothing
    """What is done once the page is drawn."""
    prepare: Callable[[Store], None] | None = None
    """What is done to the project just before."""
    height: int | None = None
    """Pixels; None for those of the screen."""
    looks: Sequence[str] = USUAL


def sentence_is_shown(page: Page) -> None:
    """Wait for the words of the sentence."""
    expect(page.get_by_role("option").first).to_be_visible(timeout=SLOW_MS)


def _without_tour(page: Page) -> None:
    sentence_is_shown(page)
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("Escape")


def _mark(page: Page) -> None:
    sentence_is_shown(page)
    page.get_by_role("option").nth(0).click()
    page.get_by_role("option").nth(3).click()
    page.keyboard.press("1")


def _press(*keys: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        sentence_is_shown(page)
        for key in keys:
            page.keyboard.press(key)

    return act


def _skip(page: Page) -> None:
    sentence_is_shown(page)
    page.keyboard.press("s")
    expect(page.get_by_text("All saved")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_role("option")).to_have_count(0)


def _mixed_name(page: Page) -> None:
    page.locator(".st-key-sign-in input").fill("Аnnа B")  # noqa: RUF001 - Cyrillic and Latin letters
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert").first).to_be_visible(timeout=SLOW_MS)


def _offline(page: Page) -> None:
    sentence_is_shown(page)
    page.context.set_offline(True)
    page.keyboard.press("s")
    expect(page.get_by_text("Not saved")).to_be_visible(timeout=SLOW_MS)


def _show_sets(page: Page) -> None:
    page.get_by_role("radio", name="Sets").click()
    expect(page.locator("[class*=st-key-row-set]")).to_be_visible(timeout=SLOW_MS)


def _open_import(page: Page) -> None:
    page.get_by_role("button", name="Import").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def _choose_file(page: Page) -> None:
    _open_import(page)
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(
        {"name": "films.jsonl", "mimeType": "application/jsonl", "buffer": FILMS.encode()}
    )
    expect(dialog.get_by_text("Please check")).to_be_visible(timeout=SLOW_MS)


def _show_imports(page: Page) -> None:
    page.get_by_role("radio", name="Imports").click()
    expect(page.get_by_role("button", name="Undo this import").first).to_be_visible(timeout=SLOW_MS)


def _open_download(page: Page) -> None:
    page.get_by_role("button", name="Download").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Examples").click()
    expect(dialog.get_by_text("Left out").first).to_be_visible(timeout=SLOW_MS)
    dialog.get_by_role("combobox", name="Format").click()
    page.get_by_role("option", name="Doccano").click()
    expect(dialog.get_by_text("cannot hold").first).to_be_visible(timeout=SLOW_MS)


def _round_settings(page: Page) -> None:
    page.get_by_role("button", name="Settings").click()


def _beat(store: Store) -> None:
    working = rounds.in_progress(store)
    assert working is not None
    rounds.beat(store, working.id)


SCENES = (
    Scene("sign-in", "reviews", person=None),
    Scene("sign-in-error", "reviews", person=None, act=_mixed_name),
    Scene("annotate", "reviews", act=sentence_is_shown),
    Scene("annotate-marked", "reviews", act=_mark, looks=tuple(LOOKS)),
    Scene("annotate-first-visit", "tour", act=sentence_is_shown, looks=tuple(LOOKS)),
    Scene("annotate-suggestion", "suggesting", act=_mark),
    Scene("annotate-keys", "reviews", act=_press("?")),
    Scene("annotate-offline", "offline", act=_offline),
    Scene("annotate-rtl", "rtl", act=_without_tour),
    Scene("annotate-dialogue", "dialogue", act=_without_tour),
    Scene("annotate-long", "long", act=_without_tour),
    Scene("annotate-nothing-left", "skipped", person="Ben", act=_skip),
    Scene("annotate-many-labels", "labels", act=_without_tour),
    Scene("annotate-empty", "empty"),
    Scene("my-work", "reviews", "my-work"),
    Scene("my-work-empty", "empty", "my-work"),
    Scene("data", "reviews", "data", looks=tuple(LOOKS)),
    Scene("data-none-found", "reviews", "data?search=xylophone"),
    Scene("data-empty", "empty", "data"),
    Scene("data-sentence", "reviews", "data?sentence=review-005"),
    Scene("data-sets", "reviews", "data", act=_show_sets),
    Scene("data-imports", "reviews", "data", act=_show_imports),
    Scene("data-import", "reviews", "data", act=_open_import),
    Scene("data-import-file", "reviews", "data", act=_choose_file, height=1500, looks=tuple(LOOKS)),
    Scene("data-download", "reviews", "data", act=_open_download),
    Scene("review", "reviews", "review", looks=tuple(LOOKS)),
    Scene("review-empty", "empty", "review"),
    Scene("rounds", "reviews", "rounds", height=1300, looks=tuple(LOOKS)),
    Scene("rounds-settings", "reviews", "rounds", act=_round_settings),
    Scene("rounds-training", "training", "rounds", prepare=_beat),
    Scene("rounds-failed", "failed", "rounds", height=1300),
    Scene("rounds-empty", "empty", "rounds"),
    Scene("round", "reviews", "rounds?round=3", height=1600),
    Scene("compare", "reviews", "compare", height=1600, looks=tuple(LOOKS)),
    Scene("compare-empty", "empty", "compare"),
    Scene("model", "reviews", "model"),
    Scene("model-empty", "empty", "model"),
    Scene("project-guidelines", "reviews", "project", looks=tuple(LOOKS)),
    Scene("project-labels", "reviews", "project?part=Labels"),
    Scene("project-people", "reviews", "project?part=People"),
    Scene("project-settings", "reviews", "project?part=Settings"),
    Scene("not-for-annotators", "annotator", "rounds", person="Ben"),
)

"""From an empty project to an export that equals the clicks, as a newcomer would go."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from documented_project import cancel_rounds, whylight
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.waits

EVENTS = ("The ship sank.", "Her barge sank.", "His raft sank.", "Our ferry sank.", "A tanker sank.", "My canoe sank.")
OTHERS = ("The ship slept.", "Her barge slept.", "His raft slept.", "Our ferry slept.", "A tanker slept.")
ROUND_MS = 180_000


def make_project(folder: Path) -> Path:
    """Make and fill a project by the commands of the guide; every sentence may come first."""
    project, sentences = folder / "ships.db", folder / "ships.txt"
    sentences.write_text("\n".join(EVENTS + OTHERS))
    whylight("init", str(project), "--label", "none", "--label", "event", "--no-rationale", "none")
    whylight("import", str(project), str(sentences), "--hold-out", "0")
    return project


class Annotator:
    """Somebody who answers what is on the screen, and remembers what they answered."""

    def __init__(self, screen: Any) -> None:
        self.screen = screen
        self.answers: dict[str, tuple[str, str | None]] = {}

    def read(self) -> str:
        text: str = self.screen.text.inner_text().replace("\n", "")
        return text

    def mark_by_mouse(self) -> None:
        self.screen.words.nth(2).click()

    def mark_by_keyboard(self) -> None:
        self.screen.press("Home", "ArrowRight", "ArrowRight", "Space")

    def submit(self, label: str) -> None:
        text = self.read()
        self.screen.press({"none": "1", "event": "2"}[label])
        self.answers[text] = (label, self.screen.marks() if label == "event" else None)
        self.screen.press("Enter")
        expect(self.screen.text).not_to_have_text(text)

    def answer_truly(self) -> None:
        is_event = "sank" in self.read()
        if is_event:
            self.mark_by_keyboard()
        self.submit("event" if is_event else "none")


def start_round(page: Page, *, encoder: str | None = None) -> None:
    page.get_by_role("link", name="Rounds").click()
    if encoder is not None:
        page.get_by_role("button", name="Settings").click()
        page.get_by_label("Encoder").click()
        page.get_by_role("option", name=encoder, exact=True).click()
        expect(page.get_by_text("Word vectors")).to_be_visible()
        page.keyboard.press("Escape")
    page.get_by_role("button", name="Start round 1").click()
    expect(page.get_by_text("Round 1 is")).to_be_visible(timeout=ROUND_MS)
    expect(page.get_by_role("rowheader", name="Round 1 serving")).to_be_visible(timeout=ROUND_MS)


def loads_torch(pid: int) -> bool:
    maps = Path(f"/proc/{pid}/maps")
    return maps.exists() and "libtorch" in maps.read_text()


def download(page: Page, target: Path) -> list[dict[str, Any]]:
    with page.expect_download() as started:
        page.get_by_role("button", name="Download all answers").click()
    started.value.save_as(target)
    return [json.loads(line) for line in target.read_text().splitlines()]


def test_mark_teach_see_and_export(page: Page, serve: Any, sign_in_by_name: Any, tmp_path: Path) -> None:
    server = serve(make_project(tmp_path), cold=True)
    screen = sign_in_by_name(page, server, "Nora")
    nora = Annotator(screen)

    nora.mark_by_mouse()
    nora.submit("event")
    nora.mark_by_keyboard()
    nora.submit("event")
    undone = nora.read()
    nora.submit("none")
    screen.press("u")
    expect(screen.text).to_have_text(undone)
    screen.press("2")
    nora.mark_by_mouse()
    nora.submit("event")
    nora.submit("none")
    for _ in range(4):
        nora.answer_truly()
    screen.is_saved()

    # Evidence shades nothing where it predicts "none", for which no word speaks, and so few sentences are left.
    start_round(page, encoder="static")
    cancel_rounds(server.project)  # its twin is for another test

    page.get_by_role("link", name="Annotate").click()
    expect(screen.words.first).to_be_visible()
    assert not any(screen.shades()), "blind first: no shading before the first mark"
    nora.mark_by_mouse()
    assert any(screen.shades()), "the retrained model's saliency shades the sentence"
    nora.submit("event")
    screen.is_saved()

    page.get_by_role("link", name="Rounds").click()
    exported = download(page, tmp_path / "ships.jsonl")
    newest = {row["text"]: row["annotations"][-1] for row in exported if row["annotations"]}
    assert {text: (last["label"], last["marks"]) for text, last in newest.items()} == nora.answers
    assert {last["person"] for last in newest.values()} == {"Nora"}
    assert len(exported) == len(EVENTS + OTHERS)
    first, second = next(row for row in exported if row["text"] == undone)["annotations"]
    assert (first["label"], second["label"], second["supersedes"]) == ("none", "event", first["key"])
    assert [last["round_shown"] for last in newest.values()].count(1) == 1
    assert not loads_torch(server.process.pid), "the round trained in a process of its own"


def test_twenty_sentences_of_litbank(
    page: Page, serve: Any, sign_in_by_name: Any, tmp_path: Path, shared_data: Path
) -> None:
    with gzip.open(shared_data / "litbank" / "litbank.jsonl.gz", "rt", encoding="utf8") as file:
        lines = file.readlines()[::8]
    source = tmp_path / "litbank.jsonl"
    source.write_text("".join(lines))
    gold = {" ".join(row["tokens"]): row["z"] for row in map(json.loads, lines)}
    project = tmp_path / "events.db"
    whylight("init", str(project), "--label", "none", "--label", "event", "--no-rationale", "none")
    whylight("import", str(project), str(source), "--label-base", "0")
    screen = sign_in_by_name(page, serve(project), "Nora")
    nora = Annotator(screen)

    for _ in range(20):
        z = gold[nora.read()]
        for word in (index for index, marked in enumerate(z) if marked):
            screen.words.nth(word).click()
        nora.submit("event" if any(z) else "none")
    screen.is_saved()
    assert {label for label, _ in nora.answers.values()} == {"none", "event"}

    start_round(page)
    cancel_rounds(project)
    page.get_by_role("link", name="Annotate").click()
    expect(screen.words.first).to_be_visible()
    nora.mark_by_mouse()
    for _ in range(12):  # where the model predicts "none", for which no word speaks, it shades nothing
        if any(screen.shades()):
            break
        nora.submit("event")
        nora.mark_by_mouse()
    assert any(screen.shades())
    screen.is_saved()

    page.get_by_role("link", name="Rounds").click()
    exported = download(page, tmp_path / "events.jsonl")
    answered = {
        row["text"]: row["annotations"][-1] for row in exported if row["split"] == "pool" and row["annotations"]
    }
    assert {text: (last["label"], last["marks"]) for text, last in answered.items()} == nora.answers
    assert len(nora.answers) >= 20
    assert len(exported) == len(lines) > 1000

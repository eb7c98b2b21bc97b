"""The page of rounds: start a round, watch it and its twin, see what the marks bought, open a round's page."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from accessibility import serious
from playwright.sync_api import Page, expect

from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.projects import create_project
from db.learning import rounds
from db.records import OWNER
from db.store import Store

ROUND_MS = 120_000
WORDS = {"slept": "none", "sank": "event"}


def make_project(folder: Path, encoder: Path) -> Path:
    """Make a project with answers and open sentences, in which that encoder was used before."""
    lines = folder / "lines.jsonl"
    rows = [{"text": f"Ship {row} {verb}.", "label": label} for row in range(10) for verb, label in WORDS.items()]
    rows += [{"text": f"Boat {row} sank."} for row in range(20)]
    rows += [
        {"text": f"Raft {row} {verb}.", "label": label, "split": "test"}
        for row in range(6)
        for verb, label in WORDS.items()
    ]
    lines.write_text("\n".join(map(json.dumps, rows)))
    path = folder / "ships.db"
    with create_project(path, labels=("none", "event")) as store:
        import_file(store, lines, actor=OWNER, settings=ImportSettings(answers="keep", hold_out=0))
        before = rounds.queue(store, config={"encoder": str(encoder)}, seed=0, last_annotation=None)
        rounds.advance(store, before.id, "ready")
    return path


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_an_encoder_is_chosen_reads_and_serves(
    page: Page, serve: Callable[..., Any], sign_in: Callable[..., Any], tmp_path: Path, tiny_encoder: Path
) -> None:
    server = serve(make_project(tmp_path, tiny_encoder), cold=True)  # a fork has nothing to load
    sign_in(page, server, "Nora")
    page.get_by_role("link", name="Rounds").click()
    page.get_by_role("button", name="Settings").click()
    choose(page, "Encoder", "static")
    expect(page.get_by_text("Word vectors")).to_be_visible()
    choose(page, "Encoder", "tiny")
    expect(page.get_by_text("Word vectors")).to_have_count(0)
    expect(page.get_by_text("evidence: each word speaks for a label")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Start round 2").click()
    expect(page.get_by_text("Loading (a few seconds)")).to_be_visible()
    expect(page.get_by_role("row", name="Round 2").get_by_text("serving")).to_be_visible(timeout=ROUND_MS)
    expect(page.get_by_text("What the marks bought (round 2 against its twin")).to_be_visible(timeout=ROUND_MS)
    expect(page.get_by_role("row", name="Round 2 twin")).to_be_visible()
    expect(page.get_by_text("Round 2 against its twin:")).to_be_visible()
    expect(page.get_by_text("Then this card shows what the marks bought")).to_have_count(0)
    assert serious(page) == []
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download as SVG").click()
    assert "12 test sentences" in Path(downloading.value.path()).read_text(encoding="utf-8")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download as PNG").click()
    assert Path(downloading.value.path()).read_bytes().startswith(b"\x89PNG")
    page.get_by_role("link", name="Round 2", exact=True).click()
    expect(page.get_by_text("Read by tiny after layer 2")).to_be_visible()
    expect(page.get_by_text("Figures on 12 test sentences, in percent")).to_be_visible()
    expect(page).to_have_title("Rounds · ships · Whylight")
    assert serious(page) == []
    page.get_by_role("button", name="All rounds").click()
    expect(page.get_by_role("row", name="Round 2 twin")).to_be_visible()
    with Store.open(server.project) as store:
        assert rounds.read(store, 2).metrics["reading"]["sentences"] == 52

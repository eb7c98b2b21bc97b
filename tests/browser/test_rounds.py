"""The page of rounds: choose what reads the words, start a round, and see what it says of itself."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.projects import create_project
from db import rounds
from db.records import OWNER
from db.store import Store

ROUND_MS = 120_000
WORDS = {"slept": "none", "sank": "event"}


def make_project(folder: Path, encoder: Path) -> Path:
    """Make a project with answers and open sentences, in which that encoder was used before."""
    lines = folder / "lines.jsonl"
    rows = [{"text": f"Ship {row} {verb}.", "label": label} for row in range(10) for verb, label in WORDS.items()]
    rows += [{"text": f"Boat {row} sank."} for row in range(20)]
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
    server = serve(make_project(tmp_path, tiny_encoder))
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
    expect(page.get_by_text("2 · serving")).to_be_visible(timeout=ROUND_MS)
    expect(page.get_by_text("evidence on tiny")).to_be_visible()
    expect(page.get_by_text("Round 2: Read by tiny after layer 2")).to_be_visible()
    with Store.open(server.project) as store:
        assert rounds.read(store, 2).metrics["reading"]["sentences"] == 40

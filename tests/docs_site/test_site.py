"""What the documentation site is made of. `make docs` builds it, and refuses links that lead nowhere."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from documents import ROOT
from site_build import SHIM, asks_elsewhere, bring_shim_home, decisions_page, stage
from site_reference import commands_of, learner_page, whylight_page

from annotator.cli import main

COMMANDS = dict(commands_of(main, "whylight"))


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "docs"
    stage(folder)
    return folder


def _named(nav: list[Any]) -> Iterator[str]:
    for entry in nav:
        if isinstance(entry, str):
            yield entry
            continue
        for inside in entry.values():
            yield from _named(inside) if isinstance(inside, list) else [inside]


def test_the_navigation_has_every_page(staged: Path) -> None:
    config = tomllib.loads((ROOT / "docs_site/zensical.toml").read_text())
    named = set(_named(config["project"]["nav"]))
    made = {str(page.relative_to(staged)) for page in staged.rglob("*.md")}
    assert named <= made
    linked = {page for page in made if re.match(r"decisions/\d|repository/benchmarks/", page)}
    assert made - named == linked


def test_links_lead_to_where_the_site_has_a_file(staged: Path) -> None:
    for page in staged.rglob("*.md"):
        for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", page.read_text()):
            assert "://" in target or (page.parent / target).is_file(), f"{page.name}: {target}"


def test_what_a_page_links_to_outside_the_documents_comes_along(staged: Path) -> None:
    assert (staged / "repository/benchmarks/results/study.md").is_file()
    assert "](repository/benchmarks/results/study.md)" in (staged / "results.md").read_text()
    assert "](../../docs/" not in (staged / "repository/CHANGELOG.md").read_text()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_reference_has_every_command_with_its_options(name: str) -> None:
    section = re.search(rf"^## {re.escape(name)}\n(.*?)(?=^## |\Z)", whylight_page(), re.MULTILINE | re.DOTALL)
    assert section
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] in section[1]


def test_the_reference_has_the_learner_s_commands_with_their_options() -> None:
    page = learner_page()
    assert re.findall(r"^## python -m learner (.+)", page, re.MULTILINE) == [
        *("train", "evaluate", "predict", "explain", "shards build", "shards score", "shards head", "reproduce"),
        "unpack-e5",
    ]
    assert "<code>--encoder-layer" in page
    assert "%(" not in page


def test_every_decision_is_listed() -> None:
    page = decisions_page()
    assert all(f"]({file.name})" in page for file in ROOT.glob("docs/decisions/[0-9]*.md"))


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example.org/a.js"></script>',
        '<link rel="stylesheet" href="//fonts.example.org/css">',
        '<link href="https://fonts.example.org/css" rel="stylesheet">',
        "<style>@import url(https://fonts.example.org/css)</style>",
        "<style>a { background: url('https://example.org/a.png') }</style>",
        "<img alt='' src=https://example.org/a.png>",
    ],
)
def test_a_page_that_would_ask_another_server_is_found(html: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(html)
    assert len(asks_elsewhere(tmp_path)) == 1


def test_a_link_to_another_site_asks_nothing(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text('<a href="https://example.org/">x</a><svg xmlns="http://www.w3.org/2000/svg"/>')
    assert asks_elsewhere(tmp_path) == []


def test_the_search_s_shim_is_ours_at_every_depth(tmp_path: Path) -> None:
    for name in ("a.html", "b/c.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f'<script src="{SHIM}"></script>')
    bring_shim_home(tmp_path)
    assert (tmp_path / "a.html").read_text() == '<script src="assets/iframe-worker.js"></script>'
    assert (tmp_path / "b/c.html").read_text() == '<script src="../assets/iframe-worker.js"></script>'

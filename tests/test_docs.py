"""The documents keep up with the program."""

import re
from pathlib import Path

import click
import pytest
from documents import ROOT, pages

from annotator.cli import main

PAGES = pages()
GUIDE = "\n".join(page.read_text() for page in sorted(ROOT.glob("docs/guide/*.md")))
MADE = {"reference/whylight.md", "../reference/whylight.md", "reference/learner.md", "../reference/learner.md"}
"""Pages that `make docs` makes."""
UNIVERSAL = {"--help", "--json", "--version"}


def _commands(command: click.Command, name: str) -> list[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        return [found for key, inner in command.commands.items() for found in _commands(inner, f"{name} {key}")]
    return [(name, command)]


COMMANDS = _commands(main, "whylight")


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_and_option_is_in_the_guide(name: str, command: click.Command) -> None:
    assert name in GUIDE
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            written = {*parameter.opts, *parameter.secondary_opts} - UNIVERSAL
            assert not written or written & set(re.findall(r"--[a-z-]+", GUIDE)), f"{name}: {parameter.opts}"


@pytest.mark.parametrize("document", PAGES, ids=lambda document: str(document.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text()):
        if "://" not in target and target not in MADE:
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


@pytest.mark.parametrize("document", PAGES, ids=lambda document: str(document.relative_to(ROOT)))
def test_tests_that_a_document_names_are_there(document: Path) -> None:
    for named in re.findall(r"`(tests/[\w/.-]+)`", document.read_text()):
        assert (ROOT / named).exists(), f"{document.name} names {named}"


def test_the_readme_shows_the_two_commands_on_its_first_screen() -> None:
    first = "\n".join((ROOT / "README.md").read_text().splitlines()[:40])
    assert "make demo" in first
    assert "make test" in first


def test_every_format_is_in_the_documents() -> None:
    from annotator.formats.registry import READERS
    from annotator.formats.tools.folders import FOLDERS

    formats = (ROOT / "docs/formats.md").read_text()
    assert [name for name in (*READERS, *FOLDERS) if f"`{name}`" not in formats] == []


def test_every_format_of_an_export_is_in_its_table() -> None:
    from annotator.exporting.registry import FORMATS

    table = (ROOT / "docs/formats.md").read_text().partition("## Examples")[2]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")]
    assert [name for name in FORMATS if not any(f"`{name}`" in row for row in rows)] == []


def test_every_registered_name_is_explained() -> None:
    from learner.registry import names

    text = GUIDE + (ROOT / "docs/method.md").read_text()
    for kind in ("model", "loss", "acquisition", "view", "attribution"):
        for name in names(kind):
            assert f"`{name}`" in text, f"{kind} {name}"


def test_a_paragraph_of_the_guide_is_read_at_one_go() -> None:
    prose = re.sub(r"^```.*?^```$", "", GUIDE, flags=re.DOTALL | re.MULTILINE)
    paragraphs = [text for text in prose.split("\n\n") if text[:1] not in "|-0123456789"]
    assert [text[:60] for text in paragraphs if len(text.split()) > 130] == [], "cut it into short ones, or a list"

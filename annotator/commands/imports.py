"""The commands about what was imported: list the imports, and undo one."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, MOST, PROJECT, opened
from annotator.commands.contradictions import Group
from annotator.commands.terminal import confirm, emit, say, show

if TYPE_CHECKING:
    from rich.table import Table

    from db.corpus.imports import ListedImport


@click.group("imports", cls=Group)
def imports_() -> None:
    """List what was imported, or undo an import."""


@imports_.command("list")
@PROJECT
@AS_PERSON
@AS_JSON
def list_(project: Path, who: str | None) -> None:
    """List the imports of PROJECT, the newest first."""
    from annotator.importing.undoing import list_imports

    with opened(project, who) as (store, actor):
        found = list_imports(store, actor=actor)
    show(_table(found) if found else "Nothing has been imported yet.")
    emit({"imports": [asdict(one) for one in found]})


@imports_.command()
@PROJECT
@click.argument("number", metavar="[IMPORT]", required=False, type=click.IntRange(1, MOST))
@click.option("--yes", is_flag=True, help="Do not ask.")
@AS_PERSON
@AS_JSON
def undo(project: Path, number: int | None, yes: bool, who: str | None) -> None:
    """Undo an import of PROJECT: the one with this number, or the last one."""
    from annotator.importing.undoing import find_import, undo_import
    from annotator.importing.undoing_wording import question, undone_in_words

    with opened(project, who) as (store, actor):
        chosen = find_import(store, number, actor=actor)
        if not yes:
            confirm(question(chosen))
        done = undo_import(store, chosen.number, actor=actor)
    say(f"Undone: {done.source}.")
    for sentence in undone_in_words(done):
        say(sentence)
    emit(asdict(done))


def _table(imports: "Sequence[ListedImport]") -> "Table":
    from annotator.commands.tables import COMMAND_LINE, listing
    from annotator.wording import clock

    rows = [
        (
            *(one.number, one.source, f"{clock(one.at_ms)}, {one.person or COMMAND_LINE}"),
            *(one.sentences, one.answers, one.changed),
            "–" if one.undone_ms is None else f"{clock(one.undone_ms)}, {one.undone_by or COMMAND_LINE}",
        )
        for one in imports
    ]
    return listing(("import", "file", "imported", "sentences", "answers", "changed", "undone"), rows)

"""The command that merges projects."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, PROJECT, UPDATE, opened
from annotator.commands.contradictions import Command
from annotator.commands.erasing import refuse_unerased
from annotator.commands.terminal import emit, progress_bar, say

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(cls=Command)
@PROJECT
@click.argument("others", nargs=-1, required=True, type=_FILE)
@click.option("--into", type=_FILE, metavar="NEW", help="Write a new project, and leave PROJECT as it is.")
@click.option(
    "--same-person",
    type=click.Choice(["refuse", "newer"]),
    default="refuse",
    show_default=True,
    help="Where a person answered a sentence in two projects: refuse to merge, or let the newer answer count.",
)
@UPDATE
@click.option("--dry-run", is_flag=True, help="Show what merging would do, and write nothing.")
@AS_PERSON
@AS_JSON
def merge(
    project: Path, others: tuple[Path, ...], into: Path | None, dry_run: bool, who: str | None, **chosen: Any
) -> None:
    """Bring into PROJECT what people did in OTHERS, which stay as they are: all of it, or nothing."""
    from annotator.merging.run import merge_into_new, merge_projects
    from annotator.merging.wording import merged_in_words

    if into is not None and dry_run:
        raise click.UsageError("--dry-run shows what merging into PROJECT would do; leave --into out.")
    with opened(project, who) as (store, actor), progress_bar("Merging") as progress:
        if into is None:
            done = merge_projects(store, others, dry_run=dry_run, actor=actor, progress=progress, **chosen)
        else:
            done = merge_into_new(store, into, others, actor=actor, **chosen)
    for merged in done:
        for sentence in merged_in_words(merged, dry_run=dry_run):
            say(sentence)
    emit({"merged": [asdict(merged) for merged in done]})
    if not dry_run:
        refuse_unerased(into or project, [merged.report for merged in done])

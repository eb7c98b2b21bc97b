"""The commands that look after a project: back it up, restore it and examine it."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, PROJECT, inspected, opened
from annotator.commands.contradictions import Command
from annotator.commands.terminal import confirm, emit, say, show

if TYPE_CHECKING:
    from db.records import Counts


@click.command(cls=Command)
@PROJECT
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--with-checkpoint", is_flag=True, help="Also copy the files of the round that serves.")
@click.option("--rows-only", is_flag=True, help="Save the rows of a project whose schema was changed.")
@AS_PERSON
@AS_JSON
def backup(project: Path, file: Path | None, with_checkpoint: bool, rows_only: bool, who: str | None) -> None:
    """Write a checked copy of PROJECT to FILE, by default into the folder of backups next to it."""
    from annotator.care.backups import backup_project, save_rows
    from annotator.wording import counted

    if rows_only:
        if file is None or with_checkpoint:
            raise click.UsageError("--rows-only needs the name of a FILE to write, and excludes --with-checkpoint.")
        with inspected(project, who) as (store, actor):
            made = save_rows(store, file, actor=actor)
        say("These are the rows as they were found; what a changed trigger did to them before is unknown.")
    else:
        with opened(project, who) as (store, actor):
            made = backup_project(store, file, with_checkpoint=with_checkpoint, actor=actor)
    held = made.held
    parts = counted(held.sentences, "sentence"), counted(held.answers, "answer"), counted(held.rounds, "round")
    say(f"Wrote {made.file}: {', '.join(parts)}.")
    if with_checkpoint:
        say(f"The files of round {made.round} are next to it." if made.round else "No round serves yet.")
    if made.outside is not None:
        say(f"Not in it: {made.outside}; keep the shards, too.")
    emit(asdict(made))


@click.command(cls=Command)
@PROJECT
@AS_PERSON
@AS_JSON
def backups(project: Path, who: str | None) -> None:
    """List the backups of PROJECT and the files that restores replaced, newest first."""
    from annotator.care.kept_backups import list_backups
    from annotator.commands.tables import backups_table

    with opened(project, who) as (store, actor):
        kept = list_backups(store, actor=actor)
    show(
        backups_table(kept)
        if kept
        else "No backups yet; `whylight backup` makes one, and `whylight serve` does hourly."
    )
    emit({"backups": [asdict(backup) for backup in kept]})


@click.command(cls=Command)
@PROJECT
@click.argument("backup", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@AS_PERSON
@AS_JSON
def restore(project: Path, backup: Path, yes: bool, who: str | None) -> None:
    """Show PROJECT and BACKUP, ask, replace PROJECT with a copy of BACKUP, and keep the replaced file."""
    from annotator.care.backups import restore_project
    from annotator.care.coming_back import coming_back, coming_back_lines
    from annotator.commands.tables import exchange_table

    def agree(before: "Counts | None", now: "Counts") -> None:
        show(exchange_table(before, now))
        for line in coming_back_lines(coming_back(project, backup), project):
            say(line)
        if not yes:
            confirm(f"Replace {project.name} with {backup.name}?")

    restored = restore_project(project, backup, who=who, agree=agree)
    say(f"The replaced file is now {restored.kept}." if restored.kept else "There was no file to keep.")
    if restored.rounds_without_files:
        numbers = ", ".join(map(str, restored.rounds_without_files))
        say(f"The checkpoints or saliency of these rounds are missing: {numbers}; `whylight doctor` names the files.")
    emit(asdict(restored))


@click.command(cls=Command)
@PROJECT
@AS_PERSON
@AS_JSON
def doctor(project: Path, who: str | None) -> None:
    """Examine PROJECT and show what to do about each finding; nothing is changed."""
    from annotator.care.doctor import check_well, examine
    from annotator.commands.tables import findings_table
    from annotator.project.permissions import check_may_act

    with inspected(project, who) as (store, actor):
        check_may_act(store, actor, least="admin")
        findings = examine(store)
    show(findings_table(findings))
    emit({"findings": [asdict(finding) for finding in findings]})
    check_well(findings)

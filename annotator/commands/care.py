"""The commands that look after a project: its file, its people, and what was done in it."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, PROJECT, inspected, opened
from annotator.commands.terminal import confirm, emit, say, show

if TYPE_CHECKING:
    from db.records import Counts


@click.command()
@PROJECT
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--with-checkpoint", is_flag=True, help="Put the files of the round that serves beside it.")
@click.option("--rows-only", is_flag=True, help="Save the rows of a project whose schema was changed.")
@AS_PERSON
@AS_JSON
def backup(project: Path, file: Path | None, with_checkpoint: bool, rows_only: bool, who: str | None) -> None:
    """Write a checked copy of PROJECT to FILE, by default into the folder of backups beside it."""
    from annotator.care.backups import backup_project, save_rows

    if rows_only:
        if file is None or with_checkpoint:
            raise click.UsageError("--rows-only needs the name of a FILE to write, and takes no --with-checkpoint.")
        with inspected(project, who) as (store, actor):
            made = save_rows(store, file, actor=actor)
        say("These are the rows as they were found: what a changed trigger did to them before, nobody can tell.")
    else:
        with opened(project, who) as (store, actor):
            made = backup_project(store, file, with_checkpoint=with_checkpoint, actor=actor)
    held = made.held
    say(f"Wrote {made.file}: {held.sentences} sentences, {held.answers} answers, {held.rounds} rounds.")
    if with_checkpoint:
        say(f"The files of round {made.round} lie beside it." if made.round else "No round serves yet.")
    emit(asdict(made))


@click.command()
@PROJECT
@click.argument("backup", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--yes", is_flag=True, help="Do not ask.")
@AS_PERSON
@AS_JSON
def restore(project: Path, backup: Path, yes: bool, who: str | None) -> None:
    """Show PROJECT and BACKUP, ask, put a copy of BACKUP in PROJECT's place, and keep the file that was there."""
    from annotator.care.backups import restore_project
    from annotator.commands.tables import exchange_table

    def agree(before: "Counts | None", now: "Counts") -> None:
        show(exchange_table(before, now))
        if not yes:
            confirm(f"Put {backup.name} in the place of {project.name}?")

    restored = restore_project(project, backup, who=who, agree=agree)
    say(f"The file that was there is now {restored.kept}." if restored.kept else "There was no file to keep.")
    if restored.rounds_without_files:
        numbers = ", ".join(map(str, restored.rounds_without_files))
        say(f"The checkpoints or saliency of these rounds are not here: {numbers}; `whylight doctor` names the files.")
    emit(asdict(restored))


@click.command()
@PROJECT
@AS_PERSON
@AS_JSON
def doctor(project: Path, who: str | None) -> None:
    """Examine PROJECT and say what to do about each finding; changes nothing."""
    from annotator.care.doctor import check_well, examine
    from annotator.commands.tables import findings_table
    from annotator.project.permissions import check_may_act

    with inspected(project, who) as (store, actor):
        check_may_act(store, actor, least="admin")
        findings = examine(store)
    show(findings_table(findings))
    emit({"findings": [asdict(finding) for finding in findings]})
    check_well(findings)

"""The commands that look after a project: its file, its people, and what was done in it."""

from dataclasses import asdict
from pathlib import Path

import click

from annotator.arguments import AS_JSON, PROJECT
from annotator.terminal import emit, say, show


@click.command()
@PROJECT
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@AS_JSON
def backup(project: Path, file: Path | None, as_json: bool) -> None:
    """Write a checked copy of PROJECT to FILE, by default into the folder of backups beside it."""
    from annotator.backups import backup_project
    from db.store import Store

    with Store.open(project) as store:
        made = backup_project(store, file)
    held = made.held
    say(f"Wrote {made.file}: {held.sentences} sentences, {held.answers} answers, {held.rounds} rounds.")
    emit(as_json, asdict(made))


@click.command()
@PROJECT
@click.argument("backup", type=click.Path(path_type=Path, dir_okay=False))
@AS_JSON
def restore(project: Path, backup: Path, as_json: bool) -> None:
    """Put a copy of BACKUP in the place of PROJECT, and keep the file that was there."""
    from annotator.backups import restore_project
    from annotator.reports import restored_table

    restored = restore_project(project, backup)
    show(restored_table(restored))
    say(f"The file that was there is now {restored.kept}." if restored.kept else "There was no file to keep.")
    emit(as_json, asdict(restored))


@click.command()
@PROJECT
@AS_JSON
def doctor(project: Path, as_json: bool) -> None:
    """Examine PROJECT and say what to do about each finding; changes nothing."""
    from annotator.doctor import check_well, examine
    from annotator.reports import findings_table
    from db.store import Store

    with Store.inspect(project) as store:
        findings = examine(store)
    show(findings_table(findings))
    emit(as_json, {"findings": [asdict(finding) for finding in findings]})
    check_well(findings)


CARE: tuple[click.Command, ...] = (backup, restore, doctor)
"""What `whylight` adds to its commands."""

"""The folders next to a project's file: its rounds, uploads, backups and vectors, named after the whole file name.

`study.db` and `study.sqlite` are two projects, so each has its own folders. Before schema 6 both would have
shared `study.backups`. Such a folder gets the whole name as soon as the project is served, if it can belong to
one project only. `study.rounds` keeps its name, because rounds' rows hold it; its content bears the project's id.
"""

import os
from pathlib import Path
from typing import Literal

from db.files import application_id
from db.opening.openable import APPLICATION_ID

Kind = Literal["rounds", "uploads", "backups"]
LEFT_OUT = "-left-out.jsonl"
"""How the names of files end that have the rows that an upload left out because of a fault."""
OWN_SHARDS = "own"
"""The folder of a round's scores of a pool outside in which it writes the project's own open sentences."""
_RENAMED: tuple[Kind, ...] = ("uploads", "backups")


def project_folder(project_file: Path, kind: Kind) -> Path:
    """Return the folder of this kind that belongs to the project, whether or not it exists yet."""
    project_file = project_file.resolve()
    named = project_file.with_name(f"{project_file.name}.{kind}")
    before = project_file.with_suffix(f".{kind}")
    if named.exists() or not before.is_dir():
        return named
    if kind != "rounds" and _others_of_its_stem(project_file):
        return named
    return before


def left_out_files(project_file: Path) -> list[Path]:
    """Return all files with rows that uploads left out because of a fault."""
    folder = project_folder(project_file, "uploads")
    return [] if folder.is_symlink() or not folder.is_dir() else sorted(folder.glob(f"*{LEFT_OUT}"))


def vectors_of(project_file: Path) -> Path:
    """Return the folder for the vectors of the project's sentences; no older Whylight made one."""
    project_file = project_file.resolve()
    return project_file.with_name(f"{project_file.name}.vectors")


def pool_scores_of(project_file: Path) -> Path:
    """Return the folder for what a round at work says about a pool outside the project; no older Whylight made one."""
    project_file = project_file.resolve()
    return project_file.with_name(f"{project_file.name}.pool-scores")


def own_shards_in(pool_scores: Path) -> list[Path]:
    """Return the folders with the project's own sentences that a round at work, or one that was killed, has written."""
    return [] if pool_scores.is_symlink() else [path for path in pool_scores.glob(f"*/{OWN_SHARDS}") if path.is_dir()]


def take_over_folders(project_file: Path) -> None:
    """Rename the folders that an older Whylight made for this project to their whole names."""
    project_file = project_file.resolve()
    for kind in _RENAMED:
        before = project_folder(project_file, kind)
        named = project_file.with_name(f"{project_file.name}.{kind}")
        if before != named and not before.is_symlink():
            os.rename(before, named)


def _others_of_its_stem(project_file: Path) -> list[Path]:
    """Return the other projects for which an older Whylight used the same folder name."""
    siblings = [file for file in project_file.parent.iterdir() if file.stem == project_file.stem and file.is_file()]
    return [file for file in siblings if file != project_file and application_id(file) == APPLICATION_ID]

"""The folders next to a project's file: its rounds, uploads and backups, named after the whole file name.

`study.db` and `study.sqlite` are two projects, and so have two folders of each kind. Before schema 6 both
would have had `study.backups`; a folder of that name stays in use as long as only one project can mean it.
"""

from pathlib import Path
from typing import Literal

from db.files import application_id
from db.openable import APPLICATION_ID

Kind = Literal["rounds", "uploads", "backups"]


def project_folder(project_file: Path, kind: Kind) -> Path:
    """Return the folder of this kind that belongs to the project, whether or not it exists yet."""
    project_file = project_file.resolve()
    named = project_file.with_name(f"{project_file.name}.{kind}")
    before = project_file.with_suffix(f".{kind}")
    if named.exists() or not before.is_dir() or _others_of_its_stem(project_file):
        return named
    return before


def _others_of_its_stem(project_file: Path) -> list[Path]:
    """Return the other projects in the folder that an older Whylight took for the same name."""
    siblings = [each for each in project_file.parent.iterdir() if each.stem == project_file.stem and each.is_file()]
    return [each for each in siblings if each != project_file and application_id(each) == APPLICATION_ID]

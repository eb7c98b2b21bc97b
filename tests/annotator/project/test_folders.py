"""Which folder belongs to which project, when projects with the same stem are next to each other."""

from pathlib import Path

import pytest

from annotator.project.folders import project_folder, take_over_folders, vectors_of
from annotator.project.projects import create_project


@pytest.fixture
def study(tmp_path: Path) -> Path:
    create_project(tmp_path / "study.db", labels=["none", "event"]).close()
    return tmp_path / "study.db"


def test_a_new_project_names_its_folders_after_the_whole_file(study: Path) -> None:
    assert {project_folder(study, kind).name for kind in ("rounds", "uploads", "backups")} == {
        "study.db.rounds",
        "study.db.uploads",
        "study.db.backups",
    }


def test_vectors_have_a_folder_of_the_whole_name_whatever_else_is_there(study: Path) -> None:
    study.with_suffix(".vectors").mkdir()
    assert vectors_of(study) == study.resolve().with_name("study.db.vectors")


def test_two_projects_of_one_stem_share_no_folder_even_if_an_older_one_is_there(study: Path) -> None:
    create_project(study.with_suffix(".sqlite"), labels=["none", "event"]).close()
    study.with_suffix(".backups").mkdir()
    folders = {project_folder(study.with_suffix(each), "backups").name for each in (".db", ".sqlite")}
    assert folders == {"study.db.backups", "study.sqlite.backups"}


def test_a_folder_with_an_older_name_is_taken_over_for_good(study: Path) -> None:
    before = study.with_suffix(".backups")
    before.mkdir()
    (before / "old.db").write_text("a backup")
    assert project_folder(study, "backups") == before, "until the project is served"
    take_over_folders(study)
    create_project(study.with_suffix(".bak"), labels=["none", "event"]).close()
    assert [each.name for each in project_folder(study, "backups").iterdir()] == ["old.db"]
    assert not before.exists()


def test_the_rounds_of_before_stay_where_their_rows_say(study: Path) -> None:
    before = study.with_suffix(".rounds")
    before.mkdir()
    take_over_folders(study)
    create_project(study.with_suffix(".bak"), labels=["none", "event"]).close()
    assert project_folder(study, "rounds") == before


def test_a_link_in_the_place_of_a_folder_is_not_renamed(study: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    study.with_suffix(".uploads").symlink_to(tmp_path / "elsewhere")
    take_over_folders(study)
    assert study.with_suffix(".uploads").is_symlink()

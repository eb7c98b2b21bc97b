"""People and tables of confused labels from files, and what is said of a file that is neither."""

import json
from pathlib import Path

import pytest

from annotator.errors import CannotSimulate
from annotator.simulation.habits import Habits
from annotator.simulation.habits_file import check_rates, read_confusion, read_people

LABELS = ("event", "none")


def _file(tmp_path: Path, name: str, content: object) -> Path:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_people_have_the_habits_that_their_file_says(tmp_path: Path) -> None:
    people = [
        {"name": "Ann", "share": 2, "minutes": 0.5},
        {"name": "Ben", "label_error": 0.1, "missed": 0.2, "extra": 1.5, "marks": 0.3},
        {"name": "Cy", "confusion": {"event": {"event": 3, "none": 1}}},
    ]
    assert read_people(_file(tmp_path, "people.json", people), LABELS) == (
        Habits(name="Ann", share=2, minutes=0.5),
        Habits(name="Ben", label_error=0.1, missed=0.2, extra=1.5, marks=0.3),
        Habits(name="Cy", confusion=((0.75, 0.25), (0.0, 1.0))),
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("counts.csv", ",event,none\nevent,9,1\nnone,0,4\n"),
        ("shares.json", {"event": {"event": 0.9, "none": 0.1}, "none": {"none": 1}}),
    ],
)
def test_a_table_of_confused_labels_is_read(tmp_path: Path, name: str, content: object) -> None:
    assert read_confusion(_file(tmp_path, name, content), LABELS) == ((0.9, 0.1), (0.0, 1.0))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("[", "not JSON"),
        ({"name": "Ann"}, "does not hold people"),
        ([], "does not hold people"),
        ([{"share": 1}], "cannot be called None"),
        ([{"name": "Ann"}, {"name": "ann"}], "two people called 'ann'"),
        ([{"name": "Ann", "speed": 1}], "Ann has 'speed'"),
        ([{"name": "Ann", "missed": "many"}], "'many' as missed"),
        ([{"name": "Ann", "missed": 1.5}], "missed is 1.5"),
        ([{"name": "Ann", "share": 0}], "share is 0"),
        ([{"name": "Ann", "extra": -1}], "extra is -1"),
        ([{"name": "Ann", "label_error": 0.1, "confusion": {"event": {"none": 1}}}], "give one of them"),
        ([{"name": "Ann", "confusion": {"party": {"none": 1}}}], "names the label 'party'"),
    ],
)
def test_a_file_that_describes_no_people_is_refused(tmp_path: Path, content: object, why: str) -> None:
    with pytest.raises(CannotSimulate, match=why):
        read_people(_file(tmp_path, "people.json", content), LABELS)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("table.csv", "", "is not a table"),
        ("table.csv", ",event,none\nevent,1\n", "is not a table"),
        ("table.csv", ",event,none\nevent,much,1\n", "row of 'event'"),
        ("table.csv", ",event,none\nevent,0,0\n", "row of 'event'"),
        ("table.json", [1], "has no table"),
        ("table.json", {"event": {"party": 1}}, "names the label 'party'"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, name: str, content: object, why: str) -> None:
    with pytest.raises(CannotSimulate, match=why):
        read_confusion(_file(tmp_path, name, content), LABELS)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotSimulate, match="There is no file"):
        read_people(tmp_path / "none.json", LABELS)


def test_possible_habits_pass() -> None:
    assert check_rates(Habits(extra=3.0)) == Habits(extra=3.0)

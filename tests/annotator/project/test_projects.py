from pathlib import Path

import pytest

from annotator.errors import BadLabels, SignInRefused
from annotator.project.people import may_sign_in, sign_in
from annotator.project.projects import create_project, describe_project
from db.records import OWNER, Label, Person
from db.store import Store
from db.team import people, project


def test_labels_keep_their_order_and_say_whether_they_take_a_rationale(tmp_path: Path) -> None:
    with create_project(tmp_path / "a.db", labels=["none", "event"], no_rationale=["none"]) as store:
        assert project.labels(store) == [Label(0, "none", False), Label(1, "event", True)]


@pytest.mark.parametrize(
    ("labels", "no_rationale", "says"),
    [
        (["one"], [], "2 to 200 labels"),
        ([str(number) for number in range(201)], [], "not 201"),
        (["same", "same"], [], "reads like"),
        (["a", " "], [], "not 1 to 100 printable"),
        (["a", "b\nc"], [], "not 1 to 100 printable"),
        (["a", "b" * 101], [], "not 1 to 100 printable"),
        (["a", "b"], ["c"], "not one of the labels a, b"),
        (["a", "b"], ["a", "b"], "No label would take a rationale"),
    ],
)
def test_unusable_labels_make_no_project(tmp_path: Path, labels: list[str], no_rationale: list[str], says: str) -> None:
    with pytest.raises(BadLabels, match=says):
        create_project(tmp_path / "a.db", labels=labels, no_rationale=no_rationale)
    assert list(tmp_path.iterdir()) == []


def test_signing_in_twice_is_one_person(store: Store) -> None:
    assert sign_in(store, "  Anna   Maria ") == sign_in(store, "anna maria")
    assert [person.name for person in may_sign_in(store)] == ["Anna Maria"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\x00b"])
def test_a_name_that_is_none_is_refused(store: Store, name: str) -> None:
    with pytest.raises(SignInRefused):
        sign_in(store, name)
    assert people.all_of(store) == []


def test_inactive_people_cannot_sign_in(store: Store) -> None:
    people.add(store, "gold", active=False)
    with pytest.raises(SignInRefused, match="the name of a file's own answers"):
        sign_in(store, "gold")
    assert may_sign_in(store) == []


def test_the_description_counts_what_is_there(store: Store, anna: Person) -> None:
    facts = describe_project(store, actor=OWNER)
    assert facts["sentences"] == {"pool": 10, "dev": 0, "test": 0}
    assert facts["answers_by_label"]["event"] == {"answers": 0, "with_marks": 0}
    assert facts["slots"]["open"] == 10

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from annotator.answering.queue import submit
from annotator.errors import BadPerson, Deactivated, SignInRefused
from annotator.project.people import (
    Identity,
    add_person,
    may_sign_in,
    set_active,
    set_role,
    sign_in,
    sign_in_by_identity,
)
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import cancel_round, queue_round
from db.answers import annotations
from db.errors import AlreadyExists
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from db.team import audit, people


def test_an_added_person_may_sign_in_and_the_audit_says_who_added_them(store: Store, anna: Person) -> None:
    added = add_person(store, "  Ben   Miller ", role="researcher", actor=anna)
    assert (added.name, added.role) == ("Ben Miller", "researcher")
    assert added in may_sign_in(store)
    (row, *_) = audit.newest(store, 1)
    assert (row.person, row.action, row.detail) == (
        "Anna",
        "person added",
        {"name": "Ben Miller", "role": "researcher"},
    )


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\tb\x07", "Gold"])
def test_a_name_that_cannot_be_is_refused(store: Store, name: str) -> None:
    with pytest.raises(BadPerson):
        add_person(store, name, actor=OWNER)
    assert people.all_of(store) == []


def test_a_name_that_is_taken_is_refused_whatever_its_case(store: Store, anna: Person) -> None:
    with pytest.raises(AlreadyExists):
        add_person(store, "ANNA", actor=OWNER)


def test_deactivating_is_recorded_once_and_can_be_taken_back(store: Store, ben: Person) -> None:
    assert not set_active(store, "ben", False, actor=OWNER).active
    assert may_sign_in(store) == []
    set_active(store, "ben", False, actor=OWNER)
    assert set_active(store, "ben", True, actor=OWNER).active
    assert [row.action for row in audit.newest(store, 9)] == ["person activated", "person deactivated"]


def test_an_unknown_person_and_gold_cannot_be_activated(store: Store) -> None:
    people.add(store, "gold", active=False)
    with pytest.raises(BadPerson, match="no person 'Zoe'"):
        set_active(store, "Zoe", True, actor=OWNER)
    with pytest.raises(BadPerson, match="not a person who can sign in"):
        set_active(store, "GOLD", True, actor=OWNER)


def test_nobody_signs_in_as_the_file_s_own_answers(store: Store) -> None:
    for name in ("Gold", "\uff27\uff2f\uff2c\uff24"):
        with pytest.raises(SignInRefused, match="the name of a file's own answers"):
            sign_in(store, name)
    assert people.all_of(store) == []
    people.add(store, "gold")
    assert may_sign_in(store) == []


def test_the_only_admin_stays_one(store: Store) -> None:
    sign_in(store, "Ada")
    with pytest.raises(BadPerson, match="only admin"):
        set_active(store, "Ada", False, actor=OWNER)
    with pytest.raises(BadPerson, match="only admin"):
        set_role(store, "Ada", "annotator", actor=OWNER)
    set_role(store, sign_in(store, "Ben").name, "admin", actor=OWNER)
    assert not set_active(store, "Ada", False, actor=OWNER).active


def test_a_person_whose_number_another_person_has_now_is_refused(store: Store, anna: Person) -> None:
    """After a restore, people get the numbers of those who joined after the backup."""
    before = replace(anna, name="Cat")
    with pytest.raises(Deactivated, match="Cat is no longer a person of this project"):
        queue_round(store, actor=before, settings=RoundSettings())
    with pytest.raises(Deactivated):
        submit(store, replace(before, id=99), NewAnnotation(1, 99, "skip", "browser-key-1"))
    assert annotations.find(store, "browser-key-1") is None


def test_a_deactivated_person_starts_cancels_and_adds_nothing(store: Store, anna: Person) -> None:
    people.set_active(store, anna.id, False)
    with pytest.raises(Deactivated):
        queue_round(store, actor=anna, settings=RoundSettings())
    with pytest.raises(Deactivated):
        cancel_round(store, 1, actor=anna)
    with pytest.raises(Deactivated):
        add_person(store, "Ben", actor=anna)


def test_somebody_of_the_same_name_and_number_in_a_backup_is_another_person(store: Store, anna: Person) -> None:
    assert len(anna.uid) == 32 and people.find_uid(store, anna.uid) == anna
    before = replace(anna, uid="0" * 32)
    with pytest.raises(Deactivated, match="Anna is no longer a person of this project"):
        cancel_round(store, 1, actor=before)


def test_who_comes_back_through_a_provider_waits_for_no_writer(store: Store) -> None:
    identity = Identity("https://login.example.org", "s1", "Ada")
    ada = sign_in_by_identity(store, identity, welcome=True)

    def come_back() -> Person:
        with Store.open(store.path) as theirs:
            return sign_in_by_identity(theirs, identity, welcome=True)

    with ThreadPoolExecutor(1) as pool, store.writing():
        again = pool.submit(come_back).result(timeout=10)
    assert (again.id, again.uid) == (ada.id, ada.uid)

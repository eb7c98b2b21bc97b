"""Every use case that somebody acts in, by every role."""

import inspect
import random
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import annotator
from annotator import (
    backups,
    browsing,
    exporting,
    freeing,
    guidelines,
    history,
    importing,
    labels,
    leases,
    marking,
    my_work,
    people,
    project_settings,
    queue,
    review,
    rounds,
    uploads,
)  # fmt: skip
from annotator.errors import Deactivated, NotAllowed, Refused
from db import people as stored
from db.errors import StoreError
from db.records import EVERYTHING, NewAnnotation, Person, Role
from db.store import Store
from learner.errors import LearnerError

Act = Callable[[Store, Person, Path], object]
ROLES: tuple[Role, ...] = ("annotator", "researcher", "admin")


def _answer(person: Person) -> NewAnnotation:
    return NewAnnotation(1, person.id, "answer", "key-of-answer", label=0)


# What each takes at least; the call may fail for another reason once the role has been checked.
USE_CASES: dict[str, tuple[Role, Act]] = {
    "queue.lease_ahead": ("annotator", lambda s, p, _: queue.lease_ahead(s, p, rng=random.Random(0))),
    "queue.submit": ("annotator", lambda s, p, _: queue.submit(s, p, _answer(p))),
    "marking.screen": ("annotator", lambda s, p, _: marking.screen(s, p)),
    "marking.receive": ("annotator", lambda s, p, _: marking.receive(
        s, p, {"outbox": [{"key": "key-of-answer", "sentence_id": 1, "kind": "answer", "label": 0}]})),
    "my_work.today": ("annotator", lambda s, p, _: my_work.today(s, p, since_ms=0)),
    "my_work.list_own": ("annotator", lambda s, p, _: my_work.list_own(s, p, "answered")),
    "review.list_shared": ("researcher", lambda s, p, _: review.list_shared(s, actor=p)),
    "review.list_flagged": ("researcher", lambda s, p, _: review.list_flagged(s, actor=p)),
    "review.read_sentences": ("researcher", lambda s, p, _: review.read_sentences(s, [], actor=p)),
    "review.report": ("researcher", lambda s, p, _: review.report(s, [], actor=p)),
    "review.settle_all": ("researcher", lambda s, p, _: review.settle_all(
        s, p, {"decisions": [{"sentence_id": 1, "label": 1, "marks": None, "key": "decision-all"}]})),
    "review.settle": ("researcher", lambda s, p, _: review.settle(s, p, 1, label=0, marks=None, key="decision-1")),
    "browsing.list_sentences": ("researcher", lambda s, p, _: browsing.list_sentences(s, EVERYTHING, actor=p)),
    "browsing.count_sentences": ("researcher", lambda s, p, _: browsing.count_sentences(s, EVERYTHING, actor=p)),
    "browsing.describe_sentence": ("researcher", lambda s, p, _: browsing.describe_sentence(s, "s1", actor=p)),
    "browsing.choices": ("researcher", lambda s, p, _: browsing.choices(s, actor=p)),
    "history.audit_log": ("researcher", lambda s, p, _: history.audit_log(s, 1, actor=p)),
    "history.sentence_history": ("researcher", lambda s, p, _: history.sentence_history(s, "s1", actor=p)),
    "exporting.export_project": ("researcher", lambda s, p, d: exporting.export_project(s, d / "x.jsonl", actor=p)),
    "exporting.export_for_download": (
        "researcher", lambda s, p, _: exporting.export_for_download(s, EVERYTHING, packed=False, actor=p).close()),
    "importing.import_file": ("researcher", lambda s, p, d: importing.import_file(s, d / "new.jsonl", actor=p)),
    "uploads.keep_upload": ("researcher", lambda s, p, _: uploads.keep_upload(
        s, p, "a.txt", b"One.", uploads.UploadSettings())),
    "uploads.start_upload": ("researcher", lambda s, p, _: uploads.start_upload(
        s, p, "a.none", b"One.", uploads.UploadSettings())),
    "rounds.standing": ("researcher", lambda s, p, _: rounds.standing(s, actor=p)),
    "rounds.all_rounds": ("researcher", lambda s, p, _: rounds.all_rounds(s, actor=p)),
    "rounds.queue_round": ("researcher", lambda s, p, _: rounds.queue_round(
        s, person=p, settings=rounds.RoundSettings())),
    "rounds.start_round": ("researcher", lambda s, p, _: rounds.start_round(s, person=p)),
    "rounds.cancel_round": ("researcher", lambda s, p, _: rounds.cancel_round(s, 1, person=p)),
    "guidelines.write_guidelines": ("researcher", lambda s, p, _: guidelines.write_guidelines(s, "Mark.", actor=p)),
    "project_settings.change_settings": ("researcher", lambda s, p, _: project_settings.change_settings(
        s, project_settings.SettingsChange(lease_minutes=20), actor=p)),
    "labels.add_label": ("researcher", lambda s, p, _: labels.add_label(s, "new", actor=p)),
    "labels.retire_label": ("researcher", lambda s, p, _: labels.retire_label(s, "event", actor=p)),
    "labels.reinstate_label": ("researcher", lambda s, p, _: labels.reinstate_label(s, "event", actor=p)),
    "leases.held_sentences": ("researcher", lambda s, p, _: leases.held_sentences(s, actor=p)),
    "leases.release_abandoned": ("researcher", lambda s, p, _: leases.release_abandoned(s, actor=p)),
    "people.add_person": ("admin", lambda s, p, _: people.add_person(s, "Zoe", actor=p)),
    "people.set_active": ("admin", lambda s, p, _: people.set_active(s, "Zed", False, actor=p)),
    "people.set_role": ("admin", lambda s, p, _: people.set_role(s, "Zed", "annotator", actor=p)),
    "people.link_identity": ("admin", lambda s, p, _: people.link_identity(s, "Zed", "i", "s", actor=p)),
    "backups.backup_project": ("admin", lambda s, p, d: backups.backup_project(s, d / "copy.db", actor=p)),
    "backups.save_rows": ("admin", lambda s, p, d: backups.save_rows(s, d / "rows.db", actor=p)),
    "freeing.free_rounds": ("admin", lambda s, p, _: freeing.free_rounds(s, [], actor=p)),
}  # fmt: skip

HAS_NO_STORE_YET = {"backups.restore_project"}
"""It takes a name, for the project may be gone; its own tests check who."""
WRITES_FOR_OTHERS = {
    "exporting.record_export": "writes the audit line of an export that was allowed",
    "queue.reject": "refuses an answer, and reads and stores none",
    "uploads.to_show": "gives the acting person's own upload, or that one is at work",
}


def _acting_use_cases() -> set[str]:
    found = set()
    for module in iter_modules(annotator.__path__):
        if module.ispkg or module.name in ("__main__", "cli") or module.name.endswith(("_command", "_commands")):
            continue
        loaded = import_module(f"annotator.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if function.__module__ == loaded.__name__ and not name.startswith("_"):
                parameters = inspect.signature(function).parameters.values()
                if any(each.name in ("actor", "person") and "Person" in str(each.annotation) for each in parameters):
                    found.add(f"{module.name}.{name}")
    return found


def test_the_table_names_every_use_case_that_somebody_acts_in() -> None:
    passes_on = {"permissions.as_stored", "permissions.check_may_act", "permissions.ranks_as"}
    assert _acting_use_cases() - passes_on - WRITES_FOR_OTHERS.keys() - HAS_NO_STORE_YET == USE_CASES.keys()


@pytest.fixture
def actor(store: Store, tmp_path: Path) -> Callable[[Role, bool], Person]:
    (tmp_path / "new.jsonl").write_text('{"text": "One more."}')
    people.add_person(store, "Zed")

    def make(role: Role, active: bool) -> Person:
        return stored.add(store, "Max", role=role, active=active)

    return make


@pytest.mark.parametrize("name", USE_CASES)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_does_what_it_may_and_no_more(
    store: Store, tmp_path: Path, actor: Callable[..., Person], name: str, role: Role
) -> None:
    least, act = USE_CASES[name]
    person = actor(role, True)
    if ROLES.index(role) < ROLES.index(least):
        before = store.db.execute("SELECT count(*) FROM audit").fetchone()
        with pytest.raises(NotAllowed, match=f"Max is an? {role}, and this takes an? {least}; ask an admin"):
            act(store, person, tmp_path)
        assert store.db.execute("SELECT count(*) FROM audit").fetchone() == before
        return
    try:
        act(store, person, tmp_path)
    except (NotAllowed, Deactivated):
        raise
    except (Refused, StoreError, LearnerError):
        return  # for what it is, not for who asks


@pytest.mark.parametrize("name", USE_CASES)
def test_somebody_deactivated_does_nothing(
    store: Store, tmp_path: Path, actor: Callable[..., Person], name: str
) -> None:
    person = actor("admin", False)
    with pytest.raises(Deactivated):
        USE_CASES[name][1](store, person, tmp_path)


def test_the_role_is_the_one_that_the_store_has_now(store: Store, actor: Callable[..., Person]) -> None:
    person = actor("admin", True)
    stored.set_role(store, person.id, "annotator")
    with pytest.raises(NotAllowed):
        rounds.standing(store, actor=person)


def test_whoever_comes_first_is_the_admin_and_the_others_annotate(empty_store: Store) -> None:
    assert people.sign_in(empty_store, "Ada").role == "admin"
    assert people.sign_in(empty_store, "Ben").role == "annotator"


def test_a_project_keeps_an_admin(empty_store: Store) -> None:
    people.sign_in(empty_store, "Ada")
    people.sign_in(empty_store, "Ben")
    with pytest.raises(Refused, match="Ada is the only admin"):
        people.set_role(empty_store, "Ada", "researcher")
    people.set_role(empty_store, "Ben", "admin")
    assert people.set_role(empty_store, "Ada", "researcher").role == "researcher"


IDENTITY = people.Identity("https://login.example.org", "248289", "Ada")


def test_an_unknown_identity_is_told_what_an_admin_needs(empty_store: Store) -> None:
    with pytest.raises(Refused, match="--subject 248289"):
        people.sign_in_by_identity(empty_store, IDENTITY, welcome=False)
    people.add_person(empty_store, "Ada")
    people.link_identity(empty_store, "Ada", IDENTITY.issuer, IDENTITY.subject)
    assert people.sign_in_by_identity(empty_store, IDENTITY, welcome=False).name == "Ada"


def test_an_identity_is_the_issuer_and_the_subject_and_never_the_name(empty_store: Store) -> None:
    people.add_person(empty_store, "Ada", role="admin")
    welcomed = people.sign_in_by_identity(empty_store, IDENTITY, welcome=True)
    assert (welcomed.name, welcomed.role) == ("Ada 2", "annotator")
    other = people.Identity("https://elsewhere.example.org", "248289", "Ada")
    assert people.sign_in_by_identity(empty_store, other, welcome=True).name == "Ada 3"
    assert people.sign_in_by_identity(empty_store, IDENTITY, welcome=False).id == welcomed.id


def test_an_identity_is_one_person_s(empty_store: Store) -> None:
    for name in ("Ada", "Ben"):
        people.add_person(empty_store, name)
    people.link_identity(empty_store, "Ada", IDENTITY.issuer, IDENTITY.subject)
    with pytest.raises(StoreError, match="belongs to somebody else"):
        people.link_identity(empty_store, "Ben", IDENTITY.issuer, IDENTITY.subject)


def test_a_deactivated_identity_is_refused(empty_store: Store) -> None:
    people.add_person(empty_store, "Ada")
    people.link_identity(empty_store, "Ada", IDENTITY.issuer, IDENTITY.subject)
    people.set_active(empty_store, "Ada", False)
    with pytest.raises(Refused, match="Ada was deactivated"):
        people.sign_in_by_identity(empty_store, IDENTITY, welcome=True)

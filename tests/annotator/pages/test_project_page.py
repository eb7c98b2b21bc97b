"""The Project page: each part does what its buttons say, and says so next to them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from annotator.care.backups import backups_folder
from annotator.project.folders import vectors_of
from annotator.project.guidelines import write_guidelines
from annotator.project.people import add_person
from db.answers import annotations
from db.corpus import removals
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from db.team import audit, guidelines, people, project


@pytest.fixture
def open_part(monkeypatch: pytest.MonkeyPatch, store: Store, anna: Person) -> Callable[..., AppTest]:
    """Open a part of the Project page as Anna, who is admin unless it says otherwise."""

    def script() -> None:
        from annotator.pages import frame, project
        from annotator.settings import read_settings

        project.render(frame.read_here(read_settings()))

    def open_(part: str, role: Any = "admin") -> AppTest:
        people.set_role(store, anna.id, role)
        monkeypatch.setenv("WHYLIGHT_PROJECT", str(store.path))
        app = AppTest.from_function(script, default_timeout=30)
        app.session_state["person"] = anna.uid
        app.query_params["part"] = part
        app.run()
        assert not app.exception
        return app

    return open_


def press(app: AppTest, label: str, nth: int = 0) -> AppTest:
    [each for each in app.button if each.label == label][nth].click().run()
    assert not app.exception
    return app


def named(elements: Any, label: str, nth: int = 0) -> Any:
    return [each for each in elements if each.label == label][nth]


def outcomes(app: AppTest) -> list[str]:
    """Return what the page says next to its buttons."""
    drawn = [each.proto.body for each in app.get("html")]
    return [body.partition(">")[2].partition("<")[0] for body in drawn if "outcome" in body and "></p>" not in body]


def component(app: AppTest, name: str) -> Any:
    return next(data[name] for each in app.get("bidi_component") if name in (data := json.loads(each.proto.json)))


def test_a_researcher_is_told_whom_to_ask_for_the_rest(open_part: Callable[..., AppTest], store: Store) -> None:
    add_person(store, "Ada", role="admin", actor=OWNER)
    app = open_part("People", role="researcher")
    assert "ask Ada" in app.caption[0].value
    assert app.segmented_control[0].options == ["Guidelines", "Labels", "Settings", "Words", "History"]
    assert app.segmented_control[0].value == "Guidelines"


def test_labels_are_added_and_retired_next_to_their_buttons(open_part: Callable[..., AppTest], store: Store) -> None:
    app = open_part("Labels")
    named(app.text_input, "Name of the label").input("doubt")
    press(app, "Add the label")
    assert outcomes(app) == ["Added “doubt”. Rounds that start from now on learn it."]
    press(app, "Retire", nth=2)
    assert outcomes(app) == ["No longer offered."]
    assert [label.retired for label in project.labels(store)] == [False, False, True]
    press(app, "Retire", nth=1)
    assert "Fewer than two labels would be left" in outcomes(app)[0]
    press(app, "Offer again")
    assert not any(label.retired for label in project.labels(store))


def test_a_label_is_renamed_merged_and_takes_no_marks_next_to_its_button(
    open_part: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    annotations.add(store, NewAnnotation(1, anna.id, "answer", "key-of-anna", 1, "..+."))
    app = open_part("Labels")
    named(app.text_input, "Name of the label").input("doubt")
    press(app, "Add the label")
    named(app.text_input, "Name", 1).input("happening")
    press(app, "Rename", nth=1)
    assert outcomes(app) == ["Renamed."]
    named(app.text_input, "Name", 1).input("Doubt")
    press(app, "Rename", nth=1)
    assert "already exists" in outcomes(app)[0]
    named(app.selectbox, "Merge into", 1).set_value("doubt").run()
    press(app, "Merge", nth=1)
    assert outcomes(app) == ["Merged: 1 answer counts under “doubt” now."]
    assert any("happening · merged into doubt" in each.proto.body for each in app.get("html"))
    press(app, "Offer again")
    press(app, "Ask for no marked words", nth=1)
    assert [(label.name, label.takes_rationale, label.merged_into) for label in project.labels(store)] == [
        ("none", False, None), ("happening", True, None), ("doubt", False, None),
    ]  # fmt: skip


def test_a_colour_is_chosen_in_the_order_of_hue_and_shown_next_to_the_name(
    open_part: Callable[..., AppTest], store: Store
) -> None:
    app = open_part("Labels")
    assert named(app.selectbox, "Colour of none").options[:4] == ["no colour", "red", "orange", "olive"]
    named(app.selectbox, "Colour of event").set_value("blue").run()
    assert outcomes(app) == ["Now blue."]
    assert any("data-colour='blue'></i><b>event</b>" in each.proto.body for each in app.get("html"))
    assert [label.colour for label in project.labels(store)] == [None, "blue"]


def test_a_changed_setting_is_unsaved_until_it_is_saved_or_discarded(
    open_part: Callable[..., AppTest], store: Store
) -> None:
    def lease(app: AppTest) -> Any:
        return next(each for each in app.number_input if each.label.startswith("Minutes"))

    app = open_part("Settings")
    before = project.read(store).lease_minutes
    lease(app).set_value(20).run()
    assert any(f"Minutes a sentence is reserved: {before} → 20" in each.value.replace("\\", "") for each in app.caption)
    press(app, "Discard")
    assert lease(app).value == before
    assert not any("Unsaved" in each.value for each in app.caption)
    lease(app).set_value(20).run()
    press(app, "Save settings")
    assert (outcomes(app), project.read(store).lease_minutes) == (["Saved."], 20)
    assert not any("Unsaved" in each.value for each in app.caption)


def test_roles_change_in_the_list_and_the_last_admin_stays_one(
    open_part: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    def role_of(name: str) -> Any:
        return next(each for each in app.selectbox if each.label == f"Role of {name}")

    app = open_part("People")
    next(each for each in app.text_input if each.label == "Name").input("Ben")
    press(app, "Add the person")
    assert outcomes(app) == ["Added Ben. They can now sign in."]
    role_of("Ben").set_value("researcher").run()
    assert outcomes(app) == ["Now researcher."]
    role_of("Anna").set_value("annotator").run()
    assert outcomes(app) == ["Anna is the only admin; make another person admin first."]
    assert role_of("Anna").value == "admin"
    press(app, "Deactivate", nth=1)
    assert [(each.name, each.role, each.active) for each in people.all_of(store)] == [
        ("Anna", "admin", True),
        ("Ben", "researcher", False),
    ]


def test_a_person_is_linked_to_their_identity(open_part: Callable[..., AppTest], store: Store, anna: Person) -> None:
    app = open_part("People")
    for label, value in (("Issuer", "https://id.example"), ("Subject", "anna-1")):
        next(each for each in app.text_input if each.label == label).input(value)
    press(app, "Link this identity")
    assert outcomes(app) == ["Linked to anna-1."]
    linked = people.find_identity(store, "https://id.example", "anna-1")
    assert linked is not None and linked.id == anna.id


def test_a_backup_is_made_looked_into_and_restored(
    open_part: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    app = press(open_part("Backups"), "Back up now")
    assert outcomes(app)[0].startswith("Backed up 0 answers to ")
    annotations.add(store, NewAnnotation(1, anna.id, "answer", "a-later-answer-1", label=0))
    removals.add(store, 2, reason=None, person_id=anna.id)
    press(app, "Restore…")
    assert any("1 sentence was removed for good and is in this backup" in each.value for each in app.markdown)
    counts = component(app, "table")["rows"]
    assert ["Answers", "1", "0"] in counts
    assert any("1 answer will be only in the replaced file" in each.value for each in app.caption)
    store.close()
    press(app, "Replace the project")
    assert outcomes(app)[0].startswith("Restored 0 answers. The replaced file is events.db.before-restore-")
    with Store.open(store.path) as restored:
        assert annotations.last_id(restored) == 0
        assert audit.newest(restored, 1)[0].person == "Anna"
    assert sum("before a restore" in each.value for each in app.markdown) == 1
    assert len(list(backups_folder(store.path).glob("*.db"))) == 1


def test_the_history_is_paged(open_part: Callable[..., AppTest], store: Store, anna: Person) -> None:
    for number in range(40):
        audit.record(store, anna, "act", {"number": number})
    app = open_part("History")
    assert [row["details"] for row in component(app, "acts")] == [f"number: {number}" for number in range(39, 9, -1)]
    press(app, "Older")
    assert [row["details"] for row in component(app, "acts")][:10] == [f"number: {n}" for n in range(9, -1, -1)]
    press(app, "Newer")
    assert component(app, "acts")[0]["details"] == "number: 39"


def test_disk_is_freed_only_after_a_second_click(open_part: Callable[..., AppTest], store: Store) -> None:
    kept = vectors_of(store.path)
    kept.mkdir(mode=0o700)
    layer = kept / f"layer-2-{'0' * 16}"
    layer.mkdir(mode=0o700)
    (layer / "x.npy").write_bytes(b"x" * 2000)
    app = open_part("Disk")
    press(app, "Free 2 kB…")
    assert layer.exists()
    press(app, "Free 2 kB now")
    assert outcomes(app) == ["Freed 2 kB."]
    assert not layer.exists()


def test_guidelines_are_compared_word_by_word(open_part: Callable[..., AppTest], store: Store) -> None:
    for text in ("Mark <b>what</b> happened.", "Mark <b>who</b> happened."):
        write_guidelines(store, text, actor=OWNER)
    app = open_part("Guidelines")
    (versions,) = [each.proto.body for each in app.get("html") if "class='versions'" in each.proto.body]
    assert "<del>what</del><ins>who</ins>" in versions
    assert "<b>" not in versions
    assert guidelines.newest(store).version == component(app, "version")  # type: ignore[union-attr]

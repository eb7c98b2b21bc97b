"""Labels that are added later, retired and reinstated."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from annotator.answering.queue import submit
from annotator.answering.screen import screen
from annotator.cli import main
from annotator.errors import BadLabels, Deactivated
from annotator.exporting.answers import export_project
from annotator.importing.run import import_file
from annotator.project.labels import add_label, reinstate_label, retire_label
from annotator.project.people import set_active
from annotator.project.projects import create_project, describe_project
from annotator.project.settings import SettingsChange, change_settings
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.learning.training_set import build_training_set
from annotator.rounds.overview import rounds_overview
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import queue_round
from annotator.wording import round_notes
from db.answers import annotations
from db.learning import predictions, rounds
from db.learning.round_records import Round
from db.queue import leases
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from db.team import audit, people, project

Say = Callable[..., str]


@pytest.fixture
def say(three: Store) -> Say:
    """Answer a sentence through the queue, and return the receipt's state."""

    def say(person: Person, sentence: int, label: int, *, key: str = "") -> str:
        marks = None if label == 0 else "..+."
        new = NewAnnotation(sentence, person.id, "answer", key or f"{person.name}-{sentence}-{label}-key", label, marks)
        leases.record(three, person.id, sentence)
        return submit(three, person, new).state

    return say


def exported(store: Store) -> bytes:
    file = io.BytesIO()
    export_project(store, file, actor=OWNER)
    return file.getvalue()


def finish(store: Store) -> Round:
    queued = queue_round(store, settings=RoundSettings(steps=3, vectors="random", queue_size=4), actor=OWNER)
    work_on_round(store, queued.id)
    ended = rounds.read(store, queued.id)
    assert (ended.state, ended.error) == ("ready", None)
    return ended


def shown(store: Store, person: Person) -> list[str]:
    return [label["name"] for label in screen(store, person)["labels"] if not label["retired"]]


def deeds(store: Store) -> Sequence[str]:
    return [row.action for row in audit.newest(store, 2)]


def test_a_retired_label_is_no_longer_offered_and_keeps_its_place(three: Store, ada: Person) -> None:
    retire_label(three, "event", actor=ada)
    assert shown(three, ada) == ["none", "doubt"]
    assert [label["name"] for label in screen(three, ada)["labels"]] == ["none", "event", "doubt"]
    assert reinstate_label(three, "event", actor=OWNER).retired is False
    assert shown(three, ada) == ["none", "event", "doubt"]
    assert deeds(three) == ["label reinstated", "label retired"]


def test_an_answer_under_a_retired_label_is_refused_and_nothing_stored(three: Store, ada: Person, say: Say) -> None:
    retire_label(three, "event", actor=OWNER)
    before = annotations.last_id(three)
    leases.record(three, ada.id, 1)
    receipt = submit(three, ada, NewAnnotation(1, ada.id, "answer", "some-key-1", 1, "..+."))
    assert receipt.state == "rejected"
    assert receipt.message == "The label 'event' is retired; choose another one, and your marks are kept."
    assert annotations.last_id(three) == before
    assert say(ada, 1, 2) == "saved"


def test_a_correction_under_a_retired_label_is_refused_and_the_old_answer_stays(
    three: Store, ada: Person, say: Say
) -> None:
    assert say(ada, 1, 1) == "saved"
    retire_label(three, "event", actor=OWNER)
    assert say(ada, 1, 1, key="a-correction") == "rejected"
    newest = annotations.newest(three, 1, ada.id)
    assert newest is not None
    assert (newest.label, newest.superseded) == (1, False)
    assert say(ada, 1, 2) == "saved"


def test_what_was_saved_before_is_acknowledged_again_after_the_label_was_retired(
    three: Store, ada: Person, say: Say
) -> None:
    assert say(ada, 1, 1) == "saved"
    retire_label(three, "event", actor=OWNER)
    assert say(ada, 1, 1) == "saved"


def test_answers_under_a_retired_label_leave_the_training_set_and_are_counted(
    three: Store, ada: Person, say: Say
) -> None:
    ben = people.add(three, "Ben")
    change_settings(three, SettingsChange(overlap=2), actor=OWNER)
    for sentence, label in [(1, 0), (2, 1), (3, 2), (4, 1)]:
        say(ada, sentence, label)
    say(ben, 4, 2)
    assert build_training_set(three, up_to=9).ties == 1
    retire_label(three, "event", actor=OWNER)
    left = build_training_set(three, up_to=9)
    assert [(each.id, each.label) for each in left.examples["pool"]] == [("s0", 0), ("s2", 2), ("s3", 2)]
    assert (left.retired, left.ties) == (2, 0)
    assert left.counts(["none", "event", "doubt"])["retired"] == 2
    assert rounds_overview(three, actor=OWNER).answers.answers == 3


def test_a_round_after_retiring_keeps_the_places_of_all_labels_and_says_what_it_left_out(
    three: Store, ada: Person, say: Say
) -> None:
    for sentence in range(1, 9):
        say(ada, sentence, sentence % 3)
    first = finish(three)
    retire_label(three, "event", actor=OWNER)
    second = finish(three)
    assert (first.training_set["answers"], second.training_set["answers"]) == (8, 5)
    assert second.training_set["by_label"] == {"none": 2, "event": 0, "doubt": 3}
    assert any("3 answers were left out because their label is retired" in note for note in round_notes(second))
    assert {len(each.probabilities) for each in predicted(three, second)} == {3}


def predicted(store: Store, of: Round) -> list:
    return list(predictions.find(store, of.id, range(1, 13)).values())


def test_a_project_with_a_retired_label_is_exported_and_imported_to_the_letter(
    three: Store, ada: Person, say: Say, tmp_path: Path
) -> None:
    for sentence in range(1, 7):
        say(ada, sentence, sentence % 3)
    before = exported(three)
    retire_label(three, "event", actor=OWNER)
    assert exported(three) == before
    (tmp_path / "out.jsonl").write_bytes(before)
    with create_project(tmp_path / "again.db", labels=["none", "event", "doubt"], no_rationale=["none"]) as again:
        retire_label(again, "event", actor=OWNER)
        import_file(again, tmp_path / "out.jsonl", actor=OWNER)
        assert exported(again) == before
        facts = describe_project(again, actor=OWNER)
        assert (facts["retired_labels"], facts["answers_by_label"]["event"]["answers"]) == (["event"], 2)


def test_two_labels_one_of_them_with_a_rationale_stay_in_use(three: Store) -> None:
    retire_label(three, "event", actor=OWNER)
    with pytest.raises(BadLabels, match="Fewer than two"):
        retire_label(three, "none", actor=OWNER)
    reinstate_label(three, "event", actor=OWNER)
    retire_label(three, "doubt", actor=OWNER)
    add_label(three, "other", takes_rationale=False, actor=OWNER)
    with pytest.raises(BadLabels, match="takes a rationale would be left"):
        retire_label(three, "event", actor=OWNER)
    retire_label(three, "doubt", actor=OWNER)
    assert deeds(three) == ["label added", "label retired"], "what is retired already is retired once"


def test_an_unknown_label_and_a_deactivated_person_are_refused(three: Store, ada: Person) -> None:
    with pytest.raises(BadLabels, match="no label 'Event'; `whylight label list` shows"):
        retire_label(three, "Event", actor=OWNER)
    set_active(three, "Ada", False, actor=OWNER)
    for refused in (retire_label, reinstate_label, add_label):
        with pytest.raises(Deactivated):
            refused(three, "event", actor=ada)
    assert len(project.labels(three)) == 3


@pytest.mark.parametrize("name", ["", " ", "event", "x" * 101, "a\0"])
def test_a_label_that_cannot_be_is_not_added(three: Store, name: str) -> None:
    with pytest.raises(BadLabels):
        add_label(three, name, actor=OWNER)
    assert len(project.labels(three)) == 3


def test_a_label_that_is_added_is_offered_answered_and_learned_by_the_next_round(
    three: Store, ada: Person, say: Say
) -> None:
    for sentence in range(1, 7):
        say(ada, sentence, sentence % 3)
    first = finish(three)
    assert add_label(three, "wish", actor=OWNER).index == 3
    assert shown(three, ada)[-1] == "wish"
    drawn = screen(three, ada)["queue"]
    assert {each["round"] for each in drawn} - {None} == {first.id}, (
        "the older round still shades, and none held-out ones"
    )
    assert say(ada, drawn[0]["sentence_id"], 3) == "saved"
    second = finish(three)
    assert second.training_set["by_label"]["wish"] == 1
    assert {len(each.probabilities) for each in predicted(three, first)} == {3}
    assert {len(each.probabilities) for each in predicted(three, second)} == {4}
    assert "wish" in exported(three).decode()
    assert second.id in {each["round"] for each in screen(three, ada)["queue"]}


def test_a_label_gets_a_colour_that_exists(three: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    assert run(main, ["label", "colour", "three.db", "event", "red"]).stdout == "event has the colour red.\n"
    refused = run(main, ["label", "colour", "three.db", "event", "teal"])
    assert (refused.exit_code, "There is no colour 'teal'; choose one of red, orange" in refused.stderr) == (1, True)
    assert [label.colour for label in project.labels(three)] == [None, "red", None]
    assert run(main, ["label", "colour", "three.db", "event", "none"]).stdout == "event has no colour.\n"
    assert project.labels(three)[1].colour is None

"""Labels that get another name, are merged, or take marked words from now on: new facts, and answers keep theirs."""

import io
import json
import sqlite3
from pathlib import Path

import pytest

from annotator.answering.queue import submit
from annotator.errors import BadLabels
from annotator.exporting.answers import export_project
from annotator.formats.faults import BadInput
from annotator.importing.run import import_file
from annotator.project.label_changes import merge_labels, rename_label, set_rationale
from annotator.project.labels import add_label, list_labels, reinstate_label
from annotator.project.projects import create_project
from annotator.reviewing.browsing import choose, count_sentences
from annotator.rounds.learning.training_set import build_training_set
from db.answers import annotations, votes
from db.finding import tallies
from db.queue import leases
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from db.team import audit, label_changes, people, project


def answer(store: Store, person: Person, sentence: int, label: int, marks: str | None = "..+.") -> str:
    leases.record(store, person.id, sentence)
    new = NewAnnotation(sentence, person.id, "answer", f"key-{person.id}-{sentence:04}-{label}", label, marks)
    receipt = submit(store, person, new)
    return receipt.message or receipt.state


def exported(store: Store) -> str:
    file = io.BytesIO()
    export_project(store, file, actor=OWNER)
    return file.getvalue().decode()


def counted(store: Store) -> dict[str, int]:
    return {label.name: label.answers for label in list_labels(store, actor=OWNER)}


def test_a_renamed_label_keeps_its_answers_and_reads_files_from_before(
    three: Store, ada: Person, tmp_path: Path
) -> None:
    assert answer(three, ada, 1, 1) == "saved"
    (tmp_path / "before.jsonl").write_text(exported(three))
    (tmp_path / "more.jsonl").write_text('{"id": "s5", "text": "The ship sank w5", "label": " EVENT "}\n')
    assert rename_label(three, "event", "  an\t event ", actor=ada).name == "an event"
    assert json.loads(exported(three).splitlines()[0])["annotations"][0]["label"] == "an event"
    again = import_file(three, tmp_path / "before.jsonl", actor=OWNER)
    assert (again.added, again.answers_kept) == (0, 0), "the old export adds nothing"
    import_file(three, tmp_path / "more.jsonl", actor=OWNER)
    assert counted(three) == {"none": 0, "an event": 1, "doubt": 0}
    assert [(line.was, line.now, line.person) for line in label_changes.of_label(three, 1)] == [
        ("event", "an event", "Ada")
    ]
    assert [(row.action, row.detail) for row in audit.newest(three, 9) if row.action == "label renamed"] == [
        ("label renamed", {"label": "event", "to": "an event"})
    ]


def test_an_old_export_comes_into_a_renamed_project_whole(three: Store, ada: Person, tmp_path: Path) -> None:
    answer(three, ada, 1, 1)
    (tmp_path / "before.jsonl").write_text(exported(three))
    with create_project(tmp_path / "other.db", labels=["none", "event", "doubt"], no_rationale=["none"]) as other:
        rename_label(other, "event", "happening", actor=OWNER)
        import_file(other, tmp_path / "before.jsonl", actor=OWNER)
        assert counted(other) == {"none": 0, "happening": 1, "doubt": 0}


@pytest.mark.parametrize("taken", ["doubt", " DOUBT", "event", "do\u200bubt", "", "x" * 101])
def test_no_label_gets_a_name_that_another_one_has_or_had(three: Store, taken: str) -> None:
    rename_label(three, "event", "happening", actor=OWNER)
    with pytest.raises(BadLabels):
        rename_label(three, "none", taken, actor=OWNER)
    with pytest.raises(BadLabels):
        add_label(three, taken, actor=OWNER)
    assert [label.name for label in project.labels(three)] == ["none", "happening", "doubt"]


def test_a_label_gets_its_own_earlier_name_back(three: Store) -> None:
    rename_label(three, "event", "happening", actor=OWNER)
    rename_label(three, "happening", "Event", actor=OWNER)
    assert rename_label(three, "Event", "event", actor=OWNER).earlier_names == ("happening", "Event")
    assert rename_label(three, "event", "event", actor=OWNER).name == "event"
    assert len(label_changes.of_label(three, 1)) == 3, "the same name is no change"


def test_another_program_cannot_change_a_label_without_a_record(three: Store) -> None:
    for change in ("name = 'x'", "takes_rationale = 0", "merged_into = 2", "id = 7"):
        with pytest.raises(sqlite3.IntegrityError), three.writing() as db:
            db.execute(f"UPDATE labels SET {change} WHERE id = 1")
    rename_label(three, "event", "happening", actor=OWNER)
    for change in ("UPDATE label_changes SET was = 'x'", "DELETE FROM label_changes"):
        with pytest.raises(sqlite3.IntegrityError), three.writing() as db:
            db.execute(change)


def test_a_merged_label_counts_as_its_target_everywhere(three: Store, ada: Person, tmp_path: Path) -> None:
    ben = people.add(three, "Ben")
    for sentence, label in [(1, 1), (2, 2), (3, 0)]:
        answer(three, ada, sentence, label, None if label == 0 else "..+.")
    three.db.execute("UPDATE slots SET person_id = NULL WHERE annotation_id IS NULL")
    (tmp_path / "before.jsonl").write_text(exported(three))
    done = merge_labels(three, "doubt", "event", actor=ada)
    assert (done.answers, done.label.retired, done.into.name) == (1, True, "event")
    assert counted(three) == {"none": 1, "event": 2, "doubt": 0}
    assert tallies.by_label(three) == {0: 1, 1: 2}
    assert {(vote.sentence_id, vote.label) for vote in votes.votes(three)} == {(1, 1), (2, 1), (3, 0)}
    assert [each.label for each in build_training_set(three, up_to=9).examples["pool"]] == [1, 1, 0]
    assert count_sentences(three, choose(three, label="event"), actor=OWNER).number == 2
    assert '"doubt"' not in exported(three)
    stored = annotations.newest(three, 2, ada.id)
    assert stored is not None
    assert (stored.label, stored.given_label) == (1, 2), "what the answer was given under stays on record"
    assert "merged into 'event'" in answer(three, ben, 4, 2)
    again = import_file(three, tmp_path / "before.jsonl", actor=OWNER)
    assert (again.added, again.answers_kept) == (0, 0)


def test_offering_a_merged_label_again_takes_the_merge_back(three: Store, ada: Person) -> None:
    answer(three, ada, 2, 2)
    merge_labels(three, "doubt", "event", actor=ada)
    assert reinstate_label(three, "doubt", actor=ada).merged_into is None
    assert counted(three) == {"none": 0, "event": 0, "doubt": 1}
    assert [line.now for line in label_changes.of_label(three, 2)] == ["1", None]


def test_labels_merged_one_after_the_other_count_under_the_last(three: Store, ada: Person) -> None:
    add_label(three, "wish", actor=OWNER)
    answer(three, ada, 1, 1)
    answer(three, ada, 2, 2)
    merge_labels(three, "event", "doubt", actor=OWNER)
    merge_labels(three, "doubt", "wish", actor=OWNER)
    assert counted(three) == {"none": 0, "event": 0, "doubt": 0, "wish": 2}


@pytest.mark.parametrize(
    ("label", "into", "says"),
    [
        ("event", "event", "into itself"),
        ("event", "none", "takes marked words and 'none' does not"),
        ("event", "nothing", "no label 'nothing'"),
    ],
)
def test_a_merge_that_cannot_be_is_refused_and_changes_nothing(three: Store, label: str, into: str, says: str) -> None:
    with pytest.raises(BadLabels, match=says):
        merge_labels(three, label, into, actor=OWNER)
    assert not any(each.retired for each in project.labels(three))
    merge_labels(three, "doubt", "event", actor=OWNER)
    with pytest.raises(BadLabels, match="already merged"):
        merge_labels(three, "doubt", "event", actor=OWNER)
    with pytest.raises(BadLabels, match="is retired"):
        merge_labels(three, "event", "doubt", actor=OWNER)


def test_marks_count_while_the_label_takes_them_and_stay_in_the_log(three: Store, ada: Person, tmp_path: Path) -> None:
    answer(three, ada, 1, 1)
    answer(three, ada, 2, 2)
    before = exported(three)
    (tmp_path / "before.jsonl").write_text(before)
    set_rationale(three, "event", False, actor=ada)
    assert [each.marks for each in build_training_set(three, up_to=9).examples["pool"]] == [None, "..+."]
    assert "no rationale; leave the marks out" in answer(three, ada, 3, 1)
    assert answer(three, ada, 3, 1, None) == "saved"
    again = import_file(three, tmp_path / "before.jsonl", actor=OWNER)
    assert (again.answers_kept, list(again.notes.values())) == (0, [1]), "the marks that are left out are counted"
    set_rationale(three, "event", True, actor=ada)
    assert [each.marks for each in build_training_set(three, up_to=9).examples["pool"]] == ["..+.", "..+.", None]
    assert exported(three).splitlines()[0] == before.splitlines()[0]


def test_a_label_that_never_took_marks_still_refuses_them(three: Store, tmp_path: Path) -> None:
    row = {"id": "s1", "text": "The ship sank w1", "label": "none", "marks": "..+."}
    (tmp_path / "marks.jsonl").write_text(json.dumps(row))
    with pytest.raises(BadInput):
        import_file(three, tmp_path / "marks.jsonl", actor=OWNER)


def test_one_label_in_use_keeps_its_rationale(three: Store) -> None:
    set_rationale(three, "event", False, actor=OWNER)
    with pytest.raises(BadLabels, match="takes a rationale would be left"):
        set_rationale(three, "doubt", False, actor=OWNER)
    with pytest.raises(BadLabels, match="change one of them"):
        merge_labels(three, "doubt", "event", actor=OWNER)

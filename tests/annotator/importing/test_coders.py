"""Several people's answers, as a row or a column for each person, or as the least that names them."""

import io
import json
from dataclasses import asdict

import pytest

from annotator.exporting.answers import export_project
from annotator.formats.faults import BadInput
from annotator.importing.report_wording import remarks
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.projects import create_project
from db.answers import annotations
from db.corpus import sentences
from db.records import OWNER, NewAnnotation
from db.team import people

LONG = (
    "id,text,coder,label,marks,note\n"
    "1,The jury freed Ana.,anna,event,..+..,first\n"
    "2,It rained.,anna,none,,\n"
    "1,The jury freed Ana.,Ben,none,,second\n"
    "3,Nobody knows.,,,,\n"
)


@pytest.fixture
def store(tmp_path):
    with create_project(tmp_path / "p.db", labels=["event", "none"], no_rationale=["none"]) as store:
        yield store


@pytest.fixture
def bring(store, tmp_path):
    def bring(content, name="in.csv", people=("coder",), **options):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else "".join(json.dumps(line) + "\n" for line in content))
        return import_file(store, path, ImportSettings(people=tuple(people), **options), actor=OWNER)

    return bring


def answers_in(store):
    file = io.BytesIO()
    export_project(store, file, actor=OWNER)
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    return {line["id"]: [(one["person"], one["label"], one["marks"]) for one in line["annotations"]] for line in lines}


def test_a_row_for_each_coder_adds_to_one_sentence(bring, store):
    report = bring(LONG)
    assert (report.added, report.skipped, report.answers_kept, report.more_answers) == (3, 0, 3, 1)
    assert report.duplicate_texts == 0 and report.new_people == ["anna", "Ben"]
    assert answers_in(store) == {
        "1": [("anna", "event", "..+.."), ("Ben", "none", None)],
        "2": [("anna", "none", None)],
        "3": [],
    }
    said = "\n".join(remarks(asdict(report)))
    assert "Rows with another person's answer to the sentence of an earlier row: 1." in said
    assert "other fields of a sentence's later row were left out, in line 4" in said


def test_the_same_file_again_changes_nothing_and_another_label_supersedes(bring, store):
    bring(LONG)
    again = bring(LONG)
    assert (again.added, again.skipped, again.answers_kept) == (0, 3, 0)
    assert bring(LONG.replace("Ben,none", "Ben,event")).answers_kept == 1
    assert answers_in(store)["1"][1:] == [("Ben", "none", None), ("Ben", "event", None)]


def test_what_a_person_answered_since_is_not_undone_by_the_old_file(bring, store):
    bring(LONG)
    sentence, ben = sentences.find(store, ["1"])["1"], people.find(store, "Ben")
    with store.writing():
        annotations.add(store, NewAnnotation(sentence.id, ben.id, "answer", "newer-key", 0, "....."))
    assert bring(LONG).answers_kept == 0
    assert answers_in(store)["1"][-1] == ("Ben", "event", ".....")


def test_a_file_never_replaces_what_a_person_answered_here(bring, store):
    bring("id,text\n1,The jury freed Ana.\n", people=())
    sentence = sentences.find(store, ["1"])["1"]
    with store.writing():
        ben = people.add(store, "Ben", active=True)
        annotations.add(store, NewAnnotation(sentence.id, ben.id, "answer", "their-own", 0, "....."))
    before = store.path.read_bytes()
    with pytest.raises(
        BadInput, match="Line 4, annotations: found another answer by 'Ben' than the one that they gave"
    ):
        bring(LONG)
    assert store.path.read_bytes() == before


def test_without_ids_the_text_says_which_sentence_it_is(bring, store):
    report = bring("text,coder,label\nA ship.,anna,event\nA ship.,ben,none\nA boat.,ben,none\n")
    assert (report.added, report.answers_kept) == (2, 3)
    assert [len(answers) for answers in answers_in(store).values()] == [2, 1]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (["1,a,anna,event", "1,a,Anna,none"], "Line 3, coder: found 'Anna', who answers this sentence on line 2 too"),
        (["1,a,anna,event", "1,b,ben,none"], "Line 3, text: found 'b', expected that of line 2"),
        (["1,a,,event"], "Line 2, coder: found null, expected the name of who gave the label"),
        (["1,a,anna,evt"], "Line 2, label: found 'evt'"),
        (["1,a,gold\u200b,event"], "Line 2, person: found"),
        (["1,a,anna,event", "1,a,,"], "Line 3, id: found 'a', expected that of line 2"),
    ],
)
def test_what_is_no_one_answer_of_one_person_is_refused(bring, store, rows, found):
    before = store.path.read_bytes()
    with pytest.raises(BadInput) as error:
        bring("\n".join(["id,text,coder,label", *rows, ""]))
    assert found in str(error.value.faults[0]) and store.path.read_bytes() == before


def test_a_column_for_each_coder(bring, store):
    lines = [
        {"id": "w1", "text": "A b", "ann_1": "event", "ann_2": "None ", "ann_3": None},
        {"id": "w2", "text": "C", "ann_1": "none", "label": "gold says"},
    ]
    report = bring(lines, "in.jsonl", people=["ann_1", "ann_2"])
    assert answers_in(store) == {
        "w1": [("ann_1", "event", None), ("ann_2", "none", None)],
        "w2": [("ann_1", "none", None)],
    }
    assert report.answers_kept == 3 and [kept.name for kept in report.kept] == ["ann_3", "label"]
    with pytest.raises(BadInput, match="Line 1, ann_2: found 'x'"):
        bring([{"text": "d", "ann_1": "none", "ann_2": "x"}], "b.jsonl", people=["ann_1", "ann_2"])
    with pytest.raises(BadInput, match="The file, ann_9: found no line with this field"):
        bring(lines, "c.jsonl", people=["ann_1", "ann_9"])


def test_a_person_and_a_label_are_an_annotation(bring, store):
    line = {
        "id": "1",
        "text": "A b",
        "annotations": [{"person": "anna", "label": "event"}, {"person": "ben", "label": "none"}],
    }
    assert bring([line], "in.jsonl", people=()).answers_kept == 2
    assert bring([line], "in.jsonl", people=()).answers_kept == 0
    assert answers_in(store) == {"1": [("anna", "event", None), ("ben", "none", None)]}
    twice = [{"person": "anna", "label": "event"}, {"person": "Anna", "label": "none"}]
    with pytest.raises(
        BadInput, match=r"annotations\[1\]: found another answer by 'Anna', expected one answer per person"
    ):
        bring([{"text": "c", "annotations": twice}], "b.jsonl", people=())


def test_answers_to_a_left_out_row_do_not_go_to_nothing(bring, store):
    rows = ["id,text,coder,label", "1,a,anna,evt", "1,a,ben,event", "1,a,cleo,none", ""]
    report = bring("\n".join(rows), leave_out_faulty=True)
    assert (report.added, report.faulty, report.answers_kept) == (1, 1, 2)
    assert answers_in(store) == {"1": [("ben", "event", None), ("cleo", "none", None)]}


def test_answers_to_a_skipped_text_are_skipped_too(bring, store):
    bring("id,text\nold,A ship.\n", people=())
    report = bring("id,text,coder,label\nnew,A ship.,anna,event\nnew,A ship.,ben,none\n", duplicates="skip")
    assert (report.added, report.skipped_texts, report.answers_kept) == (0, 1, 0)


def test_thousands_of_rows_far_apart_belong_together(bring, store):
    rows = [f"s{place},Sentence {place}.,{person},event" for person in ("anna", "ben", "cleo") for place in range(700)]
    report = bring("\n".join(["id,text,coder,label", *rows, ""]))
    assert (report.added, report.more_answers, report.answers_kept) == (700, 1400, 2100)


TEXT = "The jury freed Ana."


@pytest.mark.parametrize(
    ("format", "content"),
    [
        ("doccano", [{"id": 1, "text": TEXT, "label": ["event"], "coder": who} for who in ("anna", "Ben")]),
        ("conll", "".join(f"# id = 1\tlabel = event\tcoder = {who}\nIt\tO\n\n" for who in ("anna", "Ben"))),
        ("esnli", f"pairID,gold_label,Sentence1,Sentence2,coder\n1,event,{TEXT},No,anna\n1,event,{TEXT},No,Ben\n"),
    ],
)
def test_files_of_other_tools_may_have_a_field_that_names_the_person(bring, store, format, content):
    bring(content, "in.data", format=format)
    assert [(who, label) for who, label, _ in answers_in(store)["1"]] == [("anna", "event"), ("Ben", "event")]


@pytest.mark.parametrize(
    ("format", "by"),
    [
        ("label-studio", "; its answers are by the people in completed_by"),
        ("label-studio-min", "; its answers are by the people in annotator"),
        ("prodigy", "; its answers are by the people in _annotator_id"),
        ("hatexplain", "; its answers are by the people in annotator_id"),
        ("text", ""),
    ],
)
def test_a_format_that_names_its_people_takes_no_other_field(bring, store, format, by):
    with pytest.raises(BadInput) as error:
        bring("It rained.\n", "in.data", format=format)
    found = f"an option for files with a field or a column for each person, with the format {format}"
    assert f"--person-field coder: found {found}, expected no such option{by}." in str(error.value)
    assert sentences.count(store) == 0

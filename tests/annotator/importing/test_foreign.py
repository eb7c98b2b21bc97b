"""Files of other tools, recognised by their content and imported as a person would import them."""

import gzip
import json
import tracemalloc
from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import CliRunner

from annotator.cli import main
from annotator.exporting.answers import export_project
from annotator.formats.answers.spans import NO_EMOJI
from annotator.formats.faults import BadInput, Faults
from annotator.formats.fields import Fields
from annotator.formats.tools import label_studio, predictions
from annotator.formats.tools.foreign import UNNAMED
from annotator.importing.label_reading import LabelRules
from annotator.importing.report_wording import remarks
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from db.answers import annotations
from db.corpus import sentences
from db.records import OWNER, Label, NewAnnotation
from db.store import Store
from db.team import people

pytestmark = pytest.mark.slow

FERRY = "The ferry 🚢 was cancelled & nobody told us."
LABELS = (Label(0, "fine", takes_rationale=False), Label(1, "complaint"), Label(2, "event"))


@pytest.fixture
def project(tmp_path):
    with Store.create(tmp_path / "p.db", labels=LABELS) as store:
        yield store


@pytest.fixture
def bring(project, tmp_path):
    """Import a file with this content, or these lines, and keep every answer."""

    def bring(content, name="in.jsonl", **options):
        path = tmp_path / name
        if isinstance(content, list) and name.endswith(".jsonl"):
            content = "".join(json.dumps(line) + "\n" for line in content)
        if not isinstance(content, str | bytes):
            content = json.dumps(content, indent=1, ensure_ascii=False)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_file(project, path, ImportSettings(**{"answers": "keep"} | options), actor=OWNER)

    return bring


def found(store):
    """Return what people answered: the person, the label or kind, and the marked words, by each sentence's text."""
    names = {person.id: person.name for person in people.all_of(store)}
    answers = {}
    for page in sentences.pages(store):
        for sentence in page:
            given = annotations.of_sentences(store, [sentence.id])[sentence.id]
            answers[sentence.text] = [
                (
                    names[each.person_id],
                    each.kind if each.label is None else LABELS[each.label].name,
                    words(sentence, each.marks),
                )
                for each in given
            ]
    return answers


def words(sentence, marks):
    if marks is None:
        return None
    return [token for token, mark in zip(sentence.tokens, marks, strict=True) if mark == "+"]


def all_of(store):
    return {sentence.text: sentence for page in sentences.pages(store) for sentence in page}


def said(report):
    return "\n".join(remarks(asdict(report)))


# ---- Label Studio


def task(text=FERRY, number=11, **fields):
    span = {"start": 16, "end": 25, "text": "cancelled", "labels": ["reason"]}
    result = [
        {"from_name": "why", "to_name": "text", "type": "labels", "value": span},
        {"from_name": "class", "to_name": "text", "type": "choices", "value": {"choices": ["complaint"]}},
    ]
    answer = {"completed_by": 1, "result": result, "was_cancelled": False, "lead_time": 7.4}
    answer["created_at"] = "2026-03-01T10:00:00.000000Z"
    return {"id": number, "annotations": [answer], "predictions": [], "data": {"text": text}} | fields


def test_a_label_studio_export_brings_labels_marks_people_and_times(bring, project):
    skipped = {"completed_by": {"id": 2, "email": "bob@x.org"}, "result": [], "was_cancelled": True, "lead_time": 2.0}
    second = {
        "id": 12,
        "annotations": [skipped],
        "predictions": [{"result": []}],
        "data": {"text": "Fine.", "src": "a"},
    }
    report = bring([task(), second], "export.json")
    assert found(project) == {
        FERRY: [("annotator 1", "complaint", ["cancelled"])],
        "Fine.": [("bob@x.org", "skip", None)],
    }
    assert all_of(project)["Fine."].external_id == "12" and all_of(project)["Fine."].metadata == {"src": "a"}
    (answer,) = annotations.of_sentences(project, [1])[1]
    assert (answer.observed.seconds, answer.created_ms) == (7.4, 1_772_359_200_000)
    assert "Read as an export of Label Studio (JSON)." in said(report)
    assert "Predictions of a model with neither a label nor spans, left out: 1." in said(report)


PREDICTED = {
    "model_version": "bert-3",
    "score": 0.41,
    "result": [
        {"from_name": "class", "type": "choices", "value": {"choices": ["event"]}},
        {"from_name": "why", "type": "labels", "value": {"start": 17, "end": 26, "text": "cancelled", "score": 0.8}},
        {"from_name": "stars", "type": "rating", "value": {"rating": 1}},
    ],
}
PREDICTED["result"][1]["value"]["labels"] = ["reason"]
KEPT = {"model_version": "bert-3", "score": 0.41, "label": "event", "spans": [[16, 25, "reason", 0.8]]}


def test_label_studios_predictions_are_kept_as_metadata_and_are_no_answers(bring, project):
    report = bring([task(predictions=[PREDICTED, PREDICTED]), task("Fine.", 12, annotations=[])], "in.json")
    assert found(project) == {FERRY: [("annotator 1", "complaint", ["cancelled"])], "Fine.": []}
    assert all_of(project)[FERRY].metadata == {"predictions": [KEPT, KEPT]}
    assert "Predictions of a model, kept as metadata: 2." in said(report) and "looks like" not in said(report)
    assert "Results of a model's predictions of other types or controls, left out: 2." in said(report)


@pytest.mark.parametrize(
    ("part", "kept", "remark"),
    [
        ({"model_version": 3}, {"model_version": 3}, ""),
        ({"model_version": 2.5}, {"model_version": 2.5}, ""),
        ({"model_version": True}, {"model_version": None}, predictions.UNREAD_VERSIONS),
        ({"model_version": ["bert", 3]}, {"model_version": None}, predictions.UNREAD_VERSIONS),
        ({"model_version": {"name": "bert"}}, {"model_version": None}, predictions.UNREAD_VERSIONS),
        ({"score": "0.41"}, {"score": None}, predictions.UNREAD_SCORES),
        ({"score": False}, {"score": None}, predictions.UNREAD_SCORES),
        ({"score": 10**400}, {"score": None}, predictions.UNREAD_SCORES),
        ({"model_version": None, "score": ""}, {"model_version": None, "score": None}, ""),
    ],
    ids=lambda part: str(part)[:40],
)
def test_what_a_prediction_says_of_itself_is_kept_or_counted(bring, project, part, kept, remark):
    report = bring([task(predictions=[READABLE | part, READABLE | part])], "in.json")
    kept = {name: value for name, value in (KEPT | kept).items() if value is not None}
    assert all_of(project)[FERRY].metadata == {"predictions": [kept, kept]}
    assert f"{remark}: 2." in said(report) if remark else "left out" not in said(report)


def test_scores_of_a_models_spans_and_choices_are_kept_or_counted(bring, project):
    label, why = READABLE["result"]
    odd = [label | {"score": 0.9}, why | {"score": "high", "value": why["value"] | {"score": None}}]
    report = bring([task(predictions=[READABLE | {"result": odd}])], "in.json")
    assert all_of(project)[FERRY].metadata == {"predictions": [KEPT | {"spans": [[16, 25, "reason"]]}]}
    assert f"{predictions.UNREAD_SCORES}: 1." in said(report) and f"{predictions.OTHER_SCORES}: 1." in said(report)
    equal = [label | {"score": 0.41}, why]
    assert "left out" not in said(bring([task(predictions=[READABLE | {"result": equal}])], "in.json"))


def test_times_in_label_studios_exports_that_cannot_be_read_are_counted(bring, project):
    (answer,) = task()["annotations"]
    odd = [answer | {"created_at": "1 March", "lead_time": "7 s"}, answer | {"completed_by": 2, "lead_time": -1}]
    remark = "Times of answers, or how long they took, that cannot be read, left out"
    assert f"{remark}: 3." in said(bring([task(annotations=odd)], "in.json"))
    assert f"{remark}: 1." in said(bring([MIN | {"text": "Fine.", "id": 8, "created_at": 20260301}], "min.json"))


def test_choices_of_another_kind_are_counted_and_two_of_one_control_refused(bring, project):
    (answer,) = task()["annotations"]
    span, choice = answer["result"]
    odd = answer | {"result": [span, choice | {"value": {"taxonomy": ["complaint"]}}]}
    report = bring([task(annotations=[odd])], "in.json", fields=Fields(span_names=("reason",), marked_label="event"))
    assert "Results of other types than labels and choices, left out: 1." in said(report)
    two = answer | {"result": [span, choice, choice | {"value": {"choices": ["fine"]}}]}
    with pytest.raises(BadInput, match=r"annotations\[0\]\.result\[2\]: found .*complaint.* and .*fine.* of class"):
        bring([task("Fine.", 12, annotations=[two])], "in.json")


@pytest.mark.parametrize("value", ['[{"start": 16, "end": 25', "cancelled", 7, {"start": 16, "end": 25}])
def test_a_column_of_json_min_that_is_named_for_marks_and_has_none_is_refused(bring, project, value):
    with pytest.raises(BadInput, match=r"Line 2, why: found .*, expected a list of spans"):
        bring([MIN | {"why": value}], "min.json", format="label-studio-min", fields=Fields(marks="why"))


def test_a_label_of_json_min_that_is_an_object_without_choices_is_refused(bring, project):
    with pytest.raises(BadInput, match=r"Line 2, choice: found .*, expected a label's name"):
        bring([MIN | {"choice": {"taxonomy": ["complaint"]}}], "min.json")


def test_the_meta_of_a_task_keeps_all_it_has(bring, project):
    given = task(meta={"source": "mail", "n": 1, "same": 2})
    given["data"] |= {"source": "post", "same": 2}
    bring([given, task("Fine.", 12, meta="from Ann", annotations=[])], "in.json")
    assert all_of(project)[FERRY].metadata == {"source": "post", "meta.source": "mail", "n": 1, "same": 2}
    assert all_of(project)["Fine."].metadata == {"meta": "from Ann"}


def test_a_cancelled_annotation_that_is_neither_true_nor_false_is_refused(bring, project):
    (answer,) = task()["annotations"]
    with pytest.raises(BadInput, match=r"annotations\[0\]\.was_cancelled: found 'true', expected true or false"):
        bring([task(annotations=[answer | {"was_cancelled": "true"}])], "in.json")


@pytest.mark.parametrize(
    ("person", "name", "counted"),
    [
        ({"first_name": "Ann", "last_name": "B", "email": ""}, "Ann B", 0),
        ({"first_name": "", "last_name": "B", "id": 3}, "B", 0),
        ({"id": 0, "avatar": "/x.png"}, "annotator 0", 0),
        ({"id": None, "avatar": "/x.png"}, "annotator 1", 1),
        ({"nick": "bob"}, "annotator 1", 1),
    ],
)
def test_a_person_of_label_studio_is_named_as_well_as_the_file_says(bring, project, person, name, counted):
    (answer,) = task()["annotations"]
    report = bring([task(annotations=[answer | {"completed_by": person}])], "in.json")
    assert found(project) == {FERRY: [(name, "complaint", ["cancelled"])]}
    assert report.notes.get(UNNAMED, 0) == counted


@pytest.mark.parametrize(("value", "kind"), [(0, "complaint"), (1, "skip")])
def test_a_cancelled_annotation_may_be_written_as_a_number(bring, project, value, kind):
    (answer,) = task()["annotations"]
    bring([task(annotations=[answer | {"was_cancelled": value}])], "in.json")
    assert [label for _, label, _ in found(project)[FERRY]] == [kind]


def per_region(**control):
    """Return a task whose annotation has a choice for the text, and two others each for a part of it."""
    given = task()
    (answer,) = given["annotations"]
    answer["result"] += [
        {"type": "choices", "value": {"start": start, "end": start + 3, "choices": [mood]}} | control
        for start, mood in ((4, "pos"), (16, "neg"))
    ]
    return given


@pytest.mark.parametrize("control", ["mood", "class"])
def test_label_studios_choices_for_each_region_are_no_labels_of_the_sentence(bring, project, control):
    report = bring([per_region(from_name=control)], "in.json")
    assert found(project) == {FERRY: [("annotator 1", "complaint", ["cancelled"])]}
    assert report.notes[label_studio.REGION_CHOICES] == 2


def test_a_models_choices_for_each_region_are_no_labels_of_the_sentence(bring, project):
    result = per_region(from_name="mood")["annotations"][0]["result"]
    bring([task(predictions=[{"result": result}])], "in.json")
    (kept,) = all_of(project)[FERRY].metadata["predictions"]
    assert kept["label"] == "complaint"


def test_choices_of_a_control_that_is_not_the_label_may_differ(bring, project):
    (answer,) = task()["annotations"]
    moods = [{"from_name": "mood", "type": "choices", "value": {"choices": [mood]}} for mood in ("pos", "neg")]
    given = task(annotations=[answer | {"result": answer["result"] + moods}])
    bring([given], "in.json", fields=Fields(label="class"))
    assert found(project) == {FERRY: [("annotator 1", "complaint", ["cancelled"])]}


READABLE = PREDICTED | {"result": PREDICTED["result"][:2]}
SPAN = {"start": 16, "end": 25, "labels": ["reason"]}
MIN = {"text": FERRY, "id": 7, "choice": "complaint", "annotation_id": 3, "annotator": 1}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (READABLE, KEPT),
        ([READABLE], KEPT),
        (json.dumps(READABLE), KEPT),
        (json.dumps([READABLE]), KEPT),
        ("complaint", {"label": "complaint"}),
        ({"label": "fine", "why": []}, {"label": "fine"}),
        ('{"label": "fine"}', {"label": "fine"}),
        (
            {"score": 0.5, "choice": "event", "why": [SPAN]},
            {"score": 0.5, "label": "event", "spans": [[16, 25, "reason"]]},
        ),
    ],
)
@pytest.mark.parametrize("name", ["prediction", "predictions"])
def test_predictions_of_json_min_are_kept_in_the_same_way(bring, project, given, kept, name):
    report = bring([MIN | {name: given}, MIN | {name: given, "annotator": 2}], "min.json")
    assert [label for _, label, _ in found(project)[FERRY]] == ["complaint", "complaint"]
    assert all_of(project)[FERRY].metadata == {"predictions": [kept]}
    assert "Predictions of a model, kept as metadata: 1." in said(report) and "looks like" not in said(report)


@pytest.mark.parametrize(
    "given",
    [
        7,
        "The model will rise, some say",
        "fine",  # no annotation of the file has this label
        "{not JSON",
        '{"label": "complaint"}, "more": {}',
        ["complaint", 7],
        {"label": "complaint", "confidence": 0.9, "why": "x"},
        {"label": "complaint", "score": "high"},
        {"label": "complaint", "score": True},
        {"label": "complaint", "model_version": 3},
        {"label": "complaint", "choice": "fine"},
        {"label": 7},
        {"label": ["complaint", 7]},
        {"label": {"choices": ["complaint"], "why": "x"}},
        {"why": [SPAN | {"end": 900}]},
        {"why": [SPAN | {"certain": True}]},
        {"why": [SPAN | {"score": "high"}]},
        {"score": 0.5},
        {"result": []},
        {"result": "complaint"},
        PREDICTED,  # it has a rating
        READABLE | {"cluster": 4},
        READABLE | {"result": [READABLE["result"][0] | {"score": 0.9}]},
        READABLE | {"label": "complaint"},
    ],
    ids=repr,
)
def test_what_is_not_wholly_understood_in_json_min_stays_what_it_was(bring, project, given):
    report = bring([MIN | {"prediction": given}, MIN | {"prediction": given, "annotator": 2}], "min.json")
    assert all_of(project)[FERRY].metadata == {"prediction": given}
    assert "prediction looks like" in said(report) and "Predictions of" not in said(report)


def test_rows_of_a_sentence_in_json_min_may_differ_in_what_is_understood(bring, project):
    values = ["complaint", 7, "complaint", {"label": "fine"}, 7, "none of these"]
    bring([MIN | {"prediction": value, "annotator": number} for number, value in enumerate(values)], "min.json")
    predictions = [{"label": "complaint"}, {"label": "fine"}]
    assert all_of(project)[FERRY].metadata == {"prediction": [7, "none of these"], "predictions": predictions}


@pytest.mark.parametrize("name", ["prediction", "predictions"])
def test_spans_of_a_model_in_json_min_are_not_marks_even_where_no_one_marked(bring, project, name):
    bring([MIN | {name: [SPAN]}], "min.json")
    assert [marks for *_, marks in found(project)[FERRY]] == [None]
    assert all_of(project)[FERRY].metadata == {name: [SPAN]}


@pytest.mark.parametrize("name", ["prediction", "predictions"])
@pytest.mark.parametrize(
    ("part", "value"),
    [("text", "complaint"), ("id", "complaint"), ("split", "test"), ("label", "complaint"), ("marks", [SPAN])],
)
def test_a_column_of_json_min_that_the_user_names_is_no_prediction(bring, project, part, value, name):
    row = MIN | {"split": "train"} | {name: value}
    report = bring([row], "min.json", format="label-studio-min", fields=Fields(**{part: name}))
    (sentence,) = all_of(project).values()
    assert "predictions" not in sentence.metadata and "Predictions of" not in said(report)
    assert sentence.text == (value if part == "text" else FERRY)


@pytest.mark.parametrize("of_others", [0, 50_000, 65_000])
@pytest.mark.parametrize("of_predictions", [1, 1_000, 10_000, 30_000, 70_000])
def test_predictions_cost_no_sentence_whatever_they_hold(bring, project, of_others, of_predictions):
    """They are kept as far as the other metadata leaves room for them."""
    label, why, _ = PREDICTED["result"]
    wide = PREDICTED | {"result": [label | {"value": {"choices": ["x" * of_predictions]}}, why]}
    given = task(predictions=[wide, {"result": 7}])
    given["data"]["note"] = "x" * of_others
    report = bring([given], "in.json", format="label-studio")
    kept = all_of(project)[FERRY].metadata
    fits = of_others + of_predictions < 65_300
    assert ("predictions" in kept) == fits and len(kept.get("note", "")) == of_others
    assert ("Predictions of a model that are too long to keep, left out: 1." in said(report)) == (not fits)
    assert ("Predictions of a model, kept as metadata: 1." in said(report)) == fits
    assert "Predictions of a model with neither a label nor spans, left out: 1." in said(report)


def test_predictions_take_no_room_from_spans_that_became_metadata(bring, project):
    given = task(predictions=[PREDICTED])
    why, _ = given["annotations"][0]["result"]
    other = why | {"value": why["value"] | {"labels": ["x" * 65_390]}}
    given["annotations"][0]["result"] = [why, other]
    report = bring([given], "in.json", format="label-studio")
    assert all_of(project)[FERRY].metadata == {"spans": [why["value"], other["value"]]}
    assert "Predictions of a model that are too long to keep, left out: 1." in said(report)


def test_a_field_called_predictions_keeps_all_it_has_under_a_free_name(bring, project):
    given = task(predictions=[PREDICTED])
    given["data"] |= {"predictions": "mine", "data.predictions": "also mine"}
    bring([given], "in.json")
    kept = {"data.data.predictions": "mine", "data.predictions": "also mine", "predictions": [KEPT]}
    assert all_of(project)[FERRY].metadata == kept


def test_a_span_of_a_prediction_that_cannot_be_read_costs_no_other_span(bring, project):
    label, why, _ = PREDICTED["result"]
    beyond = why | {"value": {"start": 4, "end": 900, "labels": ["reason"]}}
    report = bring([task(predictions=[PREDICTED | {"result": [beyond, label, why, why | {"value": 7}]}])], "in.json")
    assert all_of(project)[FERRY].metadata == {"predictions": [KEPT]}
    assert "Spans of a model's predictions that cannot be read, left out: 2." in said(report)


def test_label_studio_may_count_in_utf_16(bring, project):
    given = task()
    given["annotations"][0]["result"][0]["value"] |= {"start": 17, "end": 26}
    report = bring([given], "export.json")
    assert found(project)[FERRY] == [("annotator 1", "complaint", ["cancelled"])]
    assert "Spans counted in UTF-16, as browsers count, and read that way: 1." in said(report)


def test_the_same_export_again_changes_nothing_and_a_corrected_one_supersedes(bring, project):
    given = task()
    bring([given], "export.json")
    assert (bring([given], "export.json").answers_kept, bring([given], "export.json").added) == (0, 0)
    given["annotations"][0]["result"][1]["value"]["choices"] = ["event"]
    assert bring([given], "export.json").answers_kept == 1
    assert [label for _, label, _ in found(project)[FERRY]] == ["complaint", "event"]


def test_no_file_of_another_tool_replaces_what_a_person_answered_here(bring, project):
    given = task()
    bring([given], "export.json")
    ana = people.find(project, "annotator 1")
    with project.writing():
        mine = NewAnnotation(1, ana.id, "answer", submission_key="given-here", label=2, marks=".....+....")
        annotations.add(project, mine)
    assert bring([given], "export.json").answers_kept == 0
    assert [label for _, label, _ in found(project)[FERRY]] == ["complaint", "event"]


def test_two_people_with_the_same_answer_are_two_answers(bring, project):
    given = task()
    given["annotations"].append(given["annotations"][0] | {"completed_by": 2})
    assert bring([given], "export.json").answers_kept == 2


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda each: each["annotations"][0]["result"][1]["value"].update(choices=["fine", "event"]), "one label for"),
        (lambda each: each["annotations"][0]["result"][0]["value"].update(start=17, end=24), "'cancelled', the span's"),
        (lambda each: each["data"].pop("text"), "Line 2, data.text: found null, expected the task's text; --text-fiel"),
        (lambda each: each["annotations"].append(7), "Line 2, annotations"),
        (lambda each: each["annotations"][0].update(result=7), "annotations[0].result: found 7"),
        (lambda each: each.update(data=7), "Line 2, data: found 7"),
    ],
)
def test_what_label_studio_has_and_we_cannot_take_is_a_fault(bring, project, change, fault):
    given = task()
    change(given)
    with pytest.raises(BadInput) as error:
        bring([given], "export.json")
    assert fault in str(error.value) and sentences.count(project) == 0


def test_two_controls_are_chosen_by_name(bring, project):
    given = task()
    given["annotations"][0]["result"] += [
        {"from_name": "mood", "type": "choices", "value": {"choices": ["angry"]}},
        {"from_name": "stars", "type": "rating", "value": {"rating": 1}},
    ]
    with pytest.raises(BadInput, match="choices of class, mood, expected those of one of them; --label-field names it"):
        bring([given], "export.json")
    report = bring([given], "export.json", fields=Fields(label="class", marks="why"))
    assert found(project)[FERRY] == [("annotator 1", "complaint", ["cancelled"])]
    assert "Results of other types than labels and choices, left out: 1." in said(report)


def test_spans_of_json_min_may_be_in_the_field_that_the_tools_own_template_calls_label(bring, project):
    span = {"start": 16, "end": 25, "text": "cancelled", "labels": ["event"]}
    bring([{"text": FERRY, "id": 7, "label": [span], "annotator": 1, "annotation_id": 3}], "export.json")
    assert found(project)[FERRY] == [("annotator 1", "event", ["cancelled"])]


def test_label_studios_json_min_brings_the_annotations_of_a_task_together(bring, project):
    span = {"start": 16, "end": 25, "text": "cancelled", "labels": ["reason"]}
    row = {"text": FERRY, "id": 7, "why": [span], "choice": "complaint", "annotator": 1, "annotation_id": 3}
    rows = [row, row | {"id": 8, "text": "Fine.", "why": [], "choice": "fine"}, row | {"annotator": 2, "why": []}]
    report = bring(rows, "min.json")
    assert found(project) == {
        FERRY: [("annotator 1", "complaint", ["cancelled"]), ("annotator 2", "complaint", None)],
        "Fine.": [("annotator 1", "fine", None)],
    }
    assert "JSON_MIN" in said(report)


# ---- doccano


def test_doccanos_spans_are_marks_under_the_label_that_is_named_for_them(bring, project):
    lines = [
        {"id": 1, "text": FERRY, "label": [[16, 25, "reason"]], "Comments": []},
        {"id": 2, "text": "Boarding went smoothly.", "label": [], "Comments": ["?"]},
    ]
    report = bring(lines, fields=Fields(marked_label="complaint", unmarked_label="fine"))
    assert found(project) == {
        FERRY: [("gold", "complaint", ["cancelled"])],
        "Boarding went smoothly.": [("gold", "fine", None)],
    }
    assert "Read as an export of doccano." in said(report) and "Comments of people, left out: 1." in said(report)


def test_spans_without_a_label_of_the_project_are_kept_and_reported(bring, project):
    report = bring([{"id": 1, "text": FERRY, "label": [[16, 25, "reason"]]}])
    assert found(project) == {FERRY: []}
    assert all_of(project)[FERRY].metadata == {"spans": [[16, 25, "reason"]]}
    assert "Sentences with spans and no label: 1; reason (1)." in said(report)
    assert "--marked-label" in said(report)


def test_spans_named_as_a_label_of_the_project_are_its_marks(bring, project):
    lines = [{"text": FERRY, "label": [[16, 25, "event"]]}, {"text": "It sank.", "label": [[3, 7, "reason"]]}]
    bring(lines, labels=LabelRules({"reason": "complaint"}))
    assert found(project) == {FERRY: [("gold", "event", ["cancelled"])], "It sank.": [("gold", "complaint", ["sank"])]}


TWO_NAMES = {
    "in.conll": "The\tO\nship\tB-VEH\nsank\tB-EVT\n.\tO\n\n",
    "in.jsonl": [{"text": "The ship sank.", "label": [[4, 8, "VEH"], [9, 13, "EVT"]]}],
}


@pytest.mark.parametrize(("name", "content"), TWO_NAMES.items())
def test_a_label_map_with_names_of_spans_leads_to_the_option_that_helps(bring, project, name, content):
    rules = LabelRules({"VEH": "event", "EVT": "event", "XYZ": "fine"})
    remark = said(bring(content, name, labels=rules))
    assert "The label map names labels that no line has: XYZ." in remark
    assert "The label map has names of spans that gave no sentence a label: VEH, EVT." in remark
    assert "choose one with --span-name, or give the label of all sentences with marks as --marked-label." in remark
    bring(content, name, labels=rules, fields=Fields(span_names=("EVT",)))
    assert [answers for answers in found(project).values()] == [[("gold", "event", ["sank"])]]


def test_marked_label_is_what_such_a_map_may_have_meant(bring, project):
    bring(TWO_NAMES["in.jsonl"], fields=Fields(marked_label="event"))
    assert found(project) == {"The ship sank.": [("gold", "event", ["ship", "sank"])]}


def test_spans_of_several_names_are_chosen_by_name(bring, project):
    line = {"text": FERRY, "label": [[4, 9, "VEH"], [16, 25, "EVT"]]}
    report = bring([line])
    assert "Sentences with spans of several names and no label; the spans were kept as metadata" in said(report)
    assert all_of(project)[FERRY].metadata["spans"] == line["label"]
    report = bring([line], fields=Fields(span_names=("EVT",), marked_label="event"))
    assert found(project)[FERRY] == [("gold", "event", ["cancelled"])]
    assert "Spans with other names than --span-name, left out: 1." in said(report)


def test_doccanos_relations_are_left_out_and_counted(bring, project):
    entities = [{"id": 1, "start_offset": 16, "end_offset": 25, "label": "event"}]
    report = bring([{"id": 7, "text": FERRY, "entities": entities, "relations": [{"id": 1, "from_id": 1, "to_id": 1}]}])
    assert found(project)[FERRY] == [("gold", "event", ["cancelled"])]
    assert "Relations between spans, left out: 1." in said(report)


@pytest.mark.parametrize(
    ("meta", "kept"), [({"n": 1, "m": 2}, {"n": 0, "meta.n": 1, "m": 2}), (7, {"n": 0, "meta": 7})]
)
def test_doccanos_meta_keeps_all_it_has(bring, project, meta, kept):
    bring([{"text": "a", "label": ["event"], "n": 0, "meta": meta}], format="doccano")
    assert all_of(project)["a"].metadata == kept


def test_a_classification_has_one_label_in_a_list(bring, project):
    bring([{"text": "a", "label": ["event"]}, {"text": "b", "label": []}])
    assert found(project) == {"a": [("gold", "event", None)], "b": []}


def test_several_labels_are_refused_with_what_to_do(bring):
    with pytest.raises(BadInput, match="one label for each sentence; for several labels make a project for each with"):
        bring([{"id": "m1", "text": "Seats were hard.", "label": ["praise", "complaint"]}])


def test_the_old_export_of_doccano_brings_its_people(bring, project):
    line = {"id": 15, "text": "The jury freed Ana.", "meta": {"src": "x"}}
    line["annotations"] = [{"label": 7, "start_offset": 9, "end_offset": 14, "user": 1}]
    report = bring([line])
    assert found(project) == {"The jury freed Ana.": []} and "7 (1)" in said(report)
    bring([line], labels=LabelRules({"7": "event"}))
    assert found(project) == {"The jury freed Ana.": [("user 1", "event", ["freed"])]}


# ---- Prodigy


def test_only_what_prodigy_accepted_is_an_answer(bring, project):
    lines = [
        {"text": "add a readme", "label": "event", "_input_hash": 1, "_task_hash": 1, "answer": "accept"},
        {"text": "Segfault", "label": "event", "_input_hash": 2, "_task_hash": 2, "answer": "reject"},
        {"text": "??", "label": "event", "_input_hash": 3, "_task_hash": 3, "answer": "ignore"},
        {"text": "Segfault", "label": "complaint", "_input_hash": 2, "_task_hash": 4, "answer": "accept"},
    ]
    report = bring(lines)
    assert found(project) == {
        "add a readme": [("gold", "event", None)],
        "Segfault": [("gold", "complaint", None)],
        "??": [],
    }
    assert 'answer "ignore" (1)' in said(report)
    assert "Lines with the text of an earlier line, read as one sentence: 1." in said(report)


def prodigy_line(**fields):
    pieces = ["The", "ferry", "🚢", "was", "cancelled", "&", "nobody", "told", "us", "."]
    tokens, at = [], 0
    for number, piece in enumerate(pieces):
        at = FERRY.index(piece, at)
        tokens.append({"text": piece, "start": at, "end": at + len(piece), "id": number})
    span = {"start": 16, "end": 25, "token_start": 4, "token_end": 4, "label": "reason"}
    line = {"text": FERRY, "label": "complaint", "_task_hash": 9, "tokens": tokens, "spans": [span], "answer": "accept"}
    return line | fields


def test_prodigys_tokens_are_kept_and_token_end_is_the_last_token(bring, project):
    bring([prodigy_line(_session_id="desk-ana"), prodigy_line(_session_id="desk-bob", spans=[])])
    assert found(project)[FERRY] == [("desk-ana", "complaint", ["cancelled"]), ("desk-bob", "complaint", [])]
    assert len(all_of(project)[FERRY].tokens) == 10


def test_a_token_end_after_the_last_token_is_a_fault(bring):
    span = {"start": 16, "end": 25, "token_start": 4, "token_end": 5, "label": "reason"}
    with pytest.raises(BadInput, match="token_end is the span's last token"):
        bring([prodigy_line(spans=[span])])


def test_prodigys_choices_and_spans_without_tokens(bring, project):
    options = [{"id": "event", "text": "Event"}]
    bring(
        [
            {"text": "It sank.", "options": options, "accept": ["event"], "answer": "accept"},
            {"text": FERRY, "label": "complaint", "spans": [{"start": 16, "end": 25}], "answer": "accept"},
        ]
    )
    assert found(project) == {
        "It sank.": [("gold", "event", None)],
        FERRY: [("gold", "complaint", ["cancelled"])],
    }


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"accept": ["event", "fine"], "label": None}, "one label for each sentence"),
        ({"answer": "maybe"}, "accept, reject or ignore"),
        ({"tokens": [1]}, "a list of objects with text, start and end"),
        ({"spans": [1]}, "a list of objects with start and end"),
    ],
)
def test_bad_lines_of_prodigy_are_faults(bring, change, fault):
    line = prodigy_line() | change
    line = {name: value for name, value in line.items() if value is not None}
    with pytest.raises(BadInput, match=fault):
        bring([line], format="prodigy")


def test_what_prodigy_accepted_is_read_although_it_is_in_no_list(bring, project):
    options = [{"id": "event", "text": "Event"}]
    bring([{"text": "It sank.", "options": options, "accept": "event", "answer": "accept", "meta": "from Ann"}])
    assert found(project) == {"It sank.": [("gold", "event", None)]}
    assert all_of(project)["It sank."].metadata == {"meta": "from Ann"}


def test_a_field_that_is_null_hides_no_other(bring, project):
    accepted = {
        "text": "It sank.",
        "label": None,
        "options": [{"id": "event"}],
        "accept": ["event"],
        "answer": "accept",
    }
    bring([accepted | {"_annotator_id": None, "_session_id": "desk-ana"}])
    assert found(project) == {"It sank.": [("desk-ana", "event", None)]}
    older = task(annotations=None, completions=task()["annotations"])
    older["data"]["id"] = None
    bring([older], "in.json")
    assert all_of(project)[FERRY].external_id == "11"
    assert found(project)[FERRY] == [("annotator 1", "complaint", ["cancelled"])]


def test_two_labels_by_one_person_are_refused(bring):
    lines = [prodigy_line(label="event"), prodigy_line(label="complaint")]
    with pytest.raises(BadInput, match="'event' and 'complaint' for one sentence, expected one label"):
        bring(lines)


# ---- HateXplain, e-SNLI, CoNLL


def test_hatexplains_lists_belong_to_the_people_who_marked(bring, project):
    post = {"post_id": "77_gab", "post_tokens": ["these", "drivers", "are", "idiots"]}
    post["annotators"] = [
        {"label": "complaint", "annotator_id": 4, "target": ["None"]},
        {"label": "normal", "annotator_id": 9, "target": ["None"]},
        {"label": "complaint", "annotator_id": 3, "target": ["drivers"]},
    ]
    post["rationales"] = [[0, 0, 1, 0], [0, 0, 1, 1]]
    calm = {"post_id": "78", "post_tokens": ["nice", "day"], "rationales": []}
    calm["annotators"] = [{"label": "normal", "annotator_id": 4, "target": []}]
    odd = post | {"post_id": "79", "post_tokens": ["a", "b", "c", "d"], "rationales": [[0, 0, 1, 0]]}
    report = bring({"77_gab": post, "78": calm, "79": odd}, "data.json", labels=LabelRules({"normal": "fine"}))
    assert found(project)["these drivers are idiots"] == [
        ("annotator 4", "complaint", ["are"]),
        ("annotator 9", "fine", None),
        ("annotator 3", "complaint", ["are", "idiots"]),
    ]
    assert found(project)["nice day"] == [("annotator 4", "fine", None)]
    assert [marks for _, _, marks in found(project)["a b c d"]] == [None, None, None]
    assert "Posts whose marks do not say whose they are, read without them: 1." in said(report)
    assert all_of(project)["these drivers are idiots"].metadata == {"targets": {"3": ["drivers"]}}


ESNLI = """pairID,gold_label,Sentence1,Sentence2,Sentence1_Highlighted_1,Sentence2_Highlighted_1
77r1e,entailment,"Two women don't hurry, they stroll.",Women walk.,"1,5","0,1"
77r1n,neutral,"Two women don't hurry, they stroll.",Women shop.,{},1
"""


def test_esnlis_pairs_are_sentence_and_query_with_marks(bring, project):
    report = bring(ESNLI, "esnli.csv", labels=LabelRules({"entailment": "event", "neutral": "complaint"}))
    stored = {each.external_id: each for page in sentences.pages(project) for each in page}
    answers = {name: annotations.of_sentences(project, [each.id])[each.id] for name, each in stored.items()}
    assert (stored["77r1e"].query, words(stored["77r1e"], answers["77r1e"][0].marks)) == (
        "Women walk.",
        ["women", "stroll"],
    )
    assert words(stored["77r1n"], answers["77r1n"][0].marks) == []
    assert "Sentence2_Highlighted_1 looks like marks and was only kept as metadata" in said(report)


def test_an_index_that_esnlis_sentence_lacks_is_a_fault(bring):
    with pytest.raises(
        BadInput, match="Line 2, Sentence1_Highlighted_1: found '6', expected the index of a word, 0 to 5"
    ):
        bring(ESNLI.replace('"1,5"', '"1,6"'), "esnli.csv")


CONLL = """-DOCSTART- -X- O O

The DT B-NP O
ferry NN I-NP B-VEH
sank VBD B-VP B-event
. . O O

All DT B-NP O
survived VBD B-VP O
"""


@pytest.mark.parametrize("name", ["a.conll", "train.txt", "a.tsv", "a.bio", "a.txt.gz"])
def test_conll_becomes_sentences_with_tags_as_marks_under_every_name(bring, project, name):
    content = gzip.compress(CONLL.encode()) if name.endswith(".gz") else CONLL
    report = bring(content, name, fields=Fields(span_names=("event",)))
    assert found(project) == {"The ferry sank .": [("gold", "event", ["sank"])], "All survived": []}
    assert all_of(project)["All survived"].tokens == ("All", "survived")
    assert "Read as CoNLL, a token and its tags on each line." in said(report)


def test_comments_of_conll_name_the_sentence(bring, project):
    text = "# id = s7\tlabel = event\n😀\tO\nthe\tO\nship\tB-why\nsank\tI-why\n\n# text = ab c\na\tO\nb\tO\nc\tS-why\n"
    bring(text, "a.conll", labels=LabelRules({"why": "event"}))
    assert found(project) == {
        "😀 the ship sank": [("gold", "event", ["ship", "sank"])],
        "ab c": [("gold", "event", ["c"])],
    }
    assert all_of(project)["😀 the ship sank"].external_id == "s7"


def test_conll_u_without_a_word_is_a_fault(bring):
    gap = "1-2\tdon't" + "\t_" * 8
    with pytest.raises(BadInput, match=r"Line 1: found no words, only .*, expected a line for each word"):
        bring(f"# sent_id = s1\n{gap}\n\n", "a.conllu")


def test_conll_u_has_tokens_and_no_marks(bring, project):
    rows = ["1-2\tdu\t_\t_\t_\t_\t_\t_\t_\t_", "1\tde\t_\t_\t_\t_\t_\t_\t_\t_", "2\tle\t_\t_\t_\t_\t_\t_\t_\t_"]
    report = bring("# sent_id = s1\n" + "\n".join(rows) + "\n\n", "a.conllu")
    assert all_of(project)["de le"].external_id == "s1"
    assert "Sentences whose last column has no tags such as O and B-NAME, read without marks: 1." in said(report)


def test_columns_that_are_missing_are_a_fault(bring):
    with pytest.raises(BadInput, match="Line 3: found 2 columns in 'ferry B-VEH', expected 4"):
        bring(CONLL.replace("ferry NN I-NP B-VEH", "ferry B-VEH"), "a.conll")


def test_the_command_takes_everything_that_says_how_marks_are_read(project, tmp_path):
    line = {"post_tokens": FERRY.split(), "why": [[4, 9, "VEH"], [17, 20, "EVT"]], "post_id": "a"}
    (tmp_path / "in.jsonl").write_text(json.dumps(line) + "\n")
    options = ["--tokens-field", "post_tokens", "--marks-field", "why", "--id-field", "post_id", "--align", "expand"]
    options += ["--marked-label", "complaint", "--unmarked-label", "fine", "--answers", "keep", "--span-name", "EVT"]
    ran = CliRunner().invoke(main, ["import", str(tmp_path / "p.db"), str(tmp_path / "in.jsonl"), *options])
    assert ran.exit_code == 0, ran.output
    assert "Spans widened to whole words: 1." in ran.output
    assert "Spans with other names than --span-name, left out: 1." in ran.output
    assert list(found(project).values()) == [[("gold", "complaint", ["cancelled"])]]


# ---- the same promises for every format


@pytest.mark.parametrize(
    ("format", "content"),
    [
        ("label-studio", b'[{"data": {"text": "a"}, "annotations": []}, {"data"'),
        ("label-studio", b'[{"data": {"text": "a", "x": "' + b"\xff" + b'"}, "annotations": []}]'),
        ("label-studio", b"[1]"),
        ("label-studio", b"[]]"),
        ("label-studio", b"[" + b'{"a":' * 200 + b"1" + b"}" * 200 + b"]"),
        ("label-studio", b'[{"data": {"text": "a"}, "annotations": [], "x": "' + b"y" * 2**24 + b'"}]'),
        ("label-studio", gzip.compress(b"[" + b" " * (65 * 2**20) + b"]", mtime=0)),
        ("label-studio-min", b'[{"text": 1}]'),
        ("hatexplain", b'{"a": {"post_tokens": []}}'),
        ("hatexplain", b'{"a" 1}'),
        ("prodigy", b'{"text": "a", "answer": 1}'),
        ("doccano", b'{"text": "a", "label": [[0, 9, "x"]]}'),
        ("doccano", b'{"text": "a", "label": [' + b"[" * 200 + b"]" * 200 + b"]}"),
        ("esnli", b"a,b\n1,2\n"),
        ("conll", b"\n\n"),
        ("conll", b"a O\n" * 5000),
        ("conll", b"\x1f\x8b\x08broken"),
        ("conll", b"PK\x03\x04" + bytes(30)),
        ("label-studio", b"PK\x03\x04" + bytes(30)),
        ("label-studio", "[{}]".encode("utf-16-le") + b"\n"),
        ("hatexplain", "[{}]".encode("utf-16-le") + b"\n"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
def test_a_bad_file_is_refused_and_the_project_keeps_its_bytes(project, tmp_path, format, content):
    path = tmp_path / "in.data"
    path.write_bytes(content)
    before = (tmp_path / "p.db").read_bytes()
    with pytest.raises(BadInput) as error:
        import_file(project, path, ImportSettings(format=format), actor=OWNER)
    assert "expected" in str(error.value) and (tmp_path / "p.db").read_bytes() == before


@pytest.mark.parametrize("format", ["label-studio", "doccano", "prodigy", "hatexplain", "esnli", "conll"])
def test_an_option_that_a_format_does_not_have_is_refused(bring, format):
    with pytest.raises(BadInput, match="--query-field ask: found an option for files whose fields have other names"):
        bring("nothing that counts", "a.data", format=format, fields=Fields(query="ask"))


def test_an_import_of_another_tools_file_comes_back_byte_for_byte(bring, project, tmp_path):
    bring([task(), task("Second.", 12, annotations=[])], "export.json")
    export_project(project, tmp_path / "out.jsonl", actor=OWNER)
    with Store.create(tmp_path / "again.db", labels=LABELS) as again:
        import_file(again, tmp_path / "out.jsonl", actor=OWNER)
        export_project(again, tmp_path / "out2.jsonl", actor=OWNER)
    assert (tmp_path / "out2.jsonl").read_bytes() == (tmp_path / "out.jsonl").read_bytes()


def test_a_long_array_is_read_in_little_memory(project, tmp_path):
    """48 MB of tasks; the whole of it as Python objects would take several times that."""
    path = tmp_path / "long.json"
    with path.open("w") as file:
        file.write("[")
        for number in range(12_000):
            file.write(("," if number else "") + json.dumps(task(f"Ferry {number}", number, annotations=[])))
            file.write(" " * 4000)
        file.write("]")
    faults = Faults("long")
    tracemalloc.start()
    with path.open("rb") as file:
        assert sum(1 for _ in label_studio.read(file, faults, fields=Fields())) == 12_000
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 4 * 2**20 and not faults


# ---- the cases as files


@pytest.fixture(scope="session")
def cases():
    folder = Path(__file__).resolve().parents[4] / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip("the files of the cases are not here")
    return folder


CASES = {
    "03-label-studio-export.json": {FERRY: [("annotator 1", "complaint", ["cancelled"])]},
    "03-old-doccano-annotations.jsonl": {"The jury freed Ana.": []},
    "04-prodigy-spans-no-tokens.jsonl": {
        "The ferry was cancelled and nobody told us.": [("gold", "complaint", ["cancelled"])],
        "The ferry was cancelled, fine by me.": [],
    },
    "04-prodigy-spans-tokens.jsonl": {FERRY: [("desk-ana", "complaint", ["cancelled"])]},
    "06-conll.conll": {"The ferry sank .": [], "All survived": []},
    "06-conll-train.txt": {"The ferry sank .": [], "All survived": []},
    "05-rationale-as-char-spans.jsonl": {"The jury freed Ana and left town.": [("gold", "event", ["freed"])]},
    "05-rationale-as-strings.jsonl": {"The jury freed Ana.": [("gold", "event", ["freed"])]},
}


@pytest.mark.parametrize("name", CASES)
def test_the_cases_become_what_their_list_says(project, cases, name):
    path = cases / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    import_file(project, path, ImportSettings(answers="keep"), actor=OWNER)
    answers = found(project)
    assert {text: answers[text] for text in CASES[name]} == CASES[name]


def test_spans_of_a_case_that_were_counted_without_the_emoji_are_read_so(project, cases):
    """Its offsets fit the text without the emoji, so they are off by two."""
    fields = Fields(marked_label="complaint")
    settings = ImportSettings(answers="keep", fields=fields)
    report = import_file(project, cases / "03-doccano-spans.jsonl", settings, actor=OWNER)
    assert found(project)[FERRY] == [("gold", "complaint", ["cancelled"])]
    assert report.notes == {NO_EMOJI: 1}

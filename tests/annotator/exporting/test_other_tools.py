"""What other tools' formats give back to our own readers: everything, except what the export says it cannot hold."""

import io
import json
import tempfile
import tracemalloc
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest
from drawn_rows import LABELS, examples_of, rows
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import CannotExport
from annotator.exporting.example import ExampleRow, GivenAnswer, Prediction
from annotator.exporting.registry import FORMATS, FileFormat, can_be_written
from annotator.exporting.tools import brat, conll, hatexplain, label_studio, losses
from annotator.exporting.writing import About, NotCarried
from annotator.formats.faults import Faults
from annotator.formats.fields import Fields
from annotator.formats.registry import READERS
from annotator.formats.rows import SentenceRow
from annotator.formats.tools.folders import FOLDERS
from annotator.formats.tools.predictions import FIELD
from annotator.formats.words import cut

ABOUT = About("ferries", LABELS)
FIELDS = Fields(align="expand")
Written = Mapping[str, bytes]

FERRY = "😀 The ferry  sank,\nthey say."
_TEXT = (losses.SPACES, conll.TEXT, losses.WHITE_SPACE, brat.LAST_BREAKS)
_TOKENS = (losses.TOKENS, losses.WHITE_SPACE)
_PEOPLE = (losses.ONE_ANSWER, losses.WHO)
EXPLAINED: Mapping[str, tuple[Callable[[ExampleRow], object], tuple[str, ...]]] = {
    "text": (lambda row: row.text, _TEXT),
    "tokens": (lambda row: row.tokens, _TOKENS),
    "places": (lambda row: row.starts, (*_TEXT, *_TOKENS)),
    "id": (lambda row: row.id, (conll.COMMENT, brat.NO_FILE)),
    "split": (lambda row: row.split, ()),
    "query": (lambda row: row.query, (losses.QUERY, conll.COMMENT)),
    "metadata": (lambda row: _filled(row.metadata), (losses.METADATA, brat.ANY_METADATA)),
    "label": (lambda row: row.label, (brat.LABEL,)),
    "words": (lambda row: _pluses(row.marks), (losses.TOKENS, hatexplain.UNDER_NORMAL)),
    "asked": (lambda row: row.marks is None, (losses.ASKED, label_studio.ASKED, hatexplain.ASKED)),
    "must not matter": (lambda row: "-" in (row.marks or ""), (losses.MUST_NOT_MATTER,)),
    "labels of people": (lambda row: [(answer.person, answer.label) for answer in row.answers], (*_PEOPLE, brat.LABEL)),
    "words of people": (lambda row: [_pluses(answer.marks) for answer in row.answers], (*_PEOPLE, losses.TOKENS)),
    "seconds": (lambda row: [answer.seconds for answer in row.answers], (*_PEOPLE, losses.SECONDS)),
}
"""What a row says, and which sentences of an export explain that it is lost."""


def write(format: str, given: Iterable[ExampleRow]) -> tuple[Written, NotCarried]:
    """Return the files that a format becomes, by name, and what it could not hold."""
    writer, lost = FORMATS[format], NotCarried()
    if isinstance(writer, FileFormat):
        file = io.BytesIO()
        writer.write(given, file, about=ABOUT, lost=lost)
        return {"file": file.getvalue()}, lost
    with tempfile.TemporaryDirectory() as folder:
        writer.write(given, Path(folder), about=ABOUT, lost=lost)
        files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}, lost


def read(format: str, files: Written) -> list[SentenceRow]:
    """Return what the import's reader of the format finds in the files."""
    faults = Faults("files")
    if format in READERS:
        content = files.get(label_studio.TASKS) or files.get(hatexplain.POSTS) or files["file"]
        found = list(READERS[format](io.BytesIO(content), faults, fields=FIELDS))
    else:
        found = _read_folders(format, files, faults)
    assert list(map(str, faults._found)) == []
    return found


def _read_folders(format: str, files: Written, faults: Faults) -> list[SentenceRow]:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if format != "brat":
            return list(FOLDERS[format](Path(folder), faults, fields=FIELDS))
        splits = {"train": "pool", "dev": "dev", "test": "test"}
        return [  # a folder for each split, imported with --split
            replace(row, split=split)
            for name, split in splits.items()
            if (Path(folder) / name).is_dir()
            for row in FOLDERS[format](Path(folder) / name, faults, fields=FIELDS)
        ]


def _filled(metadata: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in metadata.items() if value not in (None, [], {}, "")}


def _pluses(marks: str | None) -> str:
    return (marks or "").replace("-", ".").strip(".")


TOOLS = ("conll", "doccano", "prodigy", "label-studio", "hatexplain", "eraser", "brat")


@pytest.mark.parametrize("format", TOOLS)
@given(row=rows())
def test_what_is_read_back_differs_only_in_what_the_export_said(format: str, row: ExampleRow) -> None:
    files, lost = write(format, [row])
    back = examples_of(read(format, files))
    if not back:
        assert brat.UNMARKED in lost
        return
    (again,) = back
    if format == "label-studio" and row.prediction is not None:
        assert len(again.metadata[FIELD]) == 1
        again = replace(again, metadata={name: value for name, value in again.metadata.items() if name != FIELD})
    for what, (of, reasons) in EXPLAINED.items():
        if of(row) != of(again):
            assert set(reasons) & set(lost), (what, of(row), of(again))


@pytest.mark.parametrize("format", TOOLS)
@given(drawn=st.lists(rows(), min_size=1, max_size=4))
def test_what_was_read_back_is_written_as_the_same_bytes(format: str, drawn: Sequence[ExampleRow]) -> None:
    given_rows = [replace(row, id=f"s{number}") for number, row in enumerate(drawn)]
    if format != "label-studio":  # the only one whose predictions are read back, as metadata
        given_rows = [replace(row, prediction=None) for row in given_rows]
    if format == "brat":  # whose spans of words inside of words are not the same afterwards
        given_rows = [row for row in given_rows if "+" in (row.marks or "") and losses.own_tokens(row) is None]
    files, _ = write(format, given_rows)
    assert write(format, examples_of(read(format, files)) if given_rows else [])[0] == files


def test_brat_holds_nothing_of_what_it_has_written(tmp_path: Path) -> None:
    long = " ".join(f"w{number}" for number in range(4_000))
    row = example_row(text=long, marks="+" + "." * 3_999)
    tracemalloc.start()
    try:
        brat.write((replace(row, id=f"s{number}") for number in range(250)), tmp_path, about=ABOUT, lost=NotCarried())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) > 5_000_000
    assert peak < 2_500_000  # also what Python keeps of the names of files


def example_row(text: str = FERRY, marks: str | None = None, **fields: object) -> ExampleRow:
    """Return a row with the words of our own tokenizer; one without marks has the word after the first marked."""
    words = cut(text)
    marks = marks or "." + "+" + "." * (len(words.tokens) - 2)
    given = {"label": "complaint", "marks": marks, "answers": (GivenAnswer("ada", "complaint", marks, 4.5),)} | fields
    return ExampleRow("s7", words.text, words.tokens, words.starts, "train", **given)  # type: ignore[arg-type]


def lines_of(format: str, *given: ExampleRow) -> list[dict[str, object]]:
    """Return the objects of a format of JSON lines."""
    return [json.loads(line) for line in write(format, given)[0]["file"].splitlines()]


SANK = "..." + "+" + "." * 5
FERRY_ROW = example_row(FERRY, SANK)


def test_doccano_counts_code_points() -> None:
    (line,) = lines_of("doccano", FERRY_ROW)
    assert line == {
        "id": "s7",
        "text": FERRY,
        "cats": ["complaint"],
        "entities": [[13, 17, "complaint"]],
        "split": "train",
    }
    assert FERRY[13:17] == "sank"


def test_prodigy_names_the_last_token_of_a_span_and_has_a_token_for_a_gap() -> None:
    (line,) = lines_of("prodigy", FERRY_ROW)
    assert line["spans"] == [{"start": 13, "end": 17, "token_start": 4, "token_end": 4, "label": "complaint"}]
    assert (line["answer"], line["label"], line["_annotator_id"]) == ("accept", "complaint", "ada")
    tokens = line["tokens"]
    assert isinstance(tokens, list)
    assert [token["text"] for token in tokens][:5] == ["😀", "The", "ferry", " ", "sank"]
    assert "".join(token["text"] + " " * token["ws"] for token in tokens) == FERRY


def test_prodigy_has_a_line_for_each_person() -> None:
    answers = (GivenAnswer("ada", "complaint", SANK), GivenAnswer("bob", "fine"))
    first, second = lines_of("prodigy", example_row(FERRY, SANK, answers=answers))
    assert [(line["_annotator_id"], line["label"], "spans" in line) for line in (first, second)] == [
        ("ada", "complaint", True),
        ("bob", "fine", False),
    ]


def test_conll_says_id_label_and_person_in_comments() -> None:
    row = example_row("The ferry sank.", ".++.", metadata={"source": "Gazette", "n": 3})
    files, lost = write("conll", [row])
    assert files["file"].decode() == (
        "# id = s7\n# split = train\n# label = complaint\n# annotator = ada\n"
        "# text = The ferry sank.\n# source = Gazette\n"
        "The\tO\nferry\tB-complaint\nsank\tI-complaint\n.\tO\n\n"
    )
    assert lost == {losses.SECONDS: 1, losses.METADATA: 1}


def test_label_studio_counts_code_points_and_shows_the_models_words() -> None:
    prediction = Prediction(3, {"fine": 0.2, "complaint": 0.8}, (0, 0.1, 0.5, 0.9, -1, 0, 0, 0, 0))
    files, _ = write("label-studio", [replace(FERRY_ROW, prediction=prediction)])
    (task,) = json.loads(files["tasks.json"])
    (annotation,) = task["annotations"]
    marked = {"start": 13, "end": 17, "text": "sank", "labels": ["matters"]}
    assert [result["value"] for result in annotation["result"]] == [{"choices": ["complaint"]}, marked]
    assert (annotation["person"], annotation["lead_time"]) == ("ada", 4.5)
    (predicted,) = task["predictions"]
    assert (predicted["model_version"], predicted["score"]) == ("round-3", 0.8)
    assert predicted["result"][1]["value"]["text"] == "ferry  sank"
    assert predicted["result"][1]["score"] == 0.9


OURS = {"model_version": "round-2", "score": 0.6, "label": "fine", "spans": [[13, 17, "matters", 0.4]]}


@pytest.mark.parametrize(
    "kept",
    [
        OURS,
        {"model_version": "bert-3", "score": 0.4, "label": "fine"},
        {"label": "complaint"},
        {"score": 1, "spans": [[13, 17, "matters"], [2, 5, "matters", -3]]},
    ],
    ids=repr,
)
def test_predictions_of_any_model_that_label_studio_can_hold_go_out_as_predictions(kept: dict[str, object]) -> None:
    newest = Prediction(3, {"fine": 1.0, "complaint": 0.0})
    row = replace(FERRY_ROW, metadata={"predictions": [kept], "n": 1}, prediction=newest)
    files, _ = write("label-studio", [row])
    (task,) = json.loads(files["tasks.json"])
    assert "predictions" not in task["data"]
    assert [given.get("model_version") for given in task["predictions"]] == [kept.get("model_version"), "round-3"]
    (again,) = read("label-studio", files)
    assert again.metadata == {
        "n": 1,
        "predictions": [kept, {"model_version": "round-3", "score": 1.0, "label": "fine"}],
    }


@pytest.mark.parametrize(
    "kept",
    [
        OURS | {"label": "angry"},
        OURS | {"label": ["fine", "complaint"]},
        OURS | {"label": None},
        OURS | {"score": "high"},
        OURS | {"score": True},
        OURS | {"score": -7.2},
        OURS | {"score": 1.5},
        OURS | {"model_version": 3},
        OURS | {"spans": []},
        OURS | {"spans": 7},
        *(
            OURS | {"spans": [span]}
            for span in ([13, 17, "why"], [13, 17], [13, 900, "matters"], ["13", 17, "matters"])
        ),
        *(OURS | {"spans": [[13, 17, "matters", strength]]} for strength in ("high", None, True)),
    ],
    ids=repr,
)
def test_predictions_that_label_studio_cannot_hold_stay_in_the_data(kept: dict[str, object]) -> None:
    files, _ = write("label-studio", [replace(FERRY_ROW, metadata={"predictions": [kept, OURS]})])
    (task,) = json.loads(files["tasks.json"])
    assert task["data"]["predictions"] == [kept]
    assert [given["model_version"] for given in task["predictions"]] == ["round-2"]
    (again,) = read("label-studio", files)
    assert again.metadata == {"data.predictions": [kept], "predictions": [OURS]}


def test_label_studio_knows_people_by_email_and_number() -> None:
    answers = tuple(GivenAnswer(name, "complaint") for name in ("bob@x.org", "annotator 7", "annotator 07"))
    files, _ = write("label-studio", [example_row(answers=answers)])
    given = json.loads(files["tasks.json"])[0]["annotations"]
    assert [each.get("completed_by", each.get("person")) for each in given] == [
        {"email": "bob@x.org"},
        7,
        "annotator 07",
    ]


def test_label_studios_configuration_has_all_labels_and_the_query_that_every_task_has() -> None:
    files, _ = write("label-studio", [example_row(query="who?", query_tokens=("who", "?"))])
    config = ElementTree.fromstring(files["config.xml"].decode())
    assert [choice.get("value") for choice in config.iter("Choice")] == [label.name for label in LABELS]
    assert [text.get("value") for text in config.iter("Text")] == ["$query", "$text"]
    files, _ = write("label-studio", [FERRY_ROW, example_row(query="who?", query_tokens=("who", "?"))])
    assert b"$query" not in files["config.xml"]


def test_hatexplain_has_everyones_label_number_and_target_and_the_splits() -> None:
    answers = (GivenAnswer("annotator 3", "complaint", "..+"), GivenAnswer("ada", "normal"))
    row = example_row("The ferry sank", "..+", answers=answers, metadata={"targets": {"3": ["Crew"]}})
    files, _ = write("hatexplain", [row, replace(row, id="s8", split="dev")])
    post = json.loads(files["dataset.json"])["s7"]
    assert post["annotators"] == [
        {"label": "complaint", "annotator_id": 3, "target": ["Crew"]},
        {"label": "normal", "annotator_id": "ada", "target": []},
    ]
    assert (post["rationales"], post["post_tokens"]) == ([[0, 0, 1]], ["The", "ferry", "sank"])
    assert json.loads(files["post_id_divisions.json"]) == {"train": ["s7"], "val": ["s8"], "test": []}


def test_eraser_has_documents_evidences_and_hard_and_soft_predictions() -> None:
    prediction = Prediction(3, {"fine": 0.2, "complaint": 0.8}, (0.0, 0.5, 0.9))
    row = example_row("The ferry sank", ".++", query="who?", query_tokens=("who", "?"), prediction=prediction)
    files, lost = write("eraser", [replace(row, split="test")])
    place = {"start_token": 1, "end_token": 3, "start_sentence": 0, "end_sentence": 1}
    assert json.loads(files["test.jsonl"]) == {
        "annotation_id": "s7",
        "classification": "complaint",
        "docids": ["s7"],
        "evidences": [[{"docid": "s7", "text": "ferry sank", **place}]],
        "query": "who?",
        "query_type": None,
    }
    assert json.loads(files["docs.jsonl"]) == {"docid": "s7", "document": "The ferry sank"}
    predicted = json.loads(files["predictions/test.jsonl"])
    assert predicted["rationales"] == [
        {
            "docid": "s7",
            "hard_rationale_predictions": [{"start_token": 1, "end_token": 3}],
            "soft_rationale_predictions": [0.0, 0.5, 0.9],
        }
    ]
    assert (files["train.jsonl"], files["val.jsonl"]) == (b"", b"")
    assert lost == {losses.SECONDS: 1, losses.WHO: 1}


def test_brats_entities_end_at_line_breaks() -> None:
    files, _ = write("brat", [example_row("The ferry\n  sank.", ".++.")])
    assert files["train/s7.ann"].decode() == "T1\tcomplaint 4 9;12 16\tferry sank\n"
    assert files["train/s7.txt"].decode() == "The ferry\n  sank.\n"
    assert b"[entities]\nfine\ncomplaint\n" in files["train/annotation.conf"]


def test_an_id_that_is_no_file_name_leads_out_of_no_folder() -> None:
    ids = ("../../x", "/etc/x", "a/../b", ".hidden", "a\\b", "x" * 256, "a/b")
    files, lost = write("brat", [replace(FERRY_ROW, id=id) for id in ids])
    texts = [name for name in files if name.endswith(".txt")]
    assert len(texts) == len(ids) and "train/a/b.txt" in texts
    assert all(name.startswith("train/sentence-") for name in texts if name != "train/a/b.txt")
    assert lost[brat.NO_FILE] == len(ids) - 1


@pytest.mark.parametrize("format", TOOLS)
def test_a_project_without_examples_is_an_empty_file_that_says_nothing_was_lost(format: str) -> None:
    files, lost = write(format, [])
    assert not lost
    assert {"label-studio": b"[\n]\n", "hatexplain": b"{\n}\n"}.get(format, b"") in files.values() or format == "brat"


def test_spacy_is_asked_for_by_name_where_it_is_missing(tmp_path: Path) -> None:
    if find_spec("spacy"):
        pytest.skip("spaCy is installed here")
    assert not can_be_written("spacy")
    with pytest.raises(CannotExport, match=r"pip install 'whylight\[spacy\]'"):
        FORMATS["spacy"].write([FERRY_ROW], tmp_path, about=ABOUT, lost=NotCarried())  # type: ignore[arg-type]


def test_spacys_text_is_the_sentences_text_and_its_spans_are_the_marked_words(tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy", reason="the extra spacy is not installed")
    FORMATS["spacy"].write([FERRY_ROW], tmp_path, about=ABOUT, lost=NotCarried())  # type: ignore[arg-type]
    (doc,) = spacy.tokens.DocBin().from_disk(tmp_path / "train.spacy").get_docs(spacy.blank("xx").vocab)
    assert (doc.text, doc.cats["complaint"], doc.cats["fine"]) == (FERRY, 1.0, 0.0)
    assert [(span.text, span.label_) for span in doc.spans["rationale"]] == [("sank", "complaint")]
    assert doc.user_data["id"] == "s7"


def test_metadata_that_spacys_docbin_has_no_form_for_is_left_out_and_counted(tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy", reason="the extra spacy is not installed")
    layers: list[object] = []
    for _ in range(600):
        layers = [layers]
    metadata = {"small": 2**64 - 1, "large": 2**64, "among": [{"a": -(2**63) - 1}], "layers": layers, "last": "x"}
    lost = NotCarried()
    FORMATS["spacy"].write([replace(FERRY_ROW, metadata=metadata)], tmp_path, about=ABOUT, lost=lost)  # type: ignore[arg-type]
    (doc,) = spacy.tokens.DocBin().from_disk(tmp_path / "train.spacy").get_docs(spacy.blank("xx").vocab)
    assert {name for name in metadata if name in doc.user_data} == {"small", "last"}
    assert lost["metadata with a whole number of more than 64 bits, or in very many layers"] == 1

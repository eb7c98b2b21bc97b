"""Folders of other tools: brat, texts, ERASER and Hugging Face's data sets on disk."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner

from annotator.cli import main
from annotator.errors import CannotSetAside
from annotator.formats.faults import BadInput
from annotator.formats.fields import Fields
from annotator.importing.report_wording import remarks
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.importing.undoing import list_imports
from annotator.outside.building import build_pool
from db.answers import annotations
from db.corpus import sentences
from db.records import OWNER, Label
from db.store import Store

LABELS = (Label(0, "fine"), Label(1, "complaint"), Label(2, "event"))


@pytest.fixture
def project(tmp_path):
    with Store.create(tmp_path / "p.db", labels=LABELS) as store:
        yield store


@pytest.fixture
def bring(project, tmp_path):
    """Import a folder with these files, and keep every answer."""

    def bring(files, aside=None, **options):
        folder = tmp_path / "corpus"
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, list):
                content = "".join(json.dumps(line) + "\n" for line in content)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        settings = ImportSettings(**{"answers": "keep"} | options)
        return import_file(project, folder, settings, actor=OWNER, aside=aside)

    return bring


def found(store):
    """Return each sentence's label and marked words, by its id; without an answer, None."""
    answers = {}
    for page in sentences.pages(store):
        for sentence in page:
            given = annotations.of_sentences(store, [sentence.id])[sentence.id]
            marks = given[-1].marks if given else None
            words = [token for token, mark in zip(sentence.tokens, marks or "", strict=False) if mark == "+"]
            answers[sentence.external_id] = (LABELS[given[-1].label].name, words) if given else None
    return answers


def said(report):
    return "\n".join(remarks(asdict(report)))


BRAT = {
    "doc1.txt": "Report 1 🚢\r\n\r\nThe ferry sank.\r\nNobody was hurt.\r\n",
    "doc1.ann": "T1\tevent 24 28\tsank\nT2\tevent 14 17;42 46\tThe hurt\nR1\tx Arg1:T1\n#1\tAnnotatorNotes T1\tsure\n",
    "deep/doc2.txt": "المعبارة غرقت",
    "deep/doc2.ann": "",
    "notes.md": "left out",
}


def test_brats_entities_are_marks_and_offsets_survive_line_breaks(bring, project):
    report = bring(BRAT)
    assert found(project) == {"deep/doc2": None, "doc1": ("event", ["The", "sank", "hurt"])}
    assert "Relations, events, attributes and notes of brat, left out: 2." in said(report)
    assert "Texts whose line breaks CR LF became newlines: 1." in said(report)
    assert "Read as a folder of brat." in said(report)


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"a.ann": "T1 broken\n", "a.txt": "It sank."}, "a.txt, a.ann, line 1: found 'T1 broken'"),
        (
            {"a.ann": "T1\tevent 3 7\tswam\n", "a.txt": "It sank."},
            "a.txt, a.ann[0]: found 'sank' at 3 to 7, expected 'sw",
        ),
        ({"a.ann": "T1\tevent 3 99\tsank\n", "a.txt": "It sank."}, "a.txt, a.ann[0]"),
        ({"a.ann": "", "b.txt": "It sank."}, "a.ann: found annotations without a text, expected a.txt"),
        ({"a.ann": "", "a.txt": b"It s\xffnk."}, "a.txt: found the byte 0xFF at byte 4, expected UTF-8"),
        ({"a.ann": "", "a.txt": "x " * 300_000}, "a.txt: found 600,000 bytes, expected at most 100,000 characters"),
        ({"a.ann": "", "a.txt": " \n"}, "a.txt, text: found nothing visible"),
        ({"a.md": "x"}, "a folder without files that belong together"),
    ],
)
def test_a_bad_folder_is_refused_by_file_and_line(bring, project, files, fault):
    with pytest.raises(BadInput) as error:
        bring(files)
    assert fault in str(error.value) and sentences.count(project) == 0


def test_a_folder_of_texts_is_a_sentence_for_each_file(bring, project):
    bring({"pos/1.txt": "Good.", "neg/1.txt": "Bad.\n\nVery bad."})
    assert found(project) == {"pos/1": None, "neg/1": None}


def test_a_name_that_is_not_utf8_is_escaped_wherever_it_is_stored(bring, project, tmp_path):
    odd = os.fsdecode(b"caf\xe9")
    report = bring({"a.txt": "It sank.", f"{odd}.csv": "x"})
    assert "not read: 1; caf\\udce9.csv." in said(report) and found(project) == {"a": None}
    assert build_pool([tmp_path / "corpus"], tmp_path / "pool").remarks[0].endswith("1; caf\\udce9.csv.")
    (tmp_path / odd).mkdir()
    (tmp_path / odd / "b.txt").write_text("It rose.")
    (tmp_path / f"{odd}.csv").write_text("text\nIt slept.\n")
    for name in (odd, f"{odd}.csv"):
        import_file(project, tmp_path / name, ImportSettings(), actor=OWNER)
    assert [one.source for one in list_imports(project, actor=OWNER)] == ["caf\\udce9.csv", "caf\\udce9", "corpus"]
    made = build_pool([tmp_path / odd, tmp_path / f"{odd}.csv"], tmp_path / "others")
    assert (made.built.rows, made.remarks[0]) == (2, "caf\\udce9: Read as a folder with one text in each file.")


def test_documents_whose_names_are_not_utf8_are_refused_or_left_out_by_name(bring, project, tmp_path):
    odd = os.fsdecode(b"caf\xe9")
    fault = r"caf\udce9.txt, id: found half a character, U+DCE9, expected whole characters."
    files = {"a.txt": "It sank.", "a.ann": "", f"{odd}.txt": "It rose.", f"{odd}.ann": "T1\tevent 3 7\trose\n"}
    with pytest.raises(BadInput) as error:
        bring(files)
    assert fault in str(error.value)
    report = bring({}, tmp_path / "left.jsonl", leave_out_faulty=True)
    assert fault in said(report) and found(project) == {"a": None}
    assert json.loads((tmp_path / "left.jsonl").read_text())["fault"]["file"] == "caf\\udce9.txt"


def test_folders_named_after_splits_are_named_unless_a_split_is_given(bring):
    files = {"train/1.txt": "One.", "dev/1.txt": "Two.", "notes/1.txt": "Three."}
    hint = "The folder has folders named after splits (dev, train), but was read as one"
    assert hint in said(bring(files, dry_run=True))
    assert "named after splits" not in said(bring(files, split="dev"))


def test_the_names_of_folders_may_be_labels(bring, project):
    bring({"complaint/1.txt": "Bad.", "fine/1.txt": "Good."}, fields=Fields(label="folder"))
    assert found(project) == {"complaint/1": ("complaint", []), "fine/1": ("fine", [])}
    with pytest.raises(BadInput, match="a folder of texts, which has no such field"):
        bring({}, fields=Fields(label="class"))


def test_a_project_in_the_folder_is_not_read(bring, project, tmp_path):
    """Closing any handle of an open database would drop the locks that SQLite holds on it."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    with Store.create(folder / "other.txt", labels=LABELS) as other:
        bring({"a.txt": "It sank."})
        assert found(project) == {"a": None} and sentences.count(other) == 0


ANNOTATION = {"annotation_id": "s7", "query": "An event ?", "classification": "event", "query_type": None}
ANNOTATION |= {"docids": ["s7"]}
EVIDENCE = {
    "docid": "s7",
    "text": "acquitted",
    "start_token": 3,
    "end_token": 4,
    "start_sentence": 0,
    "end_sentence": 1,
}
DOCUMENT = "😀 The jury acquitted Ana today .\n😀 שמח ."


@pytest.mark.parametrize("documents", [{"docs/s7": DOCUMENT}, {"docs.jsonl": [{"docid": "s7", "document": DOCUMENT}]}])
def test_erasers_evidences_are_marks_of_a_document_with_its_query(bring, project, documents):
    bare = ANNOTATION | {"annotation_id": "s8", "classification": "fine", "evidences": []}
    train = [ANNOTATION | {"evidences": [[EVIDENCE], [EVIDENCE | {"start_token": 8, "end_token": 9, "text": "שמח"}]]}]
    report = bring(documents | {"train.jsonl": train, "val.jsonl": [bare]})
    assert found(project) == {"s7": ("event", ["acquitted", "שמח"]), "s8": ("fine", [])}
    stored = {each.external_id: each for page in sentences.pages(project) for each in page}
    assert (stored["s7"].query, stored["s7"].split, stored["s8"].split) == ("An event ?", "dev", "dev")
    assert "several groups of evidences, each enough by itself, whose words are all marked: 1." in said(report)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            {"docids": ["../secret"]},
            "train.jsonl, line 1, docids: found '../secret', expected the name of a file in docs",
        ),
        ({"docids": ["s7", "s8"]}, "one document; an annotation of several"),
        ({"evidences": [[EVIDENCE | {"end_token": 99}]]}, "the tokens 3 to 99, expected tokens from 0 to 10"),
        ({"evidences": [[EVIDENCE | {"text": "freed"}]]}, "'acquitted' at 3 to 4, expected 'freed'"),
        ({"evidences": 7}, "evidences: found 7"),
        ({"classification": "odd"}, "train.jsonl, line 1, label: found 'odd', expected one of the project's labels"),
    ],
)
def test_bad_annotations_of_eraser_are_faults(bring, change, fault):
    with pytest.raises(BadInput) as error:
        bring({"docs/s7": DOCUMENT, "secret": "x", "train.jsonl": [ANNOTATION | {"evidences": [[EVIDENCE]]} | change]})
    assert fault in str(error.value)


def test_annotations_of_eraser_without_their_folder_are_named(project, tmp_path):
    path = tmp_path / "train.jsonl"
    path.write_text(json.dumps(ANNOTATION | {"evidences": [[EVIDENCE]]}) + "\n")
    with pytest.raises(BadInput, match="annotations of ERASER without their documents, expected the folder"):
        import_file(project, path, actor=OWNER)


FEATURES = {
    "label": {"names": ["fine", "complaint"], "_type": "ClassLabel"},
    "ner_tags": {"feature": {"names": ["O", "B-why", "I-why"], "_type": "ClassLabel"}, "_type": "List"},
    "text": {"dtype": "string", "_type": "Value"},
}


def arrow(rows, *, as_file=False, features=FEATURES):
    table = pa.Table.from_pylist(rows)
    table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    sink = pa.BufferOutputStream()
    with (pa.ipc.new_file if as_file else pa.ipc.new_stream)(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    return sink.getvalue().to_pybytes()


ROWS = [
    {"id": "a", "text": "The ferry 🚢 sank.", "label": 1, "rationale": [[12, 16]]},
    {"id": "b", "text": "Fine.", "label": 0, "rationale": []},
    {"id": "c", "text": "Who knows?", "label": -1, "rationale": None},
]


@pytest.mark.parametrize("as_file", [False, True])
def test_a_data_set_on_disk_brings_class_names_and_marks(bring, project, as_file):
    report = bring({"data-00000-of-00001.arrow": arrow(ROWS, as_file=as_file), "dataset_info.json": "{}"})
    assert found(project) == {"a": ("complaint", ["sank"]), "b": ("fine", []), "c": None}
    assert "Read as a data set of Hugging Face." in said(report)


def test_the_folders_of_a_data_set_are_its_splits(bring, project):
    files = {"dataset_dict.json": '{"splits": ["train", "validation"]}'}
    files |= {f"train/{number}.arrow": arrow([ROWS[number]]) for number in (0, 1)}
    bring(files | {os.fsdecode(b"validation/\xe9.arrow"): arrow([ROWS[2]])})
    stored = {each.external_id: each.split for page in sentences.pages(project) for each in page}
    assert stored == {"a": "pool", "b": "pool", "c": "dev"}


def test_bio_tags_of_a_data_set_are_marks(bring, project):
    rows = [{"id": "a", "tokens": ["The", "old", "ship"], "ner_tags": [0, 1, 2], "label": 1}]
    bring({"data.arrow": arrow(rows)}, fields=Fields(marks="ner_tags"))
    assert found(project) == {"a": ("complaint", ["old", "ship"])}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"no arrow at all, but long enough", "data.arrow: found no Arrow data"),
        (arrow(ROWS)[:200], "data.arrow: found no Arrow data"),
        (arrow([{"text": "a", "image": b"x"}]), "data.arrow, line 1, image: found a value of type bytes"),
        (arrow([{"text": "a", "label": 7}], features={}), "data.arrow, line 1, label: found 7"),
    ],
)
def test_bad_arrow_files_are_faults(bring, content, fault):
    with pytest.raises(BadInput) as error:
        bring({"data.arrow": content})
    assert fault in str(error.value)


def test_the_command_imports_a_folder_and_a_dry_run_shows_it(project, bring, tmp_path):
    bring({"a.txt": "It sank."}, dry_run=True)
    ran = CliRunner().invoke(main, ["import", str(tmp_path / "p.db"), str(tmp_path / "corpus")], catch_exceptions=False)
    assert ran.exit_code == 0 and "Read as a folder with one text in each file." in ran.output
    again = CliRunner().invoke(main, ["import", str(tmp_path / "p.db"), str(tmp_path / "corpus")])
    assert "1 sentence was already in the project" in again.output


def test_a_folders_format_needs_a_folder(project, tmp_path):
    (tmp_path / "a.txt").write_text("It sank.")
    with pytest.raises(BadInput, match="a file with the format brat, expected a folder"):
        import_file(project, tmp_path / "a.txt", ImportSettings(format="brat"), actor=OWNER)


def test_a_folder_that_changes_while_it_is_read_is_refused(project, tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.txt").write_text("It sank.")

    def add_another(done, total):
        (folder / "b.txt").write_text("It swam.")

    with pytest.raises(BadInput, match="that it changed while it was being read"):
        import_file(project, folder, actor=OWNER, progress=add_another)
    assert sentences.count(project) == 0


@pytest.mark.parametrize("name", ["train", "Training", "validation", "val", "eval", "test"])
def test_the_folder_of_a_split_may_have_any_of_its_names(bring, project, name):
    bring({f"{name}/0.arrow": arrow([ROWS[2]]), "dataset_dict.json": "{}"})
    splits = {each.split for page in sentences.pages(project) for each in page}
    assert splits == {{"t": "pool", "v": "dev", "e": "dev"}[name[0].lower()] if name != "test" else "test"}


@pytest.mark.parametrize(
    ("files", "kept", "faulty"),
    [
        (BRAT | {"doc3.txt": "It sank.", "doc3.ann": "T1 broken\n", "doc4.txt": b"\xff"}, 2, ["doc3.txt", "doc4.txt"]),
        ({"a/1.txt": "It sank.", "a/2.txt": " ", "b/3.txt": "x " * 300_000}, 1, ["a/2.txt", "b/3.txt"]),
        (
            {
                "docs/s7": DOCUMENT,
                "train.jsonl": json.dumps(ANNOTATION | {"evidences": []}) + '\n{"broken\n',
                "val.jsonl": [ANNOTATION | {"annotation_id": "s8", "docids": ["gone"]}],
            },
            1,
            ["train.jsonl", "val.jsonl"],
        ),
    ],
)
def test_faulty_documents_can_be_left_out(bring, project, tmp_path, files, kept, faulty):
    aside = tmp_path / "faulty.jsonl"
    report = bring(files, leave_out_faulty=True, aside=aside)
    assert (report.added, report.faulty, sentences.count(project)) == (kept, len(faulty), kept)
    assert [json.loads(line)["fault"]["file"] for line in aside.read_text().splitlines()] == faulty


def test_a_data_set_whose_rest_cannot_be_read_is_refused_though_faulty_rows_are_left_out(bring, project):
    torn = arrow(ROWS)[:-200]
    with pytest.raises(BadInput, match=r"b\.arrow: found no Arrow data"):
        bring({"a.arrow": arrow(ROWS), "b.arrow": torn, "dataset_info.json": "{}"}, leave_out_faulty=True)
    assert sentences.count(project) == 0


def test_what_is_left_out_is_not_written_into_the_folder_itself(bring, tmp_path):
    with pytest.raises(CannotSetAside, match="is in the folder to import"):
        bring({"a.txt": "It sank."}, leave_out_faulty=True, aside=tmp_path / "corpus" / "faulty.jsonl")


def test_the_case_of_documents_becomes_a_sentence_each(project):
    folder = Path(__file__).resolve().parents[4] / "shared" / "cases" / "06-folder-of-documents"
    if not folder.is_dir():
        pytest.skip("the files of the cases are not here")
    import_file(project, folder, ImportSettings(answers="keep"), actor=OWNER)
    assert found(project) == {"doc1": ("event", ["sank"]), "doc2": None}

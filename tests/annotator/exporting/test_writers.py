"""What each format promises of its own; that all come back is in test_round_trips.py."""

import csv
import io
import json
import stat

import pytest
from example_rows import ABOUT, ROW
from pyarrow import parquet

from annotator.errors import CannotExport, NotAllowed
from annotator.exporting.choosing import format_with
from annotator.exporting.example import ExampleRow
from annotator.exporting.registry import FORMATS, FileFormat, FolderFormat
from annotator.exporting.run import Asked, export_examples, record_examples
from annotator.exporting.writing import NotCarried
from annotator.formats.examples import FIELDS
from db.records import OWNER
from db.team import audit, people
from learner.data.class_names import read_class_names


def written(format, *rows, separator=None):
    out, lost = io.BytesIO(), NotCarried()
    found = format_with(format, separator)
    assert isinstance(found, FileFormat)
    found.write(rows, out, about=ABOUT, lost=lost)
    return out.getvalue(), lost


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_rows_give_the_same_bytes_and_no_row_is_no_fault(format, tmp_path):
    if format == "spacy":
        pytest.importorskip("spacy", reason="the extra spacy is not installed")
    found = FORMATS[format]
    for rows in ([], [ROW, ROW]):
        both = []
        for place in range(2):
            if isinstance(found, FolderFormat):
                folder = tmp_path / f"{len(rows)}-{place}"
                folder.mkdir()
                found.write(rows, folder, about=ABOUT, lost=NotCarried())
                files = sorted(path for path in folder.rglob("*") if path.is_file())
                both.append([(path.relative_to(folder), path.read_bytes()) for path in files])
            else:
                both.append(written(format, *rows))
        assert both[0] == both[1]


def test_json_lines_have_every_field_in_every_line():
    content, lost = written("jsonl", ROW)
    fields = json.loads(content)
    assert tuple(fields) == FIELDS
    assert fields["words"] == ["=", "HYPERLINK", "(", "1", ")", "sank"]
    assert [(each["start"], each["end"], each["mark"]) for each in fields["spans"]] == [
        (0, 13, "+"),
        (15, 17, "-"),
        (18, 22, "+"),
    ]
    assert fields["soft_label"] == {"none": 0.5, "=event": 0.5}
    assert fields["prediction"]["probabilities"] == {"none": 0.25, "=event": 0.75}
    assert not lost


@pytest.mark.parametrize("separator", [None, "semicolon"])
def test_a_spreadsheet_takes_no_cell_of_a_table_for_a_formula(separator):
    content, _ = written("csv", ROW, separator=separator)
    assert content.startswith(b"\xef\xbb\xbf"), "Excel takes it for Windows-1252 otherwise"
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";" if separator else ",")
    assert (row["id"], row["text"], row["label"]) == ("'-1", "'=HYPERLINK(1); 👍🏽 sank", "'=event")
    assert row["marks"] == "+++++.-+"
    harmless = {name: cell for name, cell in row.items() if name != "marks"}
    assert not [cell for cell in harmless.values() if cell[:1] in "=+-@\t\r" and cell]


def test_a_cell_that_no_reader_takes_is_refused():
    long = ExampleRow(**vars(ROW) | {"metadata": {"source": "x" * 131_072}})
    with pytest.raises(CannotExport, match=r"metadata of the sentence -1 takes 131,086 characters"):
        written("csv", long)


def test_a_row_per_span_says_where_it_is_in_code_points():
    content, lost = written("spans-csv", ROW, ExampleRow(**vars(ROW) | {"marks": None}))
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [(row["start"], row["end"], row["mark"], row["span_text"]) for row in rows] == [
        ("0", "13", "+", "'=HYPERLINK(1)"),
        ("15", "17", "-", "👍🏽"),
        ("18", "22", "+", "sank"),
        ("", "", "", ""),
    ]
    assert lost["people's answers, votes, tags and metadata"] == 2


def test_parquet_says_what_its_labels_and_marks_are_called():
    content, _ = written("parquet", ROW, ExampleRow(**vars(ROW) | {"marks": None, "prediction": None}))
    table = parquet.read_table(io.BytesIO(content))
    assert read_class_names(table.schema.metadata) == {"label": ["none", "=event"], "marks": [".", "+", "-"]}
    first, second = table.to_pylist()
    assert (first["label"], first["marks"], second["marks"]) == (1, [1, 1, 1, 1, 1, 0, 2, 1], None)
    assert (first["votes"], first["soft_label"]) == ([1, 1], [0.5, 0.5])
    assert (first["prediction"]["probabilities"], second["prediction"]) == ([0.25, 0.75], None)


def test_many_rows_become_several_groups():
    content, _ = written("parquet", *[ROW] * 1100)
    opened = parquet.ParquetFile(io.BytesIO(content))
    assert [opened.metadata.row_group(group).num_rows for group in range(3)] == [500, 500, 100]


def test_an_export_is_put_in_place_when_it_is_whole_and_recorded(store, tmp_path):
    target = tmp_path / "out.csv"
    target.write_text("older")
    written_ = export_examples(store, target, Asked("csv"), actor=OWNER)
    record_examples(store, OWNER, written_, target="out.csv")
    assert target.read_text().startswith("\ufeffid,text")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert audit.newest(store, 1)[0].detail == {"examples": 0, "format": "csv", "to": "out.csv"}
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_no_folder_is_overwritten(store, tmp_path):
    (tmp_path / "out").mkdir()
    export_examples(store, tmp_path / "out", Asked("huggingface"), actor=OWNER)
    assert json.loads((tmp_path / "out/dataset_dict.json").read_text()) == {"splits": []}
    with pytest.raises(CannotExport, match="already exists, and no folder is overwritten"):
        export_examples(store, tmp_path / "out", Asked("huggingface"), actor=OWNER)


def test_annotators_may_not_export(store, tmp_path):
    with pytest.raises(NotAllowed):
        export_examples(store, tmp_path / "out.csv", Asked("csv"), actor=people.add(store, "ada"))
    assert not (tmp_path / "out.csv").exists()

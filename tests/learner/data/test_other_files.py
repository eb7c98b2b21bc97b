"""Examples in tables, Parquet and folders of `datasets`."""

import gzip
import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from learner.data.example import Example, ExampleError, read_examples, read_sentences

CLASSES = {"label": {"names": ["none", "event"], "_type": "ClassLabel"}}
MARKS = {"marks": {"feature": {"names": ["O", "+"], "_type": "ClassLabel"}, "_type": "Sequence"}}


def described(columns, features):
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    return pa.table(columns).replace_schema_metadata(metadata)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_table_of_any_separator_is_read(tmp_path, separator):
    header = separator.join(["id", "tokens", "label", "marks"])
    row = separator.join(["a1", '"[""She"", ""ran""]"', "'=event", ".+"])
    (tmp_path / "data.csv").write_text(f"\ufeff{header}\r\n{row}\r\n", encoding="utf-8")
    read = read_examples(tmp_path / "data.csv")
    assert read.labels == ("=event",)
    assert read.examples == [Example(("She", "ran"), 0, ".+", id="a1")]


def test_a_quoted_word_keeps_its_apostrophe(tmp_path):
    (tmp_path / "data.csv").write_text('id,tokens,label\n\'s,"[""x""]",\'event\'\n', encoding="utf-8")
    assert read_examples(tmp_path / "data.csv").labels == ("'event'",)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("id,tokens,label\na,b\n", "data.csv row 1: found 2 cells, expected 3"),
        ("id,tokens,label\na,She ran,event\n", "data.csv row 1, tokens: found She ran, expected a list as JSON"),
        ('id,tokens,label\na,"[1],event\n', "data.csv after row 0: found unexpected end of data"),
        (
            'id,tokens,label\na,"[]",event\n',
            r"data.csv row 1, tokens: found \[\], expected a list of at least one token",
        ),
        ("id,tokens,label\n", "data.csv: found an empty file"),
    ],
)
def test_a_table_that_is_none_is_refused_in_one_sentence(tmp_path, content, complaint):
    (tmp_path / "data.csv").write_text(content, encoding="utf-8")
    with pytest.raises(ExampleError, match=complaint):
        read_examples(tmp_path / "data.csv")


def test_a_damaged_packed_table_is_refused_in_one_sentence(tmp_path):
    whole = gzip.compress(b"id,tokens,label\n" + b'a,"[""x""]",event\n' * 10_000)
    (tmp_path / "data.csv.gz").write_bytes(whole[:-20])
    with pytest.raises(ExampleError, match="damaged gzip data"):
        read_examples(tmp_path / "data.csv.gz")


@pytest.mark.parametrize("name", ["data.csv.gz", "DATA.CSV.GZ"])
def test_a_packed_table_is_read_by_its_suffix(tmp_path, name):
    (tmp_path / name).write_bytes(gzip.compress(b'id,tokens,label\na,"[""x""]",event\n'))
    assert read_examples(tmp_path / name).examples == [Example(("x",), 0, id="a")]


def test_parquet_has_names_for_its_classes(tmp_path):
    columns = {"tokens": [["She", "ran"], ["x"]], "label": [1, 0], "marks": [[0, 1], None], "other": [1, 2]}
    parquet.write_table(described(columns, CLASSES | MARKS), tmp_path / "data.parquet")
    read = read_examples(tmp_path / "data.parquet")
    assert read.labels == ("event", "none")
    assert read.examples == [Example(("She", "ran"), 0, ".+"), Example(("x",), 1)]


def test_parquet_without_a_description_has_numbers(tmp_path):
    parquet.write_table(pa.table({"tokens": [["x"]], "label": [2], "z": [[1]]}), tmp_path / "data.parquet")
    assert read_examples(tmp_path / "data.parquet").examples == [Example(("x",), 2, "+")]


def write_split(folder, columns):
    folder.mkdir()
    table = described(columns, CLASSES)
    path = str(folder / "data-00000-of-00001.arrow")
    with pa.OSFile(path, "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)


@pytest.mark.parametrize(("name", "split"), [("Training", "train"), ("eval", "dev"), ("testing", "test"), ("x", None)])
def test_a_folder_of_datasets_may_call_its_splits_as_an_import_takes_them(tmp_path, name, split):
    write_split(tmp_path / name, {"tokens": [["a"]], "label": [1]})
    assert read_examples(tmp_path).examples[0].split == split


def test_a_folder_of_datasets_has_splits(tmp_path):
    for name in ("train", "validation"):
        write_split(tmp_path / name, {"tokens": [[name]], "label": [-1 if name == "validation" else 1]})
    assert [each.tokens for each in read_sentences(tmp_path)] == [("train",), ("validation",)]
    with pytest.raises(ExampleError, match=r"validation/data-00000-of-00001.arrow row 1, label: found None"):
        read_examples(tmp_path)


@pytest.mark.parametrize("name", ["data.parquet", "train/data.arrow"])
def test_what_is_no_arrow_data_is_refused_in_one_sentence(tmp_path, name):
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"no such thing")
    with pytest.raises(ExampleError, match=r"found no (Parquet|Arrow) data"):
        read_examples(file if file.suffix == ".parquet" else tmp_path)


def test_a_folder_without_data_is_refused(tmp_path):
    with pytest.raises(ExampleError, match="found a folder without such files, expected JSON lines, CSV, TSV, Parquet"):
        read_examples(tmp_path)

import io
import json
import random
import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from annotator.formats.faults import BadInput, Faults
from annotator.formats.fields import Fields
from annotator.formats.tables import parquet as reading


def written(columns, metadata=None, **options):
    table = pa.table(columns)
    file = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata(metadata), file, **options)
    return file.getvalue()


def read_all(content, **names):
    faults = Faults("file")
    rows = list(reading.read(io.BytesIO(content), faults, fields=Fields(**names)))
    faults.raise_if_any()
    return rows


def faults_of(content, **names):
    with pytest.raises(BadInput) as error:
        read_all(content, **names)
    return [str(fault) for fault in error.value.faults]


def test_a_group_of_rows_is_read_piece_by_piece():
    texts = [random.Random(row).randbytes(500).hex() for row in range(4_000)]
    content = written({"text": texts}, use_dictionary=False, data_page_size=2**16)
    assert parquet.ParquetFile(io.BytesIO(content)).num_row_groups == 1
    opened, rows = io.BytesIO(content), 0
    read_all(written({"text": ["what is imported and kept once"]}))
    tracemalloc.start()
    for _ in reading.read(opened, Faults("file")):
        rows += 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows == len(texts) and peak < len(content) / 2


def test_a_row_becomes_a_sentence_with_the_fields_of_the_native_format():
    moment = datetime(2024, 3, 12, 8, 5, tzinfo=UTC)
    columns = {
        "id": [7],
        "tokens": [["The", "ship"]],
        "label": ["event"],
        "z": [[0, 1]],
        "split": ["validation"],
        "when": [moment],
        "score": [float("nan")],
        "price": [Decimal("1.50")],
        "more": [{"a": [1, None]}],
    }
    (row,) = read_all(written(columns))
    assert (row.external_id, row.text, row.label, row.marks, row.split) == ("7", "The ship", "event", ".+", "dev")
    more = {"when": "2024-03-12T08:05:00+00:00", "score": None, "price": "1.50", "more": {"a": [1, None]}}
    assert row.metadata == more and "NaN was read as no value" in row.repairs


def test_label_numbers_are_the_names_that_the_file_gives_them():
    features = {"label": {"names": ["none", "event"], "_type": "ClassLabel"}, "text": {"dtype": "string"}}
    info = {"huggingface": json.dumps({"info": {"features": features}})}
    rows = read_all(written({"text": ["a", "b", "c"], "label": [1, 0, -1]}, info))
    assert [row.label for row in rows] == ["event", "none", None]
    assert [row.label for row in read_all(written({"text": ["a"], "label": [1]}))] == [1]
    assert read_all(written({"text": ["a"], "label": [1]}, {"huggingface": "[broken"}))[0].label == 1


def test_faults_have_the_number_of_their_row():
    columns = {"text": ["a", "", "c", "d"], "split": ["dev", "dev", "some", "x"], "raw": [b"", None, None, b"x"]}
    found = faults_of(written(columns))
    assert [fault.split(":")[0] for fault in found] == ["Line 1, raw", "Line 2, text", "Line 3, split", "Line 4, raw"]


def test_columns_are_checked_before_any_row():
    assert "found the columns 'body', expected" in faults_of(written({"body": ["a"]}))[0]
    assert "because --label-field names it" in faults_of(written({"text": ["a"]}), label="gold")[0]
    assert "no sentences" in faults_of(written({"text": pa.array([], pa.string())}))[0]


def test_a_few_rows_are_unpacked_at_a_time():
    content = written({"text": ["A sentence."] * 20_000}, row_group_size=1000)
    before = pa.total_allocated_bytes()
    rows = reading.read(io.BytesIO(content), Faults("file"))
    next(rows)
    assert pa.total_allocated_bytes() - before < 30_000, "all rows together take 300,000 bytes"
    assert sum(1 for _ in rows) == 19_999


WHOLE = written({"text": [f"Sentence {place}." for place in range(300)], "label": list(range(300))})


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=8), st.booleans())
def test_a_damaged_file_is_refused_or_read(place, damage, cut):
    content = WHOLE[:place] + damage + (b"" if cut else WHOLE[place + len(damage) :])
    try:
        assert read_all(content)
    except BadInput as refusal:
        assert refusal.faults


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


@given(st.lists(st.tuples(TEXTS, st.lists(TEXTS, max_size=3), st.none() | st.integers(-(2**60), 2**60)), min_size=1))
def test_what_was_written_is_read(values):
    texts, lists, numbers = zip(*values, strict=True)
    columns = {
        "text": [f"w {text}" for text in texts],
        "x": pa.array(lists, pa.list_(pa.string())),
        "n": pa.array(numbers, pa.int64()),
    }
    rows = read_all(written(columns))
    assert [(row.text, row.metadata["x"], row.metadata["n"]) for row in rows] == [
        (f"w {text}", words, number) for text, words, number in values
    ]

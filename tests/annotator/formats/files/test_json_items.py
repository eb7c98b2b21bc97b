import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.formats.faults import BadInput, Faults
from annotator.formats.files.json_items import read_items
from annotator.formats.native import read


def rows_of(content):
    faults = Faults("file")
    file = io.BytesIO(content if isinstance(content, bytes) else content.encode())
    rows = list(read(file, faults))
    faults.raise_if_any()
    return rows


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('"\\[]{},'), max_size=12)


@given(
    st.lists(st.tuples(TEXTS, st.lists(TEXTS | st.integers() | st.none(), max_size=3)), min_size=1, max_size=5),
    st.sampled_from([None, 0, 2]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_an_array_has_the_rows_that_its_lines_would_have(values, indent, is_ascii, packed, marked):
    given = [{"id": f"s{place}", "text": f"w {text}", "more": {"x": more}} for place, (text, more) in enumerate(values)]
    content = json.dumps(given, indent=indent, ensure_ascii=is_ascii).encode("utf-8-sig" if marked else "utf-8")
    rows = rows_of(gzip.compress(content) if packed else content)
    assert [(row.external_id, row.text, row.metadata["more"]["x"]) for row in rows] == [
        (line["id"], line["text"], line["more"]["x"]) for line in given
    ]


def test_a_row_has_the_line_on_which_its_object_begins():
    assert [row.line for row in rows_of('\n[\n  {"text":\n "a"}\n ,\n\n{"text": "b"}, {"text": "c"}]\n')] == [3, 7, 7]


def test_rows_come_before_the_array_is_read_to_its_end():
    objects = ", ".join(json.dumps({"id": number, "text": "A sentence."}) for number in range(10_000))
    file = io.BytesIO(f"[{objects}]".encode())
    rows = read(file, Faults("file"))
    next(rows)
    assert file.tell() < 100_000
    assert sum(1 for _ in rows) == 9_999


def test_an_object_over_many_pieces_is_read():
    (row,) = rows_of(json.dumps([{"text": "a", "annotations": [], "x": ["\\" * 1000 + '"'] * 30}], indent=1))
    assert row.metadata["x"] == ["\\" * 1000 + '"'] * 30


def test_lines_are_no_array():
    with pytest.raises(BadInput, match=r"Line 2: found \[\], expected one JSON object on the line"):
        rows_of(b'{"text": "a"}\n[]\n')
    with pytest.raises(BadInput, match="Line 1: found broken JSON"):
        rows_of(b"[laughs] No.\n")


def items_of(content):
    faults = Faults("file")
    items = list(read_items(io.BytesIO(content), faults))
    faults.raise_if_any()
    return items


def test_the_objects_of_an_object_have_their_keys_and_lines():
    content = b'{"a": {"x": "}"},\n "b\\"" :\n {"x": {}}}\n'
    assert items_of(content) == [(1, '"a"', '{"x": "}"}'), (3, '"b\\""', '{"x": {}}')]


ARRAY = "found {}, expected an array of objects, with commas between them and ] at its end, or an object per line"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b'[{"a": 1}\n{"a": 2}]', "Line 2: " + ARRAY.format("'{'")),
        (b'[{"a": 1},\n7]', "Line 2: " + ARRAY.format("'7'")),
        (b'[{"a": 1}', "Line 1: " + ARRAY.format("the end of the file")),
        (b'[{"a": 1}]\n]', "Line 2: " + ARRAY.format("']'")),
        (b'[{"a": "\n', "Line 1: found an object that does not end"),
        (b'{"a": {},\n{}}', "Line 2: found '{', expected an object of objects, each with its key"),
        (b'{"a": 7}', "Line 1: found '7', expected an object of objects"),
        (b'{"a": {}', "Line 1: found the end of the file, expected an object of objects"),
        (b'{"a": {}]', "Line 1: found ']', expected an object of objects"),
        (b'"a"', "Line 1: found '\"', expected one array, or one object, of objects"),
        (b"", "Line 1: found the end of the file, expected one array"),
        (b"[]", "The file: found no sentences"),
        (b"{}", "The file: found no sentences"),
        (b"%PDF-1.4", "The file: found a PDF document, expected UTF-8 text"),
        (b'[{"a": "\xff"}]', "Line 1: found the byte 0xFF after this line, expected UTF-8"),
        (b'{"' + b"k" * 70_000, "Line 1: found '\"', expected an object of objects"),
    ],
)
def test_another_document_is_refused_at_its_line(content, fault):
    with pytest.raises(BadInput) as error:
        items_of(content)
    assert fault in str(error.value)


def test_faults_in_an_array_have_their_lines_and_reading_goes_on():
    with pytest.raises(BadInput) as error:
        rows_of('[{"text": ""},\n{"text": "fine"},\n{"text": 5}\n]')
    assert [fault.line for fault in error.value.faults] == [1, 3]


def test_nan_is_no_value_and_noted():
    row, other = rows_of('{"text": "a", "label": NaN, "x": [NaN]}\n{"text": "NaN", "x": "NaN"}\n')
    assert (row.label, row.metadata, row.repairs) == (None, {"x": [None]}, ("NaN was read as no value",))
    assert (other.text, other.metadata, other.repairs) == ("NaN", {"x": "NaN"}, ())


@given(st.binary(max_size=40) | st.text(st.sampled_from('[]{},"\\ \n:textaNaN'), max_size=40).map(str.encode))
def test_no_bytes_after_a_bracket_end_in_a_traceback(content):
    try:
        assert rows_of(b"[{" + content)
    except BadInput as refusal:
        assert refusal.faults

import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.formats.faults import BadInput, Faults
from annotator.formats.files.json_array import is_array
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
    objects = ", ".join(json.dumps({"id": number, "text": "A sentence."}) for number in range(100_000))
    file = io.BytesIO(f"[{objects}]".encode())
    rows = read(file, Faults("file"))
    next(rows)
    assert file.tell() < 100_000
    assert sum(1 for _ in rows) == 99_999


def test_an_object_over_many_pieces_is_read():
    (row,) = rows_of(json.dumps([{"text": "a", "annotations": [], "x": ["\\" * 1000 + '"'] * 30}], indent=1))
    assert row.metadata["x"] == ["\\" * 1000 + '"'] * 30


def test_lines_are_no_array():
    assert not is_array(io.BytesIO(b'{"text": "a"}\n[]\n'))
    assert not is_array(io.BytesIO(b"[laughs] No.\n"))


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

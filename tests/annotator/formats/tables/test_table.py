import csv
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import BadFields
from annotator.formats.faults import BadInput, Faults
from annotator.formats.fields import Fields
from annotator.formats.registry import READERS
from annotator.formats.rows import SentenceRow
from annotator.formats.tables.table import read_csv, read_tsv

QUOTING = [csv.QUOTE_MINIMAL, csv.QUOTE_ALL]


def rows_of(data, read=read_csv, **names):
    faults = Faults("file")
    rows = list(read(io.BytesIO(data if isinstance(data, bytes) else data.encode()), faults, fields=Fields(**names)))
    faults.raise_if_any()
    return rows


def faults_of(data, read=read_csv, **names):
    with pytest.raises(BadInput) as error:
        rows_of(data, read, **names)
    return [str(fault) for fault in error.value.faults]


def test_a_row_becomes_a_sentence():
    (row,) = rows_of('id,text,label,split,marks,query,source\n007,"Sank, they say.",event,dev,+....,Who?,Gazette\n')
    assert row == SentenceRow(
        *(2, "Sank, they say.", ("Sank", ",", "they", "say", "."), (0, 4, 6, 11, 14)),
        external_id="007",
        split="dev",
        query="Who?",
        query_tokens=("Who", "?"),
        metadata={"source": "Gazette"},
        label="event",
        marks="+....",
    )


def test_columns_are_chosen_by_name():
    chosen = {"text": "body", "id": "doc", "label": "class", "split": "set", "marks": "why", "query": "ask"}
    (row,) = rows_of("body,doc,class,set,why,ask,label\na b,7,x,test,+.,q,y\n", **chosen)
    assert (row.text, row.external_id, row.label, row.split) == ("a b", "7", "x", "test")
    assert (row.marks, row.query, row.metadata) == ("+.", "q", {"label": "y"})


def test_tabs_separate_the_cells_of_a_tsv():
    (row,) = rows_of("id\ttext\ns1\tA ship, sunk.\n", read_tsv)
    assert (row.external_id, row.text) == ("s1", "A ship, sunk.")


def test_a_quoted_cell_holds_line_breaks_separators_and_quotes():
    rows = rows_of('text,x\n"one\n\n""two"", three",1\nfour,2\n')
    assert [(row.line, row.text) for row in rows] == [(2, 'one\n\n"two", three'), (5, "four")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_ends_a_row_and_blank_lines_are_skipped(end):
    rows = rows_of(end.join(["", "id,text", "", "a,One", "  ", "b,Two"]))
    assert [(row.line, row.external_id, row.text) for row in rows] == [(4, "a", "One"), (6, "b", "Two")]


def test_an_empty_cell_is_missing():
    (row,) = rows_of("id,text,label,split,marks,query,source\n,a,,,,,\n")
    assert row == SentenceRow(2, "a", ("a",), (0,))


def test_gzip_is_recognised_by_content():
    assert rows_of(gzip.compress(b"text\na\n"))[0].text == "a"


def test_rows_come_before_the_file_is_read_to_its_end():
    file = io.BytesIO(b"id,text\n" + b"".join(b"%d,A sentence.\n" % number for number in range(100_000)))
    reader = io.BufferedReader(file)
    rows = read_csv(reader, Faults("file"))
    next(rows)
    assert reader.tell() < 100


def test_reading_continues_after_a_bad_row_but_not_after_a_torn_one():
    said = faults_of('id,text\n1,fine\n2\n3,\n4,"open\n5,a\n')
    assert [fault.split(":")[0] for fault in said] == ["Line 3", "Line 4, text", "Line 5"]


def test_damage_inside_a_quoted_cell_is_one_fault():
    assert len(faults_of(b'text\n"one\n\xff two\nthree"\n')) == 1
    damaged = gzip.compress(b'text\n"' + b"abc\n" * 5000)[:-12]
    assert "damaged gzip" in faults_of(damaged)[0]


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ({"label": "text"}, "The text field and the label field are both 'text'"),
        ({"id": "x", "query": "x"}, "The id field and the query field are both 'x'"),
        ({"label": "tokens"}, "The label field cannot be 'tokens'"),
        ({"text": "annotations"}, "The text field cannot be 'annotations'"),
    ],
)
def test_fields_that_cannot_be_told_apart_are_refused(names, says):
    with pytest.raises(BadFields, match=says):
        Fields(**names)


CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(',;\t\n"='), min_size=1, max_size=12)


@given(
    st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5), st.sampled_from([",", "\t"]), st.sampled_from(QUOTING)
)
def test_what_pythons_writer_writes_is_read_to_the_letter(rows, separator, quoting):
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=separator, quoting=quoting)
    writer.writerows([("text", "note"), *((f"word {text}", note) for text, note in rows)])
    found = rows_of(file.getvalue(), read_tsv if separator == "\t" else read_csv)
    assert [(row.text, row.metadata["note"]) for row in found] == [(f"word {text}", note) for text, note in rows]


@pytest.mark.parametrize("name", READERS)
@given(data=st.binary(max_size=60) | st.text(st.sampled_from('text,id\n\r\t"{}:1 '), max_size=60).map(str.encode))
def test_no_bytes_are_too_much_for_a_reader(name, data):
    faults = Faults("file")
    try:
        rows = list(READERS[name](io.BytesIO(data), faults, fields=Fields()))
    except BadInput:
        return
    assert rows or faults

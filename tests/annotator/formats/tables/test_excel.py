import io
import re
import sys
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.formats.faults import BadInput, Faults
from annotator.formats.fields import Fields
from annotator.formats.tables import excel, sheet_xml
from annotator.formats.tables.excel import read

openpyxl = pytest.importorskip("openpyxl", reason="the extra excel is not installed")


def workbook(rows, *, others=()):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name in others:
        book.create_sheet(name)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read_all(content, **names):
    faults = Faults("file")
    rows = list(read(io.BytesIO(content), faults, fields=Fields(**names)))
    faults.raise_if_any()
    return rows, faults.notes


def faults_of(content, **names):
    with pytest.raises(BadInput) as error:
        read_all(content, **names)
    return [str(fault) for fault in error.value.faults]


def test_a_row_becomes_a_sentence_with_its_cells_as_they_look():
    header = (None, "id", "text", "label", "split", "day", "moment", "score", "yes", None)
    moment = datetime(2024, 3, 12, 8, 5)
    row = ("x", 101.0, "Käse, bitte.\nJa!", "good", "Validation", date(2024, 3, 12), moment, 2.5, True)
    ((found, number), _) = read_all(workbook([header, row, (None, None, 2024)]))
    assert (found.line, found.external_id, found.text, found.split) == (2, "101", "Käse, bitte.\nJa!", "dev")
    times = {"day": "2024-03-12", "moment": "2024-03-12T08:05:00"}
    assert found.metadata == {"column 1": "x", "score": 2.5, "yes": True} | times
    assert (number.line, number.text, number.external_id) == (3, "2024", None)


def test_lists_in_cells_are_tokens_and_marks_as_in_other_tables():
    ((row,), _) = read_all(workbook([("tokens", "text", "label", "z"), ('["It", "sank"]', "It sank", "x", "[0, 1]")]))
    assert (row.tokens, row.marks) == (("It", "sank"), ".+")


def test_a_formula_without_a_result_is_no_empty_cell():
    expected = "a sentence; open the file in Excel and save it, so that it has the results."
    rows = [("id", "text"), (1, "It sank."), (2, "=A2"), (3, None), (4, '="It "&"sank."')]
    assert faults_of(workbook(rows)) == [
        f"Line 3, text: found a formula without a result, expected {expected}",
        "Line 4, text: found an empty cell, expected a sentence.",
        f"Line 5, text: found a formula without a result, expected {expected}",
    ]
    for line, rows in ((2, [("=1&2",)]), (3, [("",), ("=1&2",)]), (4, [(), (), ("=1&2",)])):
        (only,) = faults_of(workbook([("text",), *rows]))
        assert only == f"Line {line}, text: found a formula without a result, expected {expected}"
    (between,) = faults_of(workbook([("text",), ("It sank.",), ('=A1&"x"',), ("It rose.",)]))
    assert between == f"Line 3, text: found a formula without a result, expected {expected}"


@pytest.mark.parametrize("column", ["label", "marks", "rationale", "id", "split", "query", "tokens", "skipped", "n"])
def test_a_formula_without_a_result_is_a_fault_in_every_column(column):
    """Also in one that is only kept: metadata that was stored without it would stay so."""
    (fault,) = faults_of(workbook([("text", "x", column), ("It sank.", 1, None), ("It rose.", None, "=A2&1")]))
    expected = "a value; open the file in Excel and save it, so that it has the results, or delete the column."
    assert fault == f"Line 3, {column}: found a formula without a result, expected {expected}"


def test_a_formula_without_a_result_is_no_missing_name_and_no_empty_row():
    expected = "open the file in Excel and save it, so that it has the results, or delete the column."
    (header,) = faults_of(workbook([("text", '="la"&"bel"'), ("It sank.", "x")]))
    assert header == f"Line 1, column 2: found a formula without a result, expected a name; {expected}"
    (row,) = faults_of(workbook([("text", "n"), ("It sank.", 1), (None, "=B2+1")]))
    assert row == f"Line 3, n: found a formula without a result, expected a value; {expected}"
    (beyond,) = faults_of(workbook([("text", None), ("It sank.", "=A2&1")]))
    advice = "no cell, because the header has 1 name; delete the column, or name it and save the file in Excel."
    assert beyond == f"Line 2, column 2: found a formula without a result, expected {advice}"


def test_a_workbook_without_formulas_is_parsed_once(monkeypatch):
    opened = []
    open_sheets = excel.open_sheets
    monkeypatch.setattr(excel, "open_sheets", lambda *all, **named: opened.append(1) or open_sheets(*all, **named))
    assert len(read_all(workbook([("text", "label"), ("It sank.", None), ("It rose.", None)]))[0]) == 2
    assert len(opened) == 1


def with_results(content, results):
    """Return the workbook as Excel saves it, with the results of its formulas, by cell."""
    computed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(computed, "w") as archive:
        for part in book.namelist():
            xml = book.read(part).decode()
            for cell, result in results.items():
                xml = re.sub(rf'<c r="{cell}">(<f>.*?</f>)<v ?/>', rf'<c r="{cell}" t="str">\g<1><v>{result}</v>', xml)
            archive.writestr(part, xml)
    return computed.getvalue()


def test_a_formula_whose_result_is_no_text_is_an_empty_cell():
    """As in a column that is filled down with `=IF(B2="","",B2)` further than there are sentences."""
    rows = [("text", "n"), ("=B2", 1), ('=""', None), ('=""', 2)]
    content = with_results(workbook(rows), {"A2": "It sank.", "A3": "", "A4": ""})
    assert faults_of(content) == ["Line 4, text: found an empty cell, expected a sentence."]
    assert [row.text for row in read_all(with_results(workbook(rows[:3]), {"A2": "It sank.", "A3": ""}))[0]] == [
        "It sank."
    ]


def test_nameless_columns_after_the_last_name_are_none():
    with pytest.raises(BadInput, match="Line 2: found 3 cells, expected 1"):
        read_all(workbook([("text", None, None), ("a", None, "lost")]))


def test_the_first_sheet_is_read_and_the_others_are_named():
    (row,), notes = read_all(workbook([("text",), ("a",)], others=["Notes", "More"]))
    assert row.text == "a"
    assert notes.remarks == ["Read the sheet 'Sheet'; the others were not read: 'Notes', 'More'."]


@pytest.mark.parametrize("piece_bytes", [1, 100, 2**20])
def test_merged_cells_are_named_because_only_the_first_has_a_value(monkeypatch, piece_bytes):
    monkeypatch.setattr(sheet_xml, "_PIECE_BYTES", piece_bytes)
    book = openpyxl.Workbook()
    for row in [("text", "label"), ("It sank.", "x"), ("It rose.", None), ("=A2", "y")]:
        book.active.append(row)
    book.active.merge_cells("B2:B3")
    book.active.merge_cells("D1:E1")
    file = io.BytesIO()
    book.save(file)
    rows, notes = read_all(with_results(file.getvalue(), {"A4": "It fell."}))
    assert [row.label for row in rows] == ["x", None, "y"]
    assert notes.remarks == ["Merged cells were read as their first cell, the others as empty: D1:E1, B2:B3."]


def rewritten(content, change, *, add=()):
    """Return the workbook with the XML of its sheet changed, and with other parts added."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in book.namelist():
            xml = book.read(part)
            archive.writestr(part, change(xml) if part == "xl/worksheets/sheet1.xml" else xml)
        for part, written in dict(add).items():
            archive.writestr(part, written)
    return file.getvalue()


def cells_as(xml):
    """Return a change of C2 and C3 of a sheet to these cells."""
    return lambda sheet: re.sub(rb'<c r="C2".*?</c>', xml[0], re.sub(rb'<c r="C3".*?</c>', xml[1], sheet))


SHARED = '<f t="shared" ref="C2:C3" si="0">{}</f>'
ROWS = [("text", "label", "n"), ("It sank.", None, 1), ("It rose.", "x", 2)]


@pytest.mark.parametrize("formula", ["COUNTIF(#REF!:#REF!,A2)", "SUM(A1:#REF!)", "IF(A2=&quot;x&quot;,#SPILL!,1)"])
def test_formulas_are_not_parsed(formula):
    """openpyxl's tokenizer rejects these, where a formula is filled down."""
    first, second = f'<c r="C2">{SHARED.format(formula)}', '<c r="C3"><f t="shared" si="0"/>'
    stored = cells_as([f"{first}<v>1</v></c>".encode(), f"{second}<v>2</v></c>".encode()])
    assert [row.metadata["n"] for row in read_all(rewritten(workbook(ROWS), stored))[0]] == [1, 2]
    lost = cells_as([f"{first}<v>1</v></c>".encode(), f"{second}<v/></c>".encode()])
    (fault,) = faults_of(rewritten(workbook(ROWS), lost))
    assert fault.startswith("Line 3, n: found a formula without a result")


@pytest.mark.parametrize(
    ("cell", "is_lost"),
    [
        ('<c r="C2"><f>X()</f></c>', True),
        ('<c r="C2"><f>X()</f><v></v></c>', True),
        ('<c r="C2" t="s"><f>X()</f></c>', True),
        ("<c><f/></c>", True),
        ('<c r="C2"><f t="array" ref="C2:C3">X()</f><v/></c>', True),
        ('<c r="C2" t="str"><f>X()</f><v></v></c>', False),
        ('<c r="C2" t="inlineStr"><f>X()</f><is><t></t></is></c>', False),
        ('<c r="C2" t="e"><f>X()</f><v>#N/A</v></c>', False),
        ('<c r="C2"><f>X()</f><v>0</v></c>', False),
        ('<c r="C2"><!-- <f>X()</f> --></c>', False),
    ],
)
def test_a_result_is_what_the_cell_stores(cell, is_lost):
    content = rewritten(workbook(ROWS), cells_as([cell.encode(), b'<c r="C3"/>']))
    found = [fault.split(",")[0] for fault in faults_of(content)] if is_lost else read_all(content)[0]
    assert found == ["Line 2"] if is_lost else len(found) == 2


def test_a_row_that_openpyxl_leaves_out_has_no_formula():
    repeated = '<row r="2"><c r="A2"><f>X()</f></c></row></sheetData>'
    content = rewritten(workbook(ROWS), lambda sheet: sheet.replace(b"</sheetData>", repeated.encode()))
    assert len(read_all(content)[0]) == 2


def test_only_the_sheet_is_looked_at(monkeypatch):
    """A picture may be large, or damaged, and neither is read: before, each row with an empty cell read it again."""
    opened = []
    open_part = zipfile.ZipFile.open
    content = rewritten(workbook(ROWS), bytes, add={"xl/media/image1.png": b"\0" * 1000})
    monkeypatch.setattr(
        zipfile.ZipFile,
        "open",
        lambda archive, part, *all, **named: (
            opened.append(getattr(part, "filename", part)) or open_part(archive, part, *all, **named)
        ),
    )
    assert len(read_all(content)[0]) == 2
    assert "xl/media/image1.png" not in opened


def merged(change=bytes):
    book = openpyxl.Workbook()
    for row in [*ROWS, ("It fell.", "x", 3)]:
        book.active.append(row)
    for area in ("E10:E11", "B3:C3", "AA2:AB2", "B2:C2"):
        book.active.merge_cells(area)
    file = io.BytesIO()
    book.save(file)
    return rewritten(file.getvalue(), change)


@pytest.mark.parametrize(
    "change",
    [
        bytes,
        lambda sheet: re.sub(rb'(<mergeCell )ref="(.*?)"', rb"\1ref='\2'", sheet),
        lambda sheet: re.sub(rb"<(/?)(?=\w)", rb"<\1x:", sheet).replace(b"xmlns=", b"xmlns:x="),
        lambda sheet: sheet.replace(b"</sheetData>", b'</sheetData><!-- <mergeCell ref="A1:A9"/> -->'),
        lambda sheet: b"\xef\xbb\xbf" + sheet,
        lambda sheet: '<?xml version="1.0" encoding="UTF-16"?>'.encode("utf-16") + sheet.decode().encode("utf-16-le"),
    ],
    ids=["as-written", "single-quotes", "prefixed", "comment", "bom", "utf-16"],
)
def test_merged_cells_are_named_from_the_top_and_the_left(change):
    (remark,) = read_all(merged(change))[1].remarks
    assert remark.partition(": ")[2] == "B2:C2, AA2:AB2, B3:C3, E10:E11."


def test_a_sheet_that_cannot_be_looked_at_is_imported_and_the_report_says_so(monkeypatch):
    monkeypatch.setattr(sheet_xml, "_first_sheet", lambda archive: archive.namelist()[-1] + "?")
    rows, notes = read_all(merged())
    assert len(rows) == 3
    assert notes.remarks == ["Formulas without a result could not be looked for."]


@pytest.mark.parametrize("error", ["#N/A", "#BUSY!", "#FIELD!"])
def test_an_error_instead_of_a_sentence_is_named(error):
    (fault,) = faults_of(workbook([("text",), (error,), ("It sank.",)]))
    assert fault == f"Line 2, text: found the error {error}, expected a sentence."


def test_empty_rows_are_skipped_and_rows_keep_excels_numbers():
    rows, _ = read_all(workbook([(), ("text",), (), ("a",), ("",), ("b",)]))
    assert [row.line for row in rows] == [4, 6]


def test_what_excel_escapes_or_could_not_compute_is_put_right():
    (row, other), _ = read_all(workbook([("text", "label"), ("a_x000D_\nb", "#N/A"), ("_x0041_", "x")]))
    assert (row.text, row.label, other.text) == ("a\nb", None, "_x0041_")
    assert row.repairs == (
        "a cell with an error such as #N/A was read as no value",
        "carriage returns or form feeds in the text became newlines",
    )


@pytest.mark.parametrize("error", ["#GETTING_DATA", "#SPILL!", "#CALC!"])
def test_every_error_of_excel_is_no_value(error):
    (row,), _ = read_all(workbook([("text", "label"), ("It sank.", error)]))
    assert (row.label, row.repairs) == (None, ("a cell with an error such as #N/A was read as no value",))


def test_faults_have_excels_rows_and_columns():
    rows = [("id", "text", "split"), (1, "a", "some"), (2, None, "dev"), (1.5, "c", None)]
    assert [fault.split(", expected")[0] for fault in faults_of(workbook(rows))] == [
        "Line 2, split: found 'some'",
        "Line 3, text: found an empty cell",
        "Line 4, id: found 1.5",
    ]
    assert "found the columns 'body', 'x'" in faults_of(workbook([("body", "x"), ("a", 1)]))[0]
    assert "no sentences" in faults_of(workbook([("text",)]))[0] and "no sentences" in faults_of(workbook([]))[0]


def test_without_openpyxl_it_is_said_how_to_get_it(monkeypatch):
    book = workbook([("text",), ("a",)])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert "pip install 'whylight[excel]'" in faults_of(book)[0]


def test_a_workbook_that_was_made_to_fill_the_memory_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 80_000_000)
    assert "a workbook that unpacks to 80,000,000 bytes" in faults_of(file.getvalue())[0]


@pytest.mark.parametrize("number", ["1048577", "9" * 300])
def test_a_row_beyond_those_of_excel_is_refused(number):
    damaged = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([("text",), ("She ran.",)]))) as whole,
        zipfile.ZipFile(damaged, "w") as archive,
    ):
        for part in whole.namelist():
            archive.writestr(part, whole.read(part).replace(b'<row r="2"', f'<row r="{number}"'.encode()))
    (fault,) = faults_of(damaged.getvalue())
    assert "Line 1048577: found 1,048,577 rows and" in fault


def test_a_sheet_of_more_cells_than_can_be_read_is_refused(monkeypatch):
    monkeypatch.setattr(excel, "MOST_CELLS", 40)
    assert len(read_all(workbook([("text", "x")] * 20))[0]) == 19
    (fault,) = faults_of(workbook([("text", "x")] * 21))
    assert "Line 21: found 21 rows and 42 cells so far, expected at most 1,048,576 rows and 40 cells" in fault


WHOLE = workbook([("id", "text", "label"), *((place, f"Sentence {place}.", "x") for place in range(30))])


@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=8), st.booleans())
def test_a_damaged_workbook_is_refused_or_read(place, damage, cut):
    content = WHOLE[:place] + damage + (b"" if cut else WHOLE[place + len(damage) :])
    try:
        assert read_all(content)[0]
    except BadInput as refusal:
        assert refusal.faults


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=12)


@given(st.lists(st.tuples(TEXTS, st.integers(-(2**50), 2**50) | st.booleans() | st.none()), min_size=1, max_size=5))
def test_what_was_written_is_read(values):
    content = workbook([("text", "x"), *((f"w {text.replace('_x', '')}", x) for text, x in values)])
    rows, _ = read_all(content)
    assert [row.text for row in rows] == [f"w {text.replace('_x', '')}" for text, _ in values]
    assert [row.metadata.get("x") for row in rows] == [x for _, x in values]

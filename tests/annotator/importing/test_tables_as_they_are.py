"""Tables as people's programs write them: what is certain is read, what was guessed or put right is counted."""

import csv
import gzip
import io
import json
from dataclasses import asdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.errors import BadLayout
from annotator.exporting.answers import export_project
from annotator.formats.faults import BadInput, Faults, Unfit
from annotator.formats.fields import DEFAULT_FIELDS, Fields
from annotator.formats.files.encodings import as_utf8, find_encoding
from annotator.formats.files.layout import Layout
from annotator.formats.registry import reader_of
from annotator.importing.label_reading import LabelRules
from annotator.importing.outcome_wording import sentences_about
from annotator.importing.report_wording import remarks
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.projects import create_project
from db.records import OWNER

GERMAN = Fields(text="Text", id="Nr", label="Urteil")
ROWS = (
    ("Nr", "Text", "Urteil", "Datum"),
    ("A-1", "Der Käse war köstlich; der Wein nicht.", "negativ", "12.03.2024"),
    ("A-2", "Schöner Abend – gerne wieder, für 12 €.", "positiv", "13.03.2024"),
    ("A-3", "Zimmer zur Straße.\nTrotzdem „prima“.", "positiv", "14.03.2024"),
)


@pytest.fixture
def bring(tmp_path):
    """Import a file with this content into a project with these labels, and return the report and what is there."""
    with create_project(tmp_path / "p.db", labels=["positiv", "negativ"], no_rationale=["negativ"]) as store:

        def bring(content, name="in.csv", **options):
            path = tmp_path / name
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            report = import_file(store, path, ImportSettings(**{"answers": "keep"} | options), actor=OWNER)
            file = io.BytesIO()
            export_project(store, file, actor=OWNER)
            return report, [json.loads(line) for line in file.getvalue().splitlines()]

        bring.store = store
        yield bring


def written(separator=";", rows=ROWS, end="\r\n"):
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator, lineterminator=end).writerows(rows)
    return file.getvalue()


def said(report):
    return "\n".join(remarks(asdict(report)))


def labels_in(sentences):
    return [[answer["label"] for answer in sentence["annotations"]] for sentence in sentences]


# ---- separators and encodings


@pytest.mark.parametrize(
    ("separator", "encoding", "name", "expected"),
    [
        (";", "cp1252", "a.csv", "semicolons, Windows-1252"),
        (";", "utf-8-sig", "a.csv", "semicolons"),
        ("\t", "utf-16", "a.txt", "a table with tabs, UTF-16"),
        ("\t", "utf-16-be", "a.tsv", "UTF-16"),
        (",", "cp1252", "a.csv.gz", "Windows-1252"),
        ("|", "utf-8", "a.csv", "bars"),
        (",", "utf-8", "a.tsv", "commas"),
    ],
)
def test_separator_and_encoding_are_found_and_said(bring, separator, encoding, name, expected):
    content = written(separator).encode(encoding)
    report, sentences = bring(gzip.compress(content) if name.endswith(".gz") else content, name, fields=GERMAN)
    assert [sentence["text"] for sentence in sentences] == [row[1] for row in ROWS[1:]]
    assert labels_in(sentences) == [["negativ"], ["positiv"], ["positiv"]]
    assert expected.split(", ")[-1] in said(report) and f"Read as its content suggests: {expected}." in said(report)


def test_an_ordinary_table_is_read_without_a_word_about_it(bring):
    report, _ = bring(written(","), fields=GERMAN)
    assert (report.read_as, report.repairs, report.read_remarks) == ([], [], [])


def test_a_first_line_may_say_the_separator(bring):
    content = "sep=;\r\n" + written(";", rows=[("id", "text"), ("1", "a, b, c"), ("2", "d, e, f")])
    report, sentences = bring("\ufeff" + content)
    assert [(row["id"], row["text"]) for row in sentences] == [("1", "a, b, c"), ("2", "d, e, f")]
    assert report.read_as == ["semicolons"]
    with pytest.raises(BadInput, match=r"Line 3: found 1 cell"):
        bring("sep=;\nid;text\nonly one\n", "bad.csv")


def test_what_the_caller_says_counts_and_is_not_repeated(bring):
    content = written(";").encode("cp1251", "replace")
    report, sentences = bring(content, fields=GERMAN, layout=Layout("semicolon", "cp1251"))
    assert report.read_as == [] and sentences[0]["text"] == ROWS[1][1].encode("cp1251", "replace").decode("cp1251")


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "gbk", "shift-jis"])
def test_what_is_no_western_text_is_not_taken_for_it(bring, encoding):
    text = {"gbk": "船沉了没有人幸存。" * 9, "shift-jis": "船は沈んだ。" * 9}.get(
        encoding, "Корабль затонул ночью. " * 9
    )
    with pytest.raises(BadInput, match=r"Line 2: found the byte .* or say what it is with --encoding"):
        bring(f"text\n{text}\n".encode(encoding))
    report, (sentence,) = bring(f"text\n{text}\n".encode(encoding), layout=Layout(encoding=encoding))
    assert (sentence["text"], report.read_as) == (text, [])


@pytest.mark.parametrize("text", ["Привет мир!", "Καλημέρα σας", "Он не мог.", "Да и нет"])
def test_a_short_text_in_another_script_is_refused_and_not_misread(bring, text):
    encoding = "cp1253" if "α" in text else "cp1251"
    content = f"id,text,label\n1,{text},positiv\n".encode(encoding)
    with pytest.raises(BadInput, match=r"Line 2: found the byte .* say what it is with --encoding"):
        bring(content)
    assert bring(content, layout=Layout(encoding=encoding))[1][0]["text"] == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Määäh – schöööön!",
            "Die Umlaute äöüß hört man – größer und schöner klänge Übung.",
            "ÉTÉ",
            "à",
            "Où ?",
            "Öl",
        ),
        *("Ça", "été", "Åå", "Çà et là", "Þú og þá", "Là où ça créée", "Öö ää", "É – à!", "Åh æøå ÆØÅ!"),
    ],
)
def test_a_short_western_text_is_read(bring, text):
    report, sentences = bring(f"id,text,label\n1,{text},positiv\n".encode("cp1252"))
    assert (report.read_as, sentences[0]["text"]) == (["Windows-1252"], text)


def test_a_damaged_byte_in_utf8_is_a_fault_and_no_other_encoding(bring):
    with pytest.raises(BadInput, match=r"Line 3: found the byte 0xFC"):
        bring("text\nKäse und Größe\n".encode() + b"f\xfcr\n" + "Müll, Öl, Äpfel\n".encode())


@pytest.mark.parametrize("separator", ["", "ab", '"', "\n", "\0", "  "])
def test_a_separator_that_cannot_be_one_is_refused(separator):
    with pytest.raises(BadLayout, match="give one character"):
        Layout(separator)


# ---- repairs


def test_line_breaks_in_texts_become_newlines_and_are_counted(bring):
    report, sentences = bring('id,text\r\n1,"First.\r\nSecond."\r\n2,"a\rb\fc"\r\n3,fine\r\n')
    assert [row["text"] for row in sentences] == ["First.\nSecond.", "a\nb\nc", "fine"]
    expected = "Put right: carriage returns or form feeds in the text became newlines, in 2 lines, first in line 2."
    assert expected in said(report)
    report, sentences = bring('{"id": "j", "text": "x\\r\\n\\r\\ny", "query": "q\\rr"}\n', "b.jsonl")
    assert (sentences[3]["text"], sentences[3]["query"], report.repairs[0].count) == ("x\n\ny", "q\nr", 1)


def test_columns_without_a_name_are_called_by_their_place_and_empty_ones_at_the_end_are_none(bring):
    report, sentences = bring(",text,,label,,\n0,Awful.,x,negativ,,\n1,Meh.,,positiv\n,,,,,\n2,So.,,,,\n")
    assert [row.get("column 1") for row in sentences] == ["0", "1", "2"]
    assert sentences[0]["column 3"] == "x" and "column 5" not in sentences[0]
    assert "Columns without a name are called by their place: column 1, column 3." in said(report)
    assert "Columns without a name after the last named one, ignored: 2." in said(report)
    assert "a row of empty cells was skipped, in line 4" in said(report)
    assert "after the last named one" not in said(bring("id,text,label\n7,So it was.,,,\n", "c.csv")[0])
    with pytest.raises(BadInput, match="Line 2: found 3 cells, expected 1"):
        bring("text,,\na,,lost\n", "b.csv")


def test_whole_numbers_with_a_point_are_read_as_whole_where_all_ids_are_so(bring):
    report, sentences = bring("id,text\n101.0,a\n,b\n103.0,c\n")
    assert [row["id"] for row in sentences if len(row["id"]) < 9] == ["101", "103"]
    assert "an id like 101.0 was read as 101, in 2 lines" in said(report)
    _, sentences = bring("id,text\n1.0,d\n1.5,e\n", "b.csv")
    assert [row["id"] for row in sentences[3:]] == ["1.0", "1.5"]
    _, sentences = bring('{"id": 7.0, "text": "f"}\n', "c.jsonl")
    assert sentences[5]["id"] == "7"


def test_cells_that_say_they_are_missing_are_no_value(bring):
    report, sentences = bring("id,text,label\nNaN,nan,positiv\nb,fine,nan\nc,good,<NA>\n")
    assert (sentences[0]["text"], labels_in(sentences)) == ("nan", [["positiv"], [], []])
    assert "a cell like NaN was read as no value, in 3 lines, first in line 2" in said(report)


@pytest.mark.parametrize("label", ["Positiv", " positiv", "POSITIV ", "P\u00adositiv"])
def test_a_label_is_recognised_apart_from_case_and_space(bring, label):
    report, sentences = bring(f"text,label\na,{label}\nb,negativ\n")
    assert labels_in(sentences) == [["positiv"], ["negativ"]]
    assert "Labels recognised apart from case, space, or a point with a zero after it: 1." in said(report)


def test_a_label_that_could_be_two_is_refused(bring):
    rules = LabelRules({"a": "positiv", "A": "negativ"})
    _, sentences = bring("text,label\nx,a\ny,A\n", labels=rules)
    assert labels_in(sentences) == [["positiv"], ["negativ"]]
    with pytest.raises(BadInput, match="Line 2, label: found 'a '"):
        bring("text,label\nx,a \n", "b.csv", labels=rules)


def test_true_and_false_are_labels_where_a_map_says_so(bring):
    rules = LabelRules({"True": "positiv", "False": "negativ"})
    _, sentences = bring("text,label\nx,True\ny,FALSE\n", labels=rules)
    assert labels_in(sentences) == [["positiv"], ["negativ"]]
    _, sentences = bring('{"text": "z", "label": true}\n', "b.jsonl", labels=rules)
    assert labels_in(sentences)[2] == ["positiv"]


def test_a_number_with_a_point_is_the_number_that_the_project_has(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("text,label\na,1.0\nb,0.0\nc,1\n")
    with create_project(tmp_path / "n.db", labels=["1", "0"]) as store:
        report = import_file(store, path, ImportSettings(answers="keep"), actor=OWNER)
    assert [(label.written, label.label) for label in report.labels] == [("1.0", "1"), ("0.0", "0"), ("1", "1")]


def test_quotes_are_letters_where_that_is_said(bring):
    content = 'id\ttext\n1\t"No way" he said\n2\tA 5" screen\n3\t"unclosed\n'
    with pytest.raises(BadInput, match=r"Line 2: found a letter after a quoted cell.*--no-quotes"):
        bring(content, "a.tsv")
    report, sentences = bring(content, "a.tsv", layout=Layout(quotes=False))
    assert [row["text"] for row in sentences] == ['"No way" he said', 'A 5" screen', '"unclosed']
    assert "1 of them was set aside for dev and test" in "\n".join(sentences_about(asdict(report)))


def test_a_quote_that_does_not_end_its_cell_is_said_with_the_separators_name(bring):
    with pytest.raises(BadInput, match="Line 2: found a letter after a quoted cell, expected a tab or the line's end"):
        bring('id\ttext\n1\t"No" said he\n', "a.tsv")


def test_a_label_of_the_map_is_used_if_the_file_writes_it_in_another_case_or_with_a_zero(bring):
    rules = LabelRules({"true": "positiv", "0": "negativ", "no": "negativ"})
    report, _ = bring("text,label\na,True\nb,0.0\n", labels=rules)
    assert report.unused_labels == ["no"]


# ---- splits


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("val", "dev"),
        ("Validation", "dev"),
        ("VALID", "dev"),
        ("eval", "dev"),
        ("training", "pool"),
        ("Train", "pool"),
        ("Test ", "test"),
    ],
)
def test_splits_have_many_names_and_each_unusual_one_is_counted(bring, name, split):
    report, sentences = bring(f"text,split\na,{name}\nb,pool\n")
    assert [row["split"] for row in sentences] == [split, "pool"]
    assert f"the split '{name}' was read as {'train' if split == 'pool' else split}" in said(report)


def test_one_file_for_each_split(bring):
    hint, _ = bring('{"text": "a"}\n', "val.jsonl", dry_run=True)
    assert "The name of the file says val, but no line has a split; --split puts all of them there." in said(hint)
    report, sentences = bring('{"text": "a"}\n{"text": "b", "split": "eval"}\n', "val.jsonl", split="dev")
    assert [row["split"] for row in sentences] == ["dev", "dev"] and report.set_aside == {"dev": 0, "test": 0}
    with pytest.raises(BadInput, match="Line 2, split: found test, expected dev or no split"):
        bring('{"text": "c"}\n{"text": "d", "split": "test"}\n', "val.jsonl", split="dev")


# ---- whatever a program may write

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf"]) | st.sampled_from(',;\t\n"=|'), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6),
    separator=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    begins=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_a_table_in_any_layout_has_the_values_that_were_written(rows, separator, encoding, quoting, begins, end):
    file = io.StringIO(newline="")
    file.write(f"sep={separator}{end}" if begins else "")
    writer = csv.writer(file, delimiter=separator, quoting=quoting, lineterminator=end)
    writer.writerows([("id", "text", "note"), *((f"s{n}", f"w {text}", note) for n, (text, note) in enumerate(rows))])
    content = file.getvalue().encode(encoding)
    layout = Layout(encoding=encoding if encoding in ("gb18030", "utf-16-le", "utf-16-be") else None)
    found = list(read(content, "csv", layout))
    assert [row.text for row in found] == [f"w {text}" for text, _ in rows]
    assert [row.metadata.get("note", "") for row in found] == [note for _, note in rows]


@given(
    st.binary(max_size=80)
    | st.text(st.sampled_from('sep=;text,id\n\r\t"|.0NaN1\xe4\u20ac '), max_size=80).map(str.encode),
    st.sampled_from(["csv", "tsv"]),
    st.sampled_from([None, "utf-16", "cp1252", "utf-7", "utf-32", "idna", "punycode", "unicode_escape"]),
    st.sampled_from([None, ";", "x", " "]),
    st.booleans(),
)
def test_no_bytes_end_in_a_traceback(content, format, encoding, separator, quotes):
    try:
        rows = list(read(content, format, Layout(separator, encoding, quotes=quotes)))
    except BadInput as refusal:
        assert refusal.faults
    except Unfit as unfit:  # an encoding of other things than texts, which the import refuses at once
        assert unfit.field == "encoding"
    else:
        assert rows


def read(content, format, layout):
    """Yield the rows of a table as an import reads them; raises BadInput."""
    faults = Faults("file")
    file = io.BytesIO(content)
    yield from reader_of(format, layout)(
        as_utf8(file, find_encoding(file, layout.encoding)), faults, fields=DEFAULT_FIELDS
    )
    faults.raise_if_any()

"""What a file begins with, and which of its fields seems to hold what."""

import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from annotator.formats.examples import FIELDS
from annotator.formats.faults import BadInput, Faults
from annotator.formats.fields import Fields
from annotator.formats.files.layout import Layout
from annotator.formats.first_look import LONGEST_CELL, LOOKED_AT_BYTES, FirstLook, is_read_anyway, look_into
from annotator.formats.likely_fields import with_likely_fields
from annotator.formats.registry import READERS


def test_a_table_shows_its_first_rows_and_what_its_columns_may_hold() -> None:
    rows = b'1,"It sank,\nthey say",bad,X\n2,b,good\n3,c,bad,Y\n4,d,bad,Z\n'
    look = look_into(b"Tweet_ID,sentence,class,city\n" + rows, "csv")
    assert look.columns == ("Tweet_ID", "sentence", "class", "city")
    assert look.rows == (("1", "It sank, they say", "bad", "X"), ("2", "b", "good", ""), ("3", "c", "bad", "Y"))
    assert look.guessed == {"text": "sentence", "label": "class", "id": "Tweet_ID"}


def test_a_field_of_the_standard_name_comes_before_other_names() -> None:
    look = look_into(b"sentence\ttext\tclass\tlabel\nx\ty\ta\tb\n", "tsv")
    assert look.guessed == {"text": "text", "label": "label"}


def test_of_several_names_the_usual_one_is_taken_and_no_column_twice() -> None:
    assert look_into(b"comment,sentence,set,key\na,b,c,d\n", "csv").guessed == {
        "text": "sentence",
        "id": "key",
        "split": "set",
    }


def test_json_lines_show_all_fields_and_their_values_as_json() -> None:
    lines = [
        {"text": "It sank", "spans": [[0, 2]]},
        {"text": "x" * 200, "label": None, "id": 7},
        "broken",
        {"text": "c"},
    ]
    look = look_into("".join(json.dumps(line) + "\n" for line in lines).encode(), "native")
    assert look.columns == ("text", "spans", "label", "id")
    assert look.rows[0] == ("It sank", "[[0, 2]]", "", "")
    assert (len(look.rows), len(look.rows[1][0]), look.rows[1][3]) == (3, LONGEST_CELL, "7")
    assert look.guessed == {"text": "text", "label": "label", "id": "id"}


CASES = {
    "Nr;Text;Urteil;Note\nA-1;Nein.;negativ;4,5\nA-2;Ja.;Positiv ;1,0\nA-3;So.;;2,0\n": {"id": "Nr", "label": "Urteil"},
    "item,text,coder,code\n1,It sank.,anna,positiv\n1,It sank.,ben,negativ\n": {"label": "code"},
    "Nr,text,code\n1,It sank.,positiv\n1,It rose.,other\n": {},
    "text,code\nIt sank.,positiv\nIt rose.,\n": {},
    "text,checked\nIt sank.,positiv\nIt rose.,positiv\n": {},
    "text,ann1,ann2\nIt sank.,positiv,negativ\nIt rose.,negativ,negativ\n": {},
    "Nr,userId,text\n1,7,It sank.\n2,8,It rose.\n": {},
}


@pytest.mark.parametrize(("content", "likely"), CASES.items())
def test_a_column_that_looks_like_ids_or_has_the_projects_labels_is_a_guess_that_says_so(content, likely) -> None:
    before = look_into(content.encode(), "csv")
    look = with_likely_fields(before, ["positiv", "negativ"])
    assert look.guessed == {**before.guessed, **likely} and set(look.likely) == set(likely)


@pytest.mark.parametrize(
    ("content", "likely"),
    {
        "Nr,text\n1,It sank.\n2,It rose.\n": {"id": "Nr"},
        "Nr,text,stars\n1,It sank.,3\n2,It rose.,1\n": {"id": "Nr", "label": "stars"},
        "id,Nr,text\na,1,It sank.\nb,2,It rose.\n": {},
        "text,is_retweet,stance\nIt sank.,1,2\nIt rose.,2,2\nIt slept.,1,1\n": {},
    }.items(),
)
def test_where_labels_are_numbers_no_column_is_guessed_twice_and_none_of_several(content, likely) -> None:
    look = with_likely_fields(look_into(content.encode(), "csv"), ["1", "2", "3"])
    assert {part: look.guessed[part] for part in look.likely} == likely
    Fields(**look.guessed)


def test_nothing_is_guessed_over_a_name_that_says_it() -> None:
    rows = b"id,text,label,Nr,code\n1,It sank.,x,7,positiv\n2,It rose.,y,8,positiv\n"
    assert with_likely_fields(look_into(rows, "csv"), ["positiv"]).likely == ()


def test_plain_text_has_lines_and_no_columns() -> None:
    look = look_into(b"One.\n\nTwo.\nThree.\nFour.\n", "text")
    assert (look.columns, look.rows) == ((), (("One.",), ("Two.",), ("Three.",)))


def test_only_the_beginning_of_a_large_file_is_read_packed_or_not() -> None:
    rows = b"text,label\n" + b"".join(b"Sentence number %d,a\n" % number for number in range(150_000))
    assert len(rows) > 3 * LOOKED_AT_BYTES
    plain = look_into(rows, "csv")
    assert plain.rows[2] == ("Sentence number 2", "a")
    assert look_into(gzip.compress(rows, compresslevel=0), "csv") == plain


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"PK\x03\x04", b'"never closed', b"\x1f\x8b damaged"])
@pytest.mark.parametrize("format", READERS)
def test_what_cannot_be_read_shows_nothing_and_raises_nothing(content: bytes, format: str) -> None:
    assert look_into(content, format).guessed == look_into(content, format, chosen=True).guessed == {}


def test_a_first_look_reads_a_table_as_the_import_does():
    look = look_into("Nr;Text;\n1;Käse, bitte.;x\n".encode("cp1252"), "csv")
    assert (look.columns, look.rows) == (("Nr", "Text"), (("1", "Käse, bitte."),))
    assert look_into(b"a|b\n1|2\n", "csv", Layout(",")).columns == ("a|b",)
    assert look_into(b"a,a\n1,2\n", "csv").columns == ()


def test_a_first_look_reads_an_array_and_columns_of_parquet():
    look = look_into(b'[\n{"text": "a", "x": NaN},\n{"text": "b"}\n]', "native")
    assert (look.columns, look.rows) == (("text", "x"), (("a", ""), ("b", "")))
    file = io.BytesIO()
    pq.write_table(pa.table({"sentence": ["a", "b"], "n": [1, 2]}), file)
    look = look_into(file.getvalue(), "parquet")
    assert (look.rows, look.guessed["text"]) == ((("a", "1"), ("b", "2")), "sentence")
    assert look_into(b"PAR1", "parquet").rows == look_into(b"PK", "excel").rows == ()


@pytest.mark.parametrize("name", ["marks", "rationale", "z"])
def test_marks_are_shown_under_each_name_that_is_read(name: str) -> None:
    assert look_into(f"text,{name},mark\na,b,c\n".encode(), "csv").guessed == {"text": "text", "marks": name}
    assert is_read_anyway("marks", name)
    assert not is_read_anyway("marks", "mark")


@pytest.mark.parametrize(
    ("content", "format", "found", "guessed"),
    [
        (b'{"data": "It sank", "label": [[0, 2, "EVT"]]}\n', "native", "doccano", {"text": "data", "label": "label"}),
        (b'{"text": "It sank", "class": 1, "answer": "accept", "_view_id": 0}\n', "native", "prodigy",
         {"text": "text"}),
        (b'[{"id": 1, "review": "It sank", "lead_time": 2, "class": "x"}]', "native", "label-studio-min",
         {"text": "review", "id": "id"}),
        (b'{"p1": {"post_id": "p1", "post_tokens": ["It"], "annotators": []}}', "native", "hatexplain", {}),
        (b"pairID,gold_label,Sentence1,Sentence2,Explanation_1,Sentence1_Highlighted_1\n", "csv", "esnli", {}),
        (b"It\tO\nsank\tB-EVT\n\nAll\tO\nlived\tO\n\n", "text", "conll", {}),
    ],
)  # fmt: skip
def test_of_another_tools_file_only_what_its_reader_lets_be_chosen_is_asked_for(
    content: bytes, format: str, found: str, guessed: dict[str, str]
) -> None:
    look = look_into(content, format)
    assert (look.format, look.guessed, look.is_of_a_tool) == (found, guessed, True)
    assert look_into(content, format, chosen=True).format == format


def test_a_task_of_label_studio_has_the_fields_of_its_data_and_its_controls() -> None:
    results = [{"from_name": name, "value": {}} for name in ("mood", "words", "mood")]
    task = {"id": 1, "data": {"tweet": "It sank", "n": 2}, "annotations": [{"result": results}], "predictions": []}
    look = look_into(json.dumps([task]).encode(), "native")
    assert (look.columns, look.rows, look.guessed) == (("tweet", "n"), (("It sank", "2"),), {"text": "tweet"})
    assert (look.options("label"), look.options("id")) == (("mood", "words"), ("tweet", "n"))


@pytest.mark.parametrize("format", READERS)
def test_every_part_that_may_be_chosen_is_taken_by_the_reader(format: str) -> None:
    for part in FirstLook(("x",), (), {}, format).parts:
        faults, fields = Faults(""), Fields(**{part: "x"})  # type: ignore[arg-type]
        with pytest.raises(BadInput) as refused:
            list(READERS[format](io.BytesIO(b""), faults, fields=fields))
            faults.raise_if_any()
        assert not [fault for fault in refused.value.faults if fault.field == f"--{part}-field x"]


def test_our_own_examples_leave_no_choice_and_a_table_in_utf_16_is_one() -> None:
    row = json.dumps(dict.fromkeys(FIELDS)).encode()
    assert (look_into(row, "native").parts, look_into(row, "native").guessed) == ((), {})
    look = look_into("Nr\tText\n1\tKäse\n".encode("utf-16"), "text")
    assert (look.format, look.columns, look.guessed) == ("tsv", ("Nr", "Text"), {"text": "Text"})

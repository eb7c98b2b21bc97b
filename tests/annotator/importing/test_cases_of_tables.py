"""Tables, splits and coders as people really have them: each file of the shared cases becomes what its README says."""

import pytest

from annotator.formats.faults import BadInput
from annotator.formats.fields import Fields
from annotator.formats.files.layout import Layout
from annotator.importing.label_reading import LabelRules

GERMAN = {"fields": Fields(text="Text", id="Nr", label="Urteil")}
MOODS = ("positiv", "negativ")
STARS = ("one-star", "two-stars")
COMPLAINT = ("complaint", "praise")
EVENT = ("event", "none")


def labels_of(lines):
    return [[answer["label"] for answer in line["annotations"]] for line in lines]


@pytest.mark.parametrize(
    ("name", "read_as"),
    [
        ("01-comma-bom.csv", None),
        ("01-excel-german-cp1252-semicolon.csv", "semicolons, Windows-1252"),
        ("01-excel-german-utf8bom-semicolon.csv", "semicolons"),
        ("01-excel-unicode-text-utf16.txt", "a table with tabs, UTF-16"),
    ],
)
def test_what_excel_writes_is_read_alike(bring_case, name, read_as):
    said, lines = bring_case(name, MOODS, **({} if name.startswith("01-comma") else GERMAN))
    assert ("Read as its content suggests" in said) == (read_as is not None) and (read_as or "") in said
    assert [line["id"] for line in lines] == ["A-1", "A-2", "A-3", "A-4"]
    assert lines[2]["text"] == "Zimmer über der Straße, laut.\nTrotzdem: „prima“ gefrühstückt."
    assert lines[3]["text"] == "Preis 12 € für ein Glas? Unverschämt!" and lines[3]["Note"] == "3,0"
    assert labels_of(lines) == [["negativ"], ["positiv"], ["positiv"], ["negativ"]]


def test_a_break_in_a_cell_becomes_a_newline(bring_case):
    said, lines = bring_case("01-cell-crlf.csv", MOODS)
    assert lines[0]["text"] == "First line.\nSecond line." and "became newlines, in line 2" in said


def test_a_nameless_index_is_kept_by_its_place(bring_case):
    said, lines = bring_case("02-unnamed-index.csv", STARS)
    assert [line["column 1"] for line in lines] == ["0", "1"] and "called by their place: column 1" in said


@pytest.mark.parametrize(
    ("name", "count"),
    [("02-pandas-float-id-label.csv", 3), ("02-pandas-float-id-label.jsonl", 3), ("02-json-dumps-nan.jsonl", 3)],
)
def test_what_pandas_turns_into_numbers_with_a_point_is_whole(bring_case, name, count):
    said, lines = bring_case(name, STARS, labels=LabelRules(base=0))
    assert [line["id"] for line in lines if len(line["id"]) == 3] == ["101", "102", "104"]
    assert labels_of(lines) == [["one-star"], ["two-stars"], ["one-star"], []]
    assert f"an id like 101.0 was read as 101, in {count} lines" in said
    assert ("NaN was read as no value, in 2 lines, first in line 3" in said) == ("nan" in name)


@pytest.mark.parametrize(
    ("name", "labels"), [("02-label-case-space.csv", COMPLAINT), ("13-labels-trailing-space.csv", EVENT)]
)
def test_labels_are_recognised_apart_from_case_and_space(bring_case, name, labels):
    said, lines = bring_case(name, labels)
    assert all(len(answers) == 1 for answers in labels_of(lines)) and "Labels recognised apart from case" in said


@pytest.mark.parametrize("name", ["02-one-based-labels.csv", "02-one-based-within-range.csv"])
def test_numbers_are_never_silently_counted_from_0(bring_case, name):
    with pytest.raises(BadInput, match=r"(?s)--label-map.*--label-base 1.*one-star"):
        bring_case(name, STARS)
    _, lines = bring_case(name, (*STARS, "three"), labels=LabelRules(base=1))
    assert labels_of(lines)[:2] == [["one-star"], ["two-stars"]]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("02-stray-quotes.csv", "Line 4: found a letter after a quoted cell"),
        ("02-tsv-quotes-not-quoting.tsv", "Line 2: found a letter after a quoted cell.*--no-quotes"),
        ("02-empty-texts.csv", "Line 2, text: found an empty cell"),
        ("02-excel-rounded-tweet-ids.csv", r"Line 3, id: found '1\.46E\+18', which line 2 has too"),
        ("02-header-differs-by-case.csv", "Line 1, column 3: found the columns 'Text' and 'text'"),
        ("08-other-controls.jsonl", r"Line 1, text: found the control character U\+000B"),
    ],
)
def test_what_is_broken_is_refused_by_line(bring_case, name, found):
    with pytest.raises(BadInput, match=found):
        bring_case(name, STARS)


def test_bare_quotes_are_read_where_that_is_said(bring_case):
    _, lines = bring_case("02-tsv-quotes-not-quoting.tsv", STARS, layout=Layout(quotes=False))
    assert [line["text"] for line in lines] == ['"No way" he said', 'A 5" screen', '"unclosed']


def test_ids_of_19_digits_are_exact(bring_case):
    assert bring_case("02-tweet-id.jsonl")[1][0]["id"] == "1461234567890123457"


def test_odd_characters_stay_and_line_breaks_are_put_right(bring_case):
    _, lines = bring_case("08-c1-and-odd-ok.jsonl")
    assert lines[0]["text"] == "nel\x85line" and lines[1]["text"] == "ls\u2028line sep\u2029para"
    said, lines = bring_case("08-crlf-in-json.jsonl", ("bug", "docs"))
    assert lines[0]["text"] == "# Build broken\n\nSteps:\n1. clone\n2. make" and "in line 1" in said
    said, lines = bring_case("08-sixty-bad-rows.jsonl")
    assert len(lines) == 61 and "became newlines, in 60 lines, first in line 1" in said


def test_faulty_lines_can_be_left_out(bring_case):
    said, lines = bring_case("08-other-controls.jsonl", leave_out_faulty=True)
    assert [line["id"] for line in lines] == ["c-3", "c-4", "c-6"] and "left out because of a fault: 3" in said


@pytest.mark.parametrize("name", ["09-dup-in-file.csv", "09-retweets-same-text.jsonl"])
def test_equal_texts_are_in_one_split(bring_case, name):
    _, lines = bring_case(name, hold_out=0.4)
    splits = {}
    for line in lines:
        splits.setdefault(line["text"], set()).add(line["split"])
    assert len(splits) < len(lines) and all(len(found) == 1 for found in splits.values())


@pytest.mark.parametrize(("name", "split"), [("train", "pool"), ("val", "dev"), ("test", "test")])
def test_a_file_for_each_split(bring_case, name, split):
    said, _ = bring_case(f"10-one-file-per-split-{name}.jsonl", dry_run=True)
    assert f"The name of the file says {name}" in said


@pytest.mark.parametrize(("name", "split"), [("train", "pool"), ("val", "dev"), ("test", "test")])
def test_the_split_of_a_file_is_said(bring_case, name, split):
    _, lines = bring_case(f"10-one-file-per-split-{name}.jsonl", split=split)
    assert {line["split"] for line in lines} == {split}


def test_several_coders(bring_case):
    _, lines = bring_case("15-minimal-annotations.jsonl")
    assert [(one["person"], one["label"]) for one in lines[0]["annotations"]] == [("anna", "event"), ("ben", "none")]
    fields = Fields(id="item", label="code")
    _, lines = bring_case("15-several-coders-long.csv", fields=fields, people=("coder",))
    assert [line["id"] for line in lines] == ["1", "2"] and labels_of(lines) == [["event", "none"], ["none", "none"]]
    _, lines = bring_case("15-several-coders-wide.jsonl", people=("ann_1", "ann_2", "ann_3"))
    assert labels_of(lines) == [["event", "none", "event"]]

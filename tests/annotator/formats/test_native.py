import io
import json

import pytest

from annotator.formats.faults import BadInput, Faults
from annotator.formats.fields import Fields
from annotator.formats.native import read, write
from annotator.formats.rows import AnnotationRow, SentenceRow
from db.records import Observed

ANSWER = {"person": "ada", "kind": "answer", "label": "event", "marks": "+.", "key": "key-0001", "supersedes": None}


def read_lines(*lines, **options):
    faults = Faults("file")
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    rows = list(read(io.BytesIO(text.encode("utf-8", "surrogatepass")), faults, **options))
    faults.raise_if_any()
    return rows


def read_one(**fields):
    return read_lines(fields)[0]


def fault_of(line, **options):
    with pytest.raises(BadInput) as error:
        read_lines(line, **options)
    (fault,) = error.value.faults
    return str(fault)


def test_reads_text_and_cuts_it():
    row = read_one(id="s1", text="Don't go!", label="event", split="dev")
    assert row == SentenceRow(
        *(1, "Don't go!", ("Don't", "go", "!"), (0, 6, 8)), external_id="s1", split="dev", label="event"
    )


def test_keeps_given_tokens_and_joins_them():
    row = read_one(tokens=["do", "n't", "go"])
    assert (row.text, row.starts, row.tokens_given) == ("do n't go", (0, 3, 7), True)


def test_finds_given_tokens_in_the_given_text():
    row = read_one(text="don't  go.", tokens=["do", "n't", "go", "."])
    assert (row.text, row.starts) == ("don't  go.", (0, 2, 7, 9))


def test_query_is_cut_or_kept_as_given():
    assert read_one(text="a", query="XXXXX ran.").query_tokens == ("XXXXX", "ran", ".")
    row = read_one(text="a", query_tokens=["XXXXX", "ran."])
    assert (row.query, row.query_tokens) == ("XXXXX ran.", ("XXXXX", "ran."))


@pytest.mark.parametrize(
    ("given", "marks"),
    [({"marks": "+-."}, "+-."), ({"z": [1, 0, True]}, "+.+"), ({"rationale": [2, 0, 2]}, "+.+"), ({"z": None}, None)],
)
def test_marks_have_three_spellings(given, marks):
    assert read_one(tokens=["a", "b", "c"], label="event", **given).marks == marks


def test_no_marks_differ_from_marks_on_no_word():
    assert read_one(text="a b", label=1).marks is None
    assert read_one(text="a b", label=1, z=[0, 0]).marks == ".."


@pytest.mark.parametrize(("given", "split"), [("train", "pool"), ("pool", "pool"), ("dev", "dev"), ("test", "test")])
def test_train_is_the_pool(given, split):
    assert read_one(text="a", split=given).split == split


@pytest.mark.parametrize("name", ["007", "1e5", "NA", "null", " x "])
def test_ids_are_kept_as_they_are(name):
    assert read_one(text="a", id=name).external_id == name


def test_a_whole_number_is_an_id_with_the_same_digits():
    assert read_one(text="a", id=10**40).external_id == "1" + "0" * 40


def test_everything_else_is_metadata():
    row = read_one(text="a", source="x", label=1, nested={"b": [1.5, None]}, metadata={"c": 1})
    assert row.metadata == {"source": "x", "nested": {"b": [1.5, None]}, "metadata": {"c": 1}}


def test_the_label_may_be_in_another_field():
    (row,) = read_lines({"text": "a", "label": 0, "class": "bad"}, fields=Fields(label="class"))
    assert (row.label, row.metadata) == ("bad", {"label": 0})


def test_every_part_may_be_in_another_field():
    line = {"body": "a b", "doc": "s1", "set": "dev", "why": "+.", "ask": "q", "label": 1, "marks": "x"}
    (row,) = read_lines(line, fields=Fields(text="body", id="doc", split="set", marks="why", query="ask"))
    assert (row.text, row.external_id, row.split, row.marks, row.query) == ("a b", "s1", "dev", "+.", "q")
    assert row.metadata == {"marks": "x"}


def test_a_chosen_field_must_be_there_and_leave_the_exports_names_alone():
    body = Fields(text="body")
    assert "Line 1, text: found the field 'text' as well as" in fault_of({"body": "a", "text": "b"}, fields=body)
    said = fault_of({"text": "a"}, fields=Fields(split="set"))
    assert said == "The file, set: found no line with this field, expected the field that --split-field names."


def test_next_to_annotations_a_label_is_metadata():
    row = read_one(text="a b", label=1, annotations=[ANSWER])
    assert (row.label, row.metadata, row.annotations[0].label) == (None, {"label": 1}, "event")


@pytest.mark.parametrize("text", ["NA", "null", "a\u2028b", "x\u202ey", "a\u00adb", "e\u0301", "<b>&amp;</b>", "=1+1"])
def test_text_is_kept_to_the_letter(text):
    assert read_one(text=text).text == text


def test_written_rows_are_read_back():
    chain = (
        AnnotationRow(
            *("ada", "answer", "key-0001", "event", "+.", 1_700_000_000_123, None),
            Observed(2.5, saliency_round=3, marks_at_reveal="..", note="Whose?", flagged=True),
            surplus=True,
        ),
        AnnotationRow("bob", "skip", "key-0002"),
        AnnotationRow("ada", "withdrawn", "key-0003", at_ms=1_700_000_001_000, supersedes="key-0001"),
    )
    row = SentenceRow(
        *(1, "a b", ("a", "b"), (0, 2), True, "s1", "test", "q r", ("q", "r"), {"source": "x", "label": 1}),
        annotations=chain,
    )
    assert read_lines(write(row).decode()) == [row]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('{"text": "a"', "Line 1: found broken JSON at column 13 (Expecting ',' delimiter)"),
        ("7", "Line 1: found 7, expected one JSON object on the line."),
        ('{"text": "a", "text": "b"}', "Line 1, text: found the field twice, expected each field once."),
        ('{"text": "a", "x": {"y": 1, "y": 2}}', "Line 1, y: found the field twice"),
        ('{"text": "a", "x": Infinity}', "Line 1: found the number Infinity, expected finite numbers."),
        ('{"text": "a", "x": -Infinity}', "the number -Infinity"),
        ('{"text": "a", "x": 1e999}', "the number 1e999"),
        ('{"text": "a", "x": ' + "1" * 5000 + "}", "a number of thousands of digits"),
        ('{"text": "a", "x": ' + "[" * 100_000 + "]" * 100_000 + "}", "JSON of more than 100 levels"),
        ('{"text": "a", "x": ' + "[" * 200 + "]" * 200 + "}", "JSON of more than 100 levels"),
        ('{"text": "a \\ud800 b"}', "Line 1, 'text': found half a character, U+D800"),
        ('{"text": "a", "x": {"\\uDC00": 1}}', "half a character, U+DC00"),
        (
            {"txt": "a"},
            'Line 1, text: found neither text nor tokens among ["txt"], expected one of them, or both, or --text-field',
        ),
        ({"text": 7}, "Line 1, text: found 7, expected a string."),
        ({"text": ""}, "nothing visible in ''"),
        ({"text": " \t\n"}, "nothing visible"),
        ({"text": "\u200b\ufeff"}, "nothing visible"),
        ({"text": "a\x00b"}, "Line 1, text: found the control character U+0000 at character 2, expected"),
        ({"text": "a\x1bb"}, "U+001B"),
        ({"text": "x" * 100_001}, "Line 1, text: found 100,001 characters, expected at most 100,000."),
        ({"text": "x " * 4_097}, "Line 1, text: found 4,097 tokens, expected at most 4,096."),
        ({"tokens": ["x"] * 4_097}, "Line 1, tokens: found 4,097 tokens, expected at most 4,096."),
        ({"tokens": []}, "Line 1, tokens: found [], expected a list of words."),
        ({"tokens": "a b"}, "Line 1, tokens: found 'a b', expected a list of words."),
        ({"tokens": ["a", ""]}, "Line 1, tokens[1]: found '', expected a word without line breaks."),
        ({"tokens": ["a", 5]}, "Line 1, tokens[1]: found 5"),
        ({"tokens": ["a", None]}, "Line 1, tokens[1]: found null"),
        ({"tokens": ["a\nb"]}, "Line 1, tokens[0]: found 'a\\nb'"),
        ({"tokens": ["a\x07"]}, "U+0007"),
        ({"text": "a b", "tokens": ["a", "c"]}, "tokens[1]: found 'c', expected a word of the text after its first 1"),
        ({"text": "a", "query": 3}, "Line 1, query: found 3, expected a string."),
        ({"text": "a", "query": "a", "query_tokens": ["b"]}, "Line 1, query_tokens[0]: found 'b'"),
        ({"text": "a", "id": True}, "Line 1, id: found true, expected a string or a whole number."),
        ({"text": "a", "id": 1.5}, "Line 1, id: found 1.5"),
        ({"text": "a", "id": ""}, "Line 1, id: found 0 characters"),
        ({"text": "a", "id": "x" * 257}, "Line 1, id: found 257 characters"),
        ({"text": "a", "id": "a\x00"}, "Line 1, id: found the control character U+0000"),
        ({"text": "a", "split": "held out"}, "Line 1, split: found 'held out', expected train, pool, dev or test."),
        ({"text": "a", "split": ["dev"]}, 'Line 1, split: found ["dev"]'),
        ({"text": "a", "label": {}}, "Line 1, label: found {}, expected a label's name, or its index"),
        ({"text": "a", "label": ["x", "y"]}, 'Line 1, label: found ["x", "y"], expected one label for each sentence'),
        ({"text": "a", "label": [[1]]}, "Line 1, label: found [1]"),
        ({"text": "a b", "label": 1, "marks": "+"}, "Line 1, marks: found 1 mark for 2 tokens, expected one mark for"),
        ({"text": "a", "label": 1, "marks": "x"}, "Line 1, marks: found the letter 'x', expected one of + - ."),
        ({"text": "a", "label": 1, "marks": 5}, "Line 1, marks: found 5"),
        ({"text": "a", "label": 1, "z": [1, 0]}, "Line 1, z: found 2 marks for 1 token"),
        ({"text": "a", "label": 1, "z": [2]}, "Line 1, z[0]: found 2, expected 0 or 1."),
        ({"text": "a", "label": 1, "z": [-1]}, "found -1"),
        ({"text": "a", "label": 1, "z": [0.5]}, "found 0.5"),
        ({"text": "a", "label": 1, "z": ["yes"]}, "found 'yes'"),
        ({"text": "a", "label": 1, "z": "1"}, "Line 1, z: found '1', expected a list with 0 or 1 for each token."),
        ({"text": "a", "label": 1, "rationale": [1]}, "rationale[0]: found 1, expected the index of a token, 0 to 0."),
        ({"text": "a", "label": 1, "rationale": [-1]}, "rationale[0]: found -1"),
        ({"text": "a", "label": 1, "rationale": [True]}, "rationale[0]: found true"),
        ({"text": "a", "label": 1, "rationale": 3}, "a list of token indices"),
        ({"text": "a", "label": 1, "rationale": "b"}, "rationale: found 'b', which does not occur in the sentence"),
        (
            {"text": "a", "label": 1, "marks": "+", "z": [1]},
            "Line 1, z: found z as well as marks, expected one of marks, z",
        ),
        ({"text": "a", "marks": "+"}, "Line 1, label: found marks without a label"),
    ],
)
def test_bad_lines_get_one_sentence(line, sentence):
    assert sentence in fault_of(line)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"person": ""}, "annotations[0].person: found '', expected a string of 1 to 64 characters."),
        ({"person": "x" * 65}, "annotations[0].person"),
        ({"person": None}, "annotations[0].person: found null"),
        (
            {"kind": "guess"},
            "annotations[0].kind: found 'guess', expected one of answer, skip, withdrawn, adjudicated.",
        ),
        ({"kind": "skip"}, "annotations[0].label: found 'event', expected null, because the kind is skip."),
        ({"kind": "skip", "label": None}, "annotations[0].marks: found '+.', expected null, because the kind is skip."),
        ({"label": None}, "annotations[0].label: found null, expected a label, because the kind is answer."),
        ({"marks": "+"}, "annotations[0].marks: found 1 mark for 2 tokens"),
        ({"marks_at_reveal": "+"}, "annotations[0].marks_at_reveal: found 1 mark for 2 tokens"),
        ({"key": "short"}, "annotations[0].key: found 'short', expected a string of 8 to 64 characters."),
        ({"at": "yesterday"}, "annotations[0].at: found 'yesterday', expected a time with its zone"),
        ({"at": "2026-01-31T12:00:00"}, "annotations[0].at"),
        ({"at": 5}, "annotations[0].at"),
        ({"seconds": -1}, "annotations[0].seconds: found -1"),
        ({"seconds": True}, "annotations[0].seconds: found true"),
        ({"round_shown": 0}, "annotations[0].round_shown: found 0"),
        ({"note": ""}, "annotations[0].note: found '', expected a text of 1 to 2000 characters."),
        ({"note": "x" * 2001}, "annotations[0].note"),
        ({"note": "a\x00b"}, "annotations[0].note: found the control character U+0000"),
        ({"flagged": "yes"}, "annotations[0].flagged: found 'yes', expected true or false."),
        ({"surplus": 1}, "annotations[0].surplus: found 1, expected true or false."),
        ({"surplus": True, "admitted": "yes"}, "annotations[0].admitted: found 'yes', expected true or false."),
        (
            {"admitted": True},
            "annotations[0].admitted: found true, expected true only where surplus is true: "
            "any other answer already counts.",
        ),
        ({"supersedes": "key-0000"}, "annotations[0].supersedes: found 'key-0000', expected the key of this person's"),
        ({"comment": "x"}, "annotations[0].comment: found an unknown field"),
    ],
)
def test_bad_annotations_get_one_sentence(change, sentence):
    assert sentence in fault_of({"text": "a b", "annotations": [ANSWER | change]})


def test_annotations_are_a_list_of_objects():
    assert "annotations: found 5, expected a list." in fault_of({"text": "a", "annotations": 5})
    assert "annotations[0]: found 5, expected an object." in fault_of({"text": "a", "annotations": [5]})


def test_a_persons_answers_form_one_chain_whatever_the_case_of_the_name():
    second = ANSWER | {"person": "Ada", "key": "key-0002"}
    assert "annotations[1].supersedes" in fault_of({"text": "a b", "annotations": [ANSWER, second]})
    assert read_one(text="a b", annotations=[ANSWER, second | {"supersedes": "key-0001"}])


def test_reading_continues_after_a_fault_and_stops_at_the_twentieth():
    good, bad = {"text": "a"}, {"text": ""}
    with pytest.raises(BadInput) as error:
        read_lines(good, bad, good, bad)
    assert [fault.line for fault in error.value.faults] == [2, 4]
    with pytest.raises(BadInput) as error:
        read_lines(*[bad] * 30)
    assert len(error.value.faults) == 20
    assert "Reading stopped after 20 faults." in str(error.value)


def test_faults_quote_no_more_than_a_glimpse():
    assert len(fault_of({"text": "a", "split": "x" * 10_000})) < 200

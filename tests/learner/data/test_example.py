import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learner.data.example import MARKS, SPLITS, Example, read_examples, read_sentences, write_examples
from learner.errors import ExampleError


@pytest.fixture
def write(tmp_path):
    def write_records(*records, name="data.jsonl"):
        path = tmp_path / name
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        return path

    return write_records


@pytest.mark.parametrize(
    ("rationale", "marks"),
    [
        ({"marks": "+.-"}, "+.-"),
        ({"z": [0, 1, 1]}, ".++"),
        ({"z": [0, 0, 0]}, "..."),
        ({"rationale": [2]}, "..+"),
        ({"rationale": []}, "..."),
        ({}, None),
    ],
)
def test_every_form_of_a_rationale_becomes_marks(write, rationale, marks):
    path = write({"tokens": ["a", "b", "c"], "label": 0} | rationale)
    assert read_examples(path).examples[0].marks == marks


def test_names_become_the_classes_in_alphabetical_order(write):
    read = read_examples(write({"tokens": ["a"], "label": "none"}, {"tokens": ["b"], "label": "event"}))
    assert read.labels == ("event", "none")
    assert [example.label for example in read.examples] == [1, 0]


def test_given_names_fix_the_classes_and_integers_index_them(write):
    path = write({"tokens": ["a"], "label": "none"}, {"tokens": ["b"], "label": 1})
    read = read_examples(path, labels=["none", "event"])
    assert [example.label for example in read.examples] == [0, 1]


def test_integers_name_at_least_two_classes(write):
    assert read_examples(write({"tokens": ["a"], "label": 0})).labels == ("0", "1")


@pytest.mark.parametrize(
    ("written", "split"), [("train", "train"), ("pool", "pool"), ("Training", "train"), ("VAL", "dev"), ("eval", "dev")]
)
def test_a_split_may_have_any_of_its_names(write, written, split):
    path = write({"tokens": ["a"], "label": 0, "split": written})
    assert read_examples(path).examples[0].split == split


@pytest.mark.parametrize("name", ["data.jsonl.gz", "DATA.JSONL.GZ"])
def test_gzip_is_read_by_its_suffix(tmp_path, name):
    path = tmp_path / name
    with gzip.open(path, "wt") as file:
        file.write('{"tokens": ["a"], "label": 1, "source": "ignored"}\n')
    assert read_examples(path).examples == [Example(("a",), 1)]


@pytest.mark.parametrize(
    ("record", "complaint"),
    [
        ({"tokens": [], "label": 0}, "line 1, tokens: found [], expected"),
        ({"tokens": ["a", 3], "label": 0}, "line 1, tokens: found 3, expected text"),
        ({"tokens": ["a"]}, "line 1, label: found None, expected a name or an integer"),
        ({"tokens": ["a"], "label": True}, "line 1, label: found True"),
        ({"tokens": ["a"], "label": -1}, "line 1, label: found -1"),
        ({"tokens": ["a"], "label": 10**12}, "line 1, label: found 1000000000000, expected a name or an integer"),
        ({"tokens": ["a"], "label": "other"}, "line 1, label: found other, expected one of no, yes"),
        ({"tokens": ["a"], "label": 2}, "line 1, label: found 2, expected one of no, yes"),
        ({"tokens": ["a"], "label": 0, "marks": "+."}, "line 1, marks: found 2 letters, expected 1"),
        ({"tokens": ["a"], "label": 0, "marks": "x"}, "line 1, marks: found x, expected a string of the letters"),
        ({"tokens": ["a"], "label": 0, "z": [2]}, "line 1, z: found [2], expected a list of 0 and 1"),
        ({"tokens": ["a"], "label": 0, "z": [1, 0]}, "line 1, z: found 2 values, expected 1"),
        ({"tokens": ["a"], "label": 0, "rationale": [1]}, "line 1, rationale: found [1], expected a list of token"),
        ({"tokens": ["a"], "label": 0, "split": "later"}, "line 1, split: found later, expected one of train"),
        ({"tokens": ["a"], "label": 0, "id": 7}, "line 1, id: found 7, expected text"),
        ([1], "line 1: found an array of something other than objects, expected an array of objects such as"),
    ],
)
def test_a_bad_line_is_refused_in_one_sentence(write, record, complaint):
    with pytest.raises(ExampleError) as raised:
        read_examples(write(record), labels=["no", "yes"])
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "found an empty file"),
        (b'{"tokens": \n', "line 1: found broken JSON"),
        (b'{"tokens": ["a"], "label": 0}\n"\xff"\n', "found byte 0xff, expected UTF-8"),
    ],
)
def test_a_broken_file_is_refused_in_one_sentence(tmp_path, content, complaint):
    path = tmp_path / "data.jsonl"
    path.write_bytes(content)
    with pytest.raises(ExampleError, match=complaint):
        read_examples(path)


def test_a_damaged_gzip_is_refused_in_one_sentence(tmp_path):
    path = tmp_path / "data.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"tokens": ["a"], "label": 0}\n' * 100)[:-9])
    with pytest.raises(ExampleError, match="damaged gzip"):
        read_examples(path)


def test_names_and_integers_do_not_mix_without_given_names(write):
    with pytest.raises(ExampleError, match="line 2, label: found 1, expected a name"):
        read_examples(write({"tokens": ["a"], "label": "x"}, {"tokens": ["b"], "label": 1}))


def test_an_example_has_one_mark_per_token():
    with pytest.raises(ExampleError, match="found 2 letters, expected 1"):
        Example(("a",), 1, "+.")


def test_sentences_need_no_label(write):
    assert read_sentences(write({"tokens": ["a", "b"], "id": "x"})) == [("x", ("a", "b"), None)]


_token = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)


@st.composite
def _examples(draw):
    tokens = tuple(draw(st.lists(_token, min_size=1, max_size=6)))
    letters = st.text(alphabet=MARKS, min_size=len(tokens), max_size=len(tokens))
    return Example(
        tokens=tokens,
        label=draw(st.integers(0, 2)),
        marks=draw(st.none() | letters),
        query=draw(st.none() | st.lists(_token, min_size=1, max_size=3).map(tuple)),
        id=draw(st.none() | _token),
        split=draw(st.none() | st.sampled_from(SPLITS)),
    )


@pytest.mark.parametrize("name", ["data.jsonl", "data.jsonl.gz"])
@given(examples=st.lists(_examples(), min_size=1, max_size=4))
def test_written_examples_are_read_back(tmp_path_factory, name, examples):
    path = tmp_path_factory.mktemp("examples") / name
    labels = ("none", "event", "other")
    write_examples(path, examples, labels)
    assert read_examples(path, labels=labels) == (examples, labels)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "lines", "positive"), [("litbank", 8562, 3742), ("hatexplain", 18972, 11158), ("cbt_ne", 46261, 15694)]
)
def test_the_shared_data_sets_are_read_as_they_are(shared_data, name, lines, positive):
    read = read_examples(shared_data / name / f"{name}.jsonl.gz")
    assert read.labels == ("0", "1")
    assert len(read.examples) == lines
    assert sum(example.label for example in read.examples) == positive
    assert all(example.marks is not None for example in read.examples)

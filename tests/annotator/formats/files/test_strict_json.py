"""Whatever reads JSON from people refuses the same of it, in one sentence."""

import csv
import io
import json
import re

import pytest

from annotator.errors import CannotSimulate
from annotator.formats.faults import BadInput, Faults, Unfit
from annotator.formats.files.strict_json import parse_object, parse_part, part_or_text
from annotator.formats.tables.table import read_csv
from annotator.outside.bringing import METADATA, _metadata
from annotator.simulation.habits_file import read_people
from learner.data.example import ExampleError, read_examples

REFUSED = {
    "infinite": ('["a", Infinity]', "the number Infinity"),
    "too large": ('["a", 1e999]', "the number 1e999"),
    "digits": (f"[{'9' * 5_000}]", "a number of thousands of digits"),
    "twice": ('[{"start": 0, "start": 1, "end": 2}]', "the field twice"),
    "half": (r'["a", "\ud800"]', "half a character"),
    "deep": ("[" * 200 + "]" * 200, "JSON of more than 100 levels"),
    "deeper": ("[" * 100_000 + "]" * 100_000, "JSON of more than 100 levels"),
    "values": (f"[{'0,' * 200_000}0]", "200,00. values"),
}
EACH = pytest.mark.parametrize(("part", "found"), REFUSED.values(), ids=REFUSED.keys())
BROKEN = ['[1], "b": 2', "[1]]", "[1,]", "[sic] it sank", "{x"]


@EACH
def test_an_object_and_a_part_of_it_are_read_as_strictly(part, found):
    with pytest.raises(Unfit, match=found):
        parse_object(f'{{"text": "a", "x": {part}}}')
    with pytest.raises(Unfit, match=found):
        parse_part(part)
    assert part_or_text(part) == part


@pytest.mark.parametrize("text", BROKEN)
def test_text_that_is_no_json_stays_text(text):
    assert part_or_text(text) == text
    with pytest.raises(Unfit, match=r"found broken JSON at column \d .*, expected a list or an object as JSON"):
        parse_part(text)


def faults_of_table(part):
    file = io.StringIO()
    csv.writer(file).writerows([("text", "label", "rationale"), ("It sank.", "x", part)])
    faults = Faults("file")
    assert not list(read_csv(io.BytesIO(file.getvalue().encode()), faults))
    with pytest.raises(BadInput) as refused:
        faults.raise_if_any()
    return [str(fault) for fault in refused.value.faults]


@EACH
def test_a_cell_that_is_read_as_a_list_is_refused_by_its_column(part, found):
    if len(part) < 130_000:  # a longer cell is refused as such
        (fault,) = faults_of_table(part)
        assert re.match(f"Line 2, rationale: found {found}", fault)


@pytest.mark.parametrize("part", ['[1], "b": 2', '[0], "": [1]'])
def test_what_follows_a_list_in_its_cell_is_not_left_out(part):
    (fault,) = faults_of_table(part)
    assert fault.startswith("Line 2, rationale: found broken JSON at column 4 (Extra data)")


@EACH
def test_the_learner_refuses_it_in_a_sentence(tmp_path, part, found):
    (tmp_path / "a.jsonl").write_text(f'{{"tokens": ["It", "sank"], "label": "x", "other": {part}}}\n')
    with pytest.raises(ExampleError, match=rf"a\.jsonl line 1.*: found {found}"):
        read_examples(tmp_path / "a.jsonl")
    if len(part) < 130_000:
        with (tmp_path / "a.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("tokens", "label"), (part, "x")])
        with pytest.raises(ExampleError, match=rf"a\.csv row 1, tokens: found {found}"):
            read_examples(tmp_path / "a.csv")


def test_the_learner_reads_nan_as_no_value(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"tokens": ["It", "sank"], "label": "x", "score": NaN}\n')
    assert len(read_examples(tmp_path / "a.jsonl").examples) == 1


@pytest.mark.parametrize("number", ["Infinity", "-Infinity", "1e999", '[{"y": Infinity}]'])
def test_the_learner_names_the_field_of_a_number_that_is_not_finite(tmp_path, number):
    (tmp_path / "a.jsonl").write_text(f'{{"tokens": ["It"], "nan": NaN, "label": "x", "emb": {number}}}\n')
    with pytest.raises(ExampleError, match=r"a\.jsonl line 1, emb: found the number .*, expected finite numbers"):
        read_examples(tmp_path / "a.jsonl")


@pytest.mark.parametrize("field", ["id", "label", "marks", "z", "rationale", "split", "query_tokens", "text"])
def test_the_learner_refuses_nan_in_a_field_that_it_reads(tmp_path, field):
    line = {"tokens": ["It", "sank"], "label": "x", "score": float("nan")}
    lines = [line, line | {field: float("nan")}]
    (tmp_path / "a.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in lines))
    with pytest.raises(ExampleError, match=rf"a\.jsonl line 2, {field}: found NaN, expected a value"):
        read_examples(tmp_path / "a.jsonl")


def test_the_learner_reads_a_file_with_a_byte_order_mark(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"tokens": ["It", "sank"], "label": "x"}\n', encoding="utf-8-sig")
    assert len(read_examples(tmp_path / "a.jsonl").examples) == 1


@EACH
def test_the_people_of_a_simulation_are_refused_in_a_sentence(tmp_path, part, found):
    (tmp_path / "people.json").write_text(f'[{{"name": "Ann", "share": {part}}}]')
    with pytest.raises(CannotSimulate, match=rf"people\.json is not JSON that can be read \({found}"):
        read_people(tmp_path / "people.json", ("x", "y"))


@EACH
def test_the_metadata_of_a_pool_that_is_no_such_json_is_a_field(part, found):
    written = f'{{"x": {part}}}'
    assert _metadata({METADATA: written}, []) == {"metadata": written}, found
    assert _metadata({METADATA: json.dumps({"x": 1})}, []) == {"x": 1}


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        ('{"source": "x", "score": NaN}', {"source": "x", "score": None}),
        (' {"source": "z"}\n', {"source": "z"}),
        ("null", {}),
        (" null ", {}),
        ("NaN", {}),
        ("[1, NaN]", {"metadata": [1, None]}),
        ("{x", {"metadata": "{x"}),
    ],
)
def test_the_metadata_of_a_pool_may_have_nan_nulls_and_space_around_it(written, fields):
    assert _metadata({METADATA: written}, []) == fields

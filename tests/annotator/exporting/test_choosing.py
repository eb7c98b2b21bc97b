from pathlib import Path

import pytest

from annotator.errors import BadLayout, CannotExport
from annotator.exporting.choosing import Choice, choose, format_with
from annotator.exporting.registry import FORMATS, SUFFIXES, FileFormat


@pytest.mark.parametrize(
    ("name", "kind", "format", "chosen"),
    [
        ("out.jsonl", None, None, Choice("answers", "jsonl")),
        ("out.jsonl.gz", None, None, Choice("answers", "jsonl")),
        ("out.gz", None, None, Choice("answers", "jsonl")),
        ("-", None, None, Choice("answers", "jsonl")),
        ("out", None, None, Choice("answers", "jsonl")),
        ("out.jsonl", "examples", None, Choice("examples", "jsonl")),
        ("-", "examples", None, Choice("examples", "jsonl")),
        ("-", None, "csv", Choice("examples", "csv")),
        ("OUT.CSV", None, None, Choice("examples", "csv")),
        ("out.csv.gz", None, None, Choice("examples", "csv")),
        ("out.csv", None, "spans-csv", Choice("examples", "spans-csv")),
        ("out.parquet", None, None, Choice("examples", "parquet")),
        ("out", None, "huggingface", Choice("examples", "huggingface")),
        ("out", "answers", "jsonl", Choice("answers", "jsonl")),
        ("out.spacy", None, None, Choice("examples", "spacy")),
    ],
)
def test_the_name_and_what_is_asked_for_say_what_is_written(name, kind, format, chosen):
    assert choose(Path(name), kind=kind, format=format) == chosen


@pytest.mark.parametrize(
    ("name", "kind", "format", "refusal"),
    [
        ("out.csv", "answers", None, "Answers are exported as JSON lines alone, not as CSV"),
        (
            "out.csv",
            None,
            "parquet",
            "out.csv would hold Parquet, but .csv means a table; choose a name that ends in .par",
        ),
        ("out.parquet", None, "csv", "out.parquet would hold CSV, but .parquet means binary data"),
        ("out.parquet.gz", None, "parquet", "would hold Parquet, but .gz means gzip data"),
        (
            "out.csv",
            None,
            "huggingface",
            "would hold a data set of Hugging Face, but .csv means a table; choose another",
        ),
        ("-", None, "huggingface", "Standard output cannot be a data set of Hugging Face"),
        ("out", "examples", None, "does not say in which format"),
        ("out.jsonl", None, "xml", "There is no format 'xml'; choose one of jsonl"),
    ],
)
def test_a_contradiction_is_refused(name, kind, format, refusal):
    with pytest.raises(CannotExport, match=refusal):
        choose(Path(name), kind=kind, format=format)


@pytest.mark.parametrize("format", FORMATS)
def test_a_separator_is_refused_where_there_is_none(format):
    if format in ("csv", "spans-csv"):
        assert format_with(format, "semicolon") != FORMATS[format]
        with pytest.raises(BadLayout, match="give one character"):
            format_with(format, "ab")
    else:
        with pytest.raises(CannotExport, match="has no separator; --separator is for csv or spans-csv"):
            format_with(format, ";")
    assert format_with(format, None) == FORMATS[format]


def test_a_suffix_stands_for_one_format():
    chosen = [each for each in FORMATS.values() if not isinstance(each, FileFormat) or each.is_chosen_by_suffix]
    assert len(SUFFIXES) == sum(len(each.suffixes) for each in chosen)


@pytest.mark.parametrize("suffix", sorted({suffix for each in FORMATS.values() for suffix in each.suffixes}))
def test_a_suffix_chooses_its_format_and_no_other_format_takes_it(suffix):
    assert choose(Path(f"out{suffix}"), kind="examples") == Choice("examples", SUFFIXES[suffix])
    for name, each in FORMATS.items():
        for kind in (None, "examples"):
            if suffix in each.suffixes:
                assert choose(Path(f"out{suffix}"), kind=kind, format=name).format == name
            else:
                with pytest.raises(CannotExport, match=f"would hold .*, but {suffix} means .*; choose "):
                    choose(Path(f"out{suffix}"), kind=kind, format=name)

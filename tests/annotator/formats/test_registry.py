from pathlib import Path

import pytest

from annotator.formats.faults import BadInput
from annotator.formats.registry import find_format


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a.jsonl", "native"),
        ("a.JSON.GZ", "native"),
        ("a.gz", "native"),
        ("a.txt", "text"),
        ("a.b.txt.gz", "text"),
        ("a.CSV", "csv"),
        ("a.tsv.gz", "tsv"),
    ],
)
def test_the_suffix_says_the_format(name, format):
    assert find_format(Path(name), None) == format


@pytest.mark.parametrize("name", ["a", "a.xls", "a.docx.gz"])
def test_other_suffixes_are_refused_with_the_ones_that_work(name):
    with pytest.raises(BadInput, match=r"expected \.jsonl.*native, text, csv, tsv"):
        find_format(Path(name), None)


@pytest.mark.parametrize(
    ("name", "instead"),
    [("a.ann", "the folder with the anno"), ("a.arrow", "the folder"), ("a.zip", "unpack it first")],
)
def test_a_part_or_a_package_of_something_is_refused_with_what_to_import(name, instead):
    with pytest.raises(BadInput, match=instead):
        find_format(Path(name), None)


def test_a_named_format_wins_over_the_suffix_and_must_exist():
    assert find_format(Path("a.jsonl"), "text") == "text"
    with pytest.raises(BadInput, match="format: found 'xlsx', expected one of native, text, csv, tsv"):
        find_format(Path("a.jsonl"), "xlsx")

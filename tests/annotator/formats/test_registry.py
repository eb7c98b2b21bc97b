from pathlib import Path

import pytest

from annotator.formats.faults import BadInput
from annotator.formats.registry import format_of


@pytest.mark.parametrize(
    ("name", "format"),
    [("a.jsonl", "native"), ("a.JSON.GZ", "native"), ("a.gz", "native"), ("a.txt", "plain"), ("a.b.txt.gz", "plain")],
)
def test_the_suffix_says_the_format(name, format):
    assert format_of(Path(name)) == format


@pytest.mark.parametrize("name", ["a", "a.csv", "a.xlsx.gz"])
def test_other_suffixes_are_refused_with_the_ones_that_work(name):
    with pytest.raises(BadInput, match=r"expected \.jsonl.*native, plain"):
        format_of(Path(name))

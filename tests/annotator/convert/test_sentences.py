import pytest

from annotator.convert.sentences import sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It fell. Then it rained.", ["It fell.", "Then it rained."]),
        ("Mr. Hill met J. R. Dee in the U.S. Army.", ["Mr. Hill met J. R. Dee in the U.S. Army."]),
        ("“It fell!” (Nobody came?) 2,000 left…", ["“It fell!”", "(Nobody came?)", "2,000 left…"]),
        ("It cost 3.5 dollars. no capital here.", ["It cost 3.5 dollars. no capital here."]),
        ("one line\nwrapped\n \nanother", ["one line\nwrapped", "another"]),
        ("Then (Dr. Fox) spoke. He left.", ["Then (Dr. Fox) spoke.", "He left."]),
        ("  \n\n ", []),
    ],
)
def test_sentences_end_where_the_rule_says(text, expected):
    assert [text[start:end] for start, end in sentences(text, 0, len(text))] == expected


def test_a_stretch_that_must_stay_whole_is_not_cut_and_its_surroundings_are():
    text = "A one. B two. C three. D four."
    found = [text[start:end] for start, end in sentences(text, 0, len(text), whole=[(9, 15)])]
    assert found == ["A one.", "B two. C three.", "D four."]

import io

import pytest

from annotator.formats.faults import BadInput, Faults
from annotator.formats.fields import Fields
from annotator.formats.plain import read


def read_text(data):
    faults = Faults("file")
    rows = list(read(io.BytesIO(data), faults))
    faults.raise_if_any()
    return rows


def test_each_line_is_a_sentence_and_nothing_but_its_text():
    rows = read_text("First one.\r\n\r\n  «Zweitens»\n".encode())
    assert [(row.line, row.text, row.tokens) for row in rows] == [
        (1, "First one.", ("First", "one", ".")),
        (3, "  «Zweitens»", ("«", "Zweitens", "»")),
    ]
    assert {(row.external_id, row.label, row.split) for row in rows} == {(None, None, None)}


def test_plain_text_has_no_fields_to_choose():
    faults = Faults("file")
    assert list(read(io.BytesIO(b"a"), faults, fields=Fields(label="class"))) == []
    with pytest.raises(BadInput, match="class: found plain text, which has no fields"):
        faults.raise_if_any()


def test_unpacked_limits_and_control_characters_are_refused_with_their_lines():
    with pytest.raises(BadInput) as error:
        read_text(b"fine\n" + b"x" * 1_000_000 + b"\nvertical\x0btab\n")
    assert [str(fault) for fault in error.value.faults] == [
        "Line 2, text: found 1,000,000 characters, expected at most 100,000.",
        "Line 3, text: found the control character U+000B at character 9, "
        "expected text whose only control characters are tab and newline.",
    ]

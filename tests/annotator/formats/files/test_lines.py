import gzip
import io

import pytest

from annotator.formats.faults import BadInput, Faults
from annotator.formats.files.lines import MOST_BYTES, read_lines


def lines_of(data):
    faults = Faults("file")
    lines = list(read_lines(io.BytesIO(data), faults))
    faults.raise_if_any()
    return lines


def faults_of(data):
    with pytest.raises(BadInput) as error:
        lines_of(data)
    return [str(fault) for fault in error.value.faults]


def test_lines_keep_their_numbers_and_blank_ones_are_skipped():
    assert lines_of(b"a\n\n \t\r\nb\r\n\xc2\xa0\nc") == [(1, "a"), (4, "b"), (6, "c")]


def test_only_line_feeds_end_a_line():
    text = "a\u2028b\u0085c\x0bd\re"
    assert lines_of(text.encode()) == [(1, text)]


def test_byte_order_mark_is_dropped_from_the_first_line_only():
    assert lines_of(b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n") == [(1, "a"), (2, "\ufeffb")]


def test_gzip_is_recognised_by_content():
    assert lines_of(gzip.compress(b"a\nb\n")) == [(1, "a"), (2, "b")]


@pytest.mark.parametrize("data", [b"", b"\n\n", b" \n\t\n", gzip.compress(b"", mtime=0), b"\xef\xbb\xbf\n"])
def test_a_file_without_sentences_is_refused(data):
    assert faults_of(data) == ["The file: found no sentences, expected at least one line with a sentence."]


def test_invalid_utf8_is_named_by_line_and_byte():
    (sentence,) = faults_of(b"ab\ncd\xffe\nf\n")
    found = "Line 2: found the byte 0xFF at byte 5 of the file"
    assert sentence == f"{found}, expected UTF-8; save the file as UTF-8, or say what it is with --encoding."


def test_byte_offsets_count_the_byte_order_mark():
    assert "at byte 4 of the file" in faults_of(b"\xef\xbb\xbfa\xff\n")[0]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf16_is_named(encoding):
    assert faults_of("First sentence.\nSecond.\n".encode(encoding)) == [
        "The file: found what looks like UTF-16 or UTF-32, expected UTF-8 text, plain or packed with gzip."
    ]


@pytest.mark.parametrize("data", [b"PK\x03\x04 xlsx", b"SQLite format 3\x00"])
def test_other_files_are_recognised_by_their_first_bytes(data):
    (sentence,) = faults_of(data)
    assert "expected UTF-8 text" in sentence


def test_a_long_line_is_refused_and_the_next_one_is_read():
    (sentence,) = faults_of(b"a\n" + b"x" * (MOST_BYTES + 1) + b"\nb\n")
    assert sentence == "Line 2: found 1,048,578 bytes, expected at most 1,048,576 bytes on a line."


def test_a_line_with_annotations_may_be_longer():
    line = b'{"annotations": "' + b"x" * MOST_BYTES + b'"}'
    assert [number for number, _ in lines_of(line + b"\n")] == [1]


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-12], lambda data: data[:-8] + b"\0" * 8, lambda data: data + b"x"]
)
def test_damaged_gzip_is_reported_with_the_line_before_it(damage):
    sentences = faults_of(damage(gzip.compress(b"a\nb\nc\n" * 1000)))
    assert "found damaged gzip data" in sentences[-1]

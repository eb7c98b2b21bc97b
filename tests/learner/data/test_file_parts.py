import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learner.data.file_parts import cut_parts, fingerprint_of, merge, write_missing
from learner.errors import PartError

LENGTHS = [5, 1, 1, 1, 1, 1, 10, 2]


def records(start, end):
    return ({"row": row} for row in range(start, end))


def fail(start, end):
    raise OSError("the machine went down")


@given(st.lists(st.integers(1, 2_000_000), min_size=1, max_size=30), st.integers(1, 5))
def test_parts_hold_every_row_once_in_order(tmp_path_factory, lengths, processes):
    parts = cut_parts(tmp_path_factory.getbasetemp() / "out", lengths, processes=processes, fingerprint="f" * 64)
    rows = [row for part in parts for row in range(part.start, part.end)]
    assert rows == list(range(len(lengths)))
    assert all(part.start < part.end for part in parts)


def test_parts_have_about_equally_many_words(tmp_path):
    two = cut_parts(tmp_path / "out", LENGTHS, processes=2, fingerprint="f")
    assert [(part.start, part.end) for part in two] == [(0, 6), (6, 8)]
    even = cut_parts(tmp_path / "out", [3] * 12, processes=4, fingerprint="f")
    assert [part.end - part.start for part in even] == [3, 3, 3, 3]


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_parts_are_merged_in_order_and_removed(tmp_path, name):
    parts = cut_parts(tmp_path / name, LENGTHS, processes=3, fingerprint="f")
    assert write_missing(list(reversed(parts)), records) == 0
    merge(parts, tmp_path / name)
    packed = (tmp_path / name).read_bytes()
    lines = gzip.decompress(packed) if name.endswith(".gz") else packed
    assert [json.loads(line)["row"] for line in lines.splitlines()] == list(range(8))
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_restart_writes_only_what_is_missing_or_damaged(tmp_path):
    parts = cut_parts(tmp_path / "out", [1] * 9, processes=3, fingerprint="f")
    with pytest.raises(OSError, match="went down"):
        write_missing(parts, lambda start, end: fail(start, end) if start else records(start, end))
    parts[1].write(records(3, 6))
    parts[1].path.write_bytes(parts[1].path.read_bytes().replace(b"4", b"7"))
    written = []
    assert write_missing(parts, lambda start, end: written.append(start) or records(start, end)) == 1
    assert written == [3, 6]
    merge(parts, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "".join(f'{{"row": {row}}}\n' for row in range(9))


def test_a_part_that_was_damaged_before_the_merge_is_refused_and_what_was_there_stays(tmp_path):
    (tmp_path / "out").write_text("earlier")
    parts = cut_parts(tmp_path / "out", [1] * 4, processes=2, fingerprint="f")
    write_missing(parts, records)
    parts[1].path.write_text("{}\n")
    with pytest.raises(PartError, match="missing or damaged: run the same command again"):
        merge(parts, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "earlier"
    assert write_missing(parts, records) == 1


def test_parts_of_another_model_or_other_data_are_not_used(tmp_path):
    (tmp_path / "model").write_text("one")
    first = fingerprint_of(tmp_path / "model")
    (tmp_path / "model").write_text("two")
    earlier = cut_parts(tmp_path / "out", LENGTHS, processes=2, fingerprint=first)
    write_missing(earlier, records)
    parts = cut_parts(tmp_path / "out", LENGTHS, processes=2, fingerprint=fingerprint_of(tmp_path / "model"))
    assert write_missing(parts, records) == 0
    merge(parts, tmp_path / "out")
    assert all(part.is_whole() for part in earlier)

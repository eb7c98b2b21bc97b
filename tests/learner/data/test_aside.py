"""What is written aside gets its name when it is complete and on the disk, or not at all."""

import gzip
import os
import stat

import pytest

from learner.data.aside import aside, put_in_place, remove_left, written_aside
from learner.data.jsonlines import write_lines


def test_a_block_that_raises_leaves_what_was_there(tmp_path):
    (tmp_path / "a").write_text("before")
    with pytest.raises(ValueError), written_aside(tmp_path / "a") as file:
        file.write(b"half")
        raise ValueError
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("a", "before")]


def test_a_folder_that_is_not_put_in_place_is_removed(tmp_path):
    with aside(tmp_path / "a") as half:
        half.mkdir()
        (half / "file").touch()
    assert os.listdir(tmp_path) == []


def test_a_folder_is_put_in_place_with_all_that_is_in_it(tmp_path):
    with aside(tmp_path / "a") as half:
        half.mkdir()
        (half / "file").write_text("here")
        put_in_place(half, tmp_path / "a")
    assert (tmp_path / "a" / "file").read_text() == "here"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_lines_are_on_the_disk_before_their_name(tmp_path, monkeypatch, name):
    done, fsync = [], os.fsync

    def watched(handle):
        done.append(("file" if stat.S_ISREG(os.fstat(handle).st_mode) else "folder", (tmp_path / name).exists()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    write_lines(tmp_path / name, [{"text": "é"}])
    assert done == [("file", False), ("folder", True)]


def test_the_same_lines_are_the_same_bytes_when_they_are_packed(tmp_path):
    for name in ("a.jsonl.gz", "B.JSONL.GZ"):
        write_lines(tmp_path / name, [{"text": "é"}])
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "B.JSONL.GZ").read_bytes()
    assert gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes()).decode() == '{"text": "é"}\n'


def test_what_killed_processes_left_is_removed_and_nothing_else(tmp_path):
    with aside(tmp_path / "state") as left, aside(tmp_path / "other-state") as of_another:
        for each in (tmp_path / "state", tmp_path / "other-state", left, of_another):
            each.touch()
        remove_left(tmp_path / "state")
        assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "state", tmp_path / "other-state", of_another])

"""A file written aside gets its name once it is whole and on the disk, or not at all."""

import os
import stat
import threading
from pathlib import Path

import pytest

from db.aside import aside, mark_of, put_in_place, remove_left


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_takes_the_place_of_the_one_before_and_is_its_owners_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("before")
    with aside(tmp_path / "a.txt") as half:
        half.write_text("now")
        assert (tmp_path / "a.txt").read_text() == "before"
        put_in_place(half, tmp_path / "a.txt")
    assert [(each.name, each.read_text(), mode_of(each)) for each in tmp_path.iterdir()] == [("a.txt", "now", 0o600)]


def test_a_folder_is_put_in_place_with_all_that_is_in_it(tmp_path: Path) -> None:
    with aside(tmp_path / "round", is_folder=True) as half:
        assert mode_of(half) == 0o700
        (half / "inner").mkdir()
        (half / "inner" / "file").write_text("here")
        put_in_place(half, tmp_path / "round")
    assert os.listdir(tmp_path) == ["round"]
    assert (tmp_path / "round" / "inner" / "file").read_text() == "here"


def test_the_many_files_of_a_folder_reach_the_disk_before_its_name_a_few_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    two, fsync = threading.Barrier(2, timeout=10), os.fsync

    def note(descriptor: int) -> None:
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode):
            two.wait()  # one alone would wait in vain
        fsync(descriptor)
        synced.append(status.st_ino)

    monkeypatch.setattr(os, "fsync", note)
    with aside(tmp_path / "export", is_folder=True) as half:
        for number in range(20):
            (half / f"{number}.txt").write_text("text")
        inodes = {each.stat().st_ino for each in (half, *half.iterdir())}
        put_in_place(half, tmp_path / "export")
    assert set(synced[:-1]) == inodes
    assert synced[-2:] == [(tmp_path / "export").stat().st_ino, tmp_path.stat().st_ino]


@pytest.mark.parametrize("is_folder", [False, True])
def test_a_block_that_raises_leaves_what_was_there(tmp_path: Path, is_folder: bool) -> None:
    (tmp_path / "a").write_text("before")
    with pytest.raises(ValueError), aside(tmp_path / "a", is_folder=is_folder) as half:
        (half / "file" if is_folder else half).write_text("half")
        raise ValueError
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("a", "before")]


def test_the_content_is_on_the_disk_before_the_name_and_the_name_before_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync = os.fsync

    def watched(handle: int) -> None:
        done.append("file" if stat.S_ISREG(os.fstat(handle).st_mode) else "folder")
        fsync(handle)

    def name(half: Path, path: Path) -> None:
        done.append("name")
        os.replace(half, path)

    monkeypatch.setattr(os, "fsync", watched)
    with aside(tmp_path / "a") as half:
        put_in_place(half, tmp_path / "a", name=name)
    assert done == ["file", "name", "folder"]


def test_what_killed_runs_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    path, others = tmp_path / "a[1]*.db", ["a[1]*.db", ".a[1]x.db.part-0", "a[1]*.db.part-0"]
    for name in [*others, mark_of(path) + "0", mark_of(path) + "0-wal"]:
        (tmp_path / name).touch()
    (tmp_path / (mark_of(path) + "1")).mkdir()
    (tmp_path / (mark_of(path) + "1") / "inner").touch()
    remove_left(path)
    assert sorted(os.listdir(tmp_path)) == sorted(others)


def test_what_an_owner_left_is_removed_while_others_write(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with aside(path) as anyones, aside(path, owner="one") as left, aside(path, owner="other") as others:
        remove_left(path, "one")
        assert [half.exists() for half in (anyones, left, others)] == [True, False, True]

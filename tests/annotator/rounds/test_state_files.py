"""How far work next to the rounds is: what was written is read, and nothing else that has the file's name."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from annotator.rounds import state_files
from annotator.rounds.files import make_round_folder, round_folder
from annotator.rounds.learning import rest
from annotator.rounds.learning.rest import RestOfPool, rest_of_pool
from annotator.rounds.looking_again import look_again_files
from annotator.rounds.looking_again.look_again import look_again_state
from annotator.rounds.looking_again.look_again_files import Looking
from annotator.rounds.state_files import WorkState
from db.learning import rounds
from db.records import OWNER
from db.store import Store
from db.team import project

Work = tuple[WorkState[Any], str, Any, Callable[[Store], Any]]

WORKS: dict[str, Work] = {
    "the rest": (
        rest.STATE,
        "reading.json",
        RestOfPool(3, 9, 1.5, 2**22 - 1, "boot 7"),
        lambda store: rest_of_pool(store, rounds.read(store, 1)),
    ),
    "looking again": (
        look_again_files.STATE,
        "look-again.json",
        Looking(0.5, 2.0, 1_000, None, None, 2**22 - 1, None),
        lambda store: look_again_state(store, actor=OWNER).looking,
    ),
}


@pytest.fixture
def served(store: Store) -> Store:
    """A project whose round serves, left some of the pool unread, and has a folder."""
    ended = rounds.queue(store, config={}, seed=0, last_annotation=None)
    rounds.advance(store, ended.id, "ready", metrics={"reading": {"left": 9}})
    project.serve_round(store, ended.id)
    make_round_folder(store, ended.id)
    return store


@pytest.fixture(params=WORKS)
def work(request: pytest.FixtureRequest) -> Work:
    return WORKS[request.param]


def test_a_state_is_read_as_it_was_written_until_it_is_removed(served: Store, work: Work) -> None:
    state, name, written, read = work
    state.write(served, 1, written)
    assert [file.name for file in round_folder(served, 1).iterdir()] == [name]
    assert read(served) == written
    state.remove(served, 1)
    state.remove(served, 1)
    assert read(served) is None


def test_what_is_not_a_whole_record_is_no_state(served: Store, work: Work) -> None:
    _, name, written, read = work
    whole = asdict(written)
    damaged: list[object] = [[], 7, {}, {"pid": 1}, whole | {"more": 1}, whole | {"pid": "1"}, whole | {"process": 7}]
    damaged += [whole | {"seconds": value} for value in ("1", None, float("nan"), 10**400)]
    texts = [
        *map(json.dumps, damaged),
        "",
        "{",
        "[" * 100_000,
        json.dumps(whole).replace(str(whole["seconds"]), "1e999"),
    ]
    for text in texts:
        (round_folder(served, 1) / name).write_text(text)
        assert read(served) is None, text[:200]


def test_a_link_in_place_of_a_state_is_not_followed(served: Store, work: Work, tmp_path: Path) -> None:
    _, name, written, read = work
    (tmp_path / "elsewhere.json").write_text(json.dumps(asdict(written)))
    (round_folder(served, 1) / name).symlink_to(tmp_path / "elsewhere.json")
    assert read(served) is None


def test_a_state_that_replaces_a_link_leaves_what_it_led_to(served: Store, work: Work, tmp_path: Path) -> None:
    state, name, written, read = work
    (tmp_path / "elsewhere.json").write_text("kept")
    (round_folder(served, 1) / name).symlink_to(tmp_path / "elsewhere.json")
    state.write(served, 1, written)
    assert (read(served), (tmp_path / "elsewhere.json").read_text()) == (written, "kept")


def test_a_state_that_may_not_be_looked_at_is_none(served: Store, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    state, _, written, read = work
    state.write(served, 1, written)

    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(state_files, "is_plain_file", refuse)
    assert read(served) is None

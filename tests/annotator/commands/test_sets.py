"""The commands about sets and tags, and the options that choose sentences."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from annotator.cli import main
from db.answers import annotations
from db.records import NewAnnotation
from db.store import Store
from db.team import people


@pytest.fixture
def run(store: Store) -> Callable[..., Any]:
    anna = people.add(store, "Anna", role="researcher")
    for sentence in (2, 5):
        annotations.add(store, NewAnnotation(sentence, anna.id, "answer", f"key-{sentence:05}", label=1))

    def run(*arguments: str) -> Any:
        result = invoke(store, *arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout.splitlines()[-1])

    return run


def invoke(store: Store, group: str, command: str, *rest: str) -> Result:
    return CliRunner().invoke(main, [group, command, str(store.path), *rest])


def test_one_sentence_that_is_not_asked_for_is_no_plural(
    store: Store, run: Callable[..., Any], add_sentences: Callable[..., list[int]]
) -> None:
    add_sentences(1, split="dev")
    run("set", "save", "open", "--unanswered")
    said = invoke(store, "set", "ask", "open").output
    assert "1 does not: it is in dev or test, shares a text with one that is, or has its answers." in said, said


def test_a_search_is_saved_asked_for_taken_back_renamed_and_deleted(store: Store, run: Callable[..., Any]) -> None:
    saved = run("set", "save", "open", "--unanswered", "--split", "pool", "--as", "Anna")
    assert saved == {"set": "open", "sentences": 8}
    assert run("set", "ask", "OPEN", "--of", "Anna") == {"set": "open", "sentences": 8, "left_out": 0, "of": ["Anna"]}
    (listed,) = run("set", "list")["sets"]
    assert listed | {"created_ms": 0} == {
        "id": 1,
        "name": "open",
        "search": {"answered": False, "split": "pool"},
        "saved_by": "Anna",
        "created_ms": 0,
        "sentences": 8,
        "answered": 0,
        "left": 8,
        "asked_of": ["Anna"],
        "to_come": 8,
    }
    assert "split pool, not answered" in invoke(store, "set", "list").output
    queue = CliRunner().invoke(main, ["queue", str(store.path)]).output
    assert queue.startswith("Before these: 8 of the set “open”, for Anna.")
    assert run("set", "take-back", "open") == {"set": "open"}
    assert run("set", "rename", "open", "left") == {"set": "left"}
    assert "cannot ask without a terminal" in invoke(store, "set", "delete", "left").output
    assert run("set", "delete", "left", "--yes") == {"set": "left"}
    assert run("set", "list") == {"sets": []}


def test_what_a_search_finds_is_tagged_and_exported(store: Store, run: Callable[..., Any]) -> None:
    assert run("tag", "add", "Event", "--label", "event") == {"tag": "event", "sentences": 2, "had_it": 0}
    assert run("tag", "add", "event", "--answered") == {"tag": "event", "sentences": 0, "had_it": 2}
    assert run("tag", "list") == {"tags": {"event": 2}}
    exported = CliRunner().invoke(main, ["export", str(store.path), "-", "--tag", "EVENT"])
    assert [json.loads(line)["sentence_tags"] for line in exported.stdout.splitlines()] == [["event"], ["event"]]
    run("set", "save", "events", "--tag", "event")
    assert run("tag", "remove", "event", "--set", "events") == {"tag": "event", "sentences": 2}
    assert run("tag", "list") == {"tags": {}}


def test_a_set_that_does_not_exist_is_one_sentence(store: Store, run: Callable[..., Any]) -> None:
    refused = invoke(store, "set", "ask", "nothing")
    assert (refused.exit_code, refused.stderr) == (
        1,
        "Error: The project has no set 'nothing'; `whylight set list` shows its sets.\n",
    )

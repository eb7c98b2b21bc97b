"""`whylight round compare`, and `whylight export` by what the model says."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from judged_rounds import Says, add_round

from annotator.cli import main
from db.records import Person
from db.store import Store

Run = Callable[..., Result]
FIRST, LAST = (0.9, 0.1, 0.0, 0.0), (0.0, 0.0, 0.1, 0.9)


@pytest.fixture
def run(empty_store: Store, add_sentences: Callable[..., list[int]], anna: Person) -> Run:
    """A project with two rounds: the second is right about one sentence more, and about a pool sentence otherwise."""
    test, pool = add_sentences(2, split="test"), add_sentences(2)
    gold = {"test": {test[0]: (1, "...+"), test[1]: (1, "...+")}}
    says = {each: Says(1, 0.7, LAST) for each in (*test, *pool)}
    add_round(empty_store, says | {test[0]: Says(0, 0.9, FIRST), pool[0]: Says(0, 0.55)}, gold=gold)
    add_round(empty_store, says, gold=gold, twin_of=1)
    add_round(empty_store, says | {pool[1]: Says(1, 0.55)}, gold=gold, serve=True)
    return lambda *arguments: CliRunner().invoke(main, [str(each) for each in arguments])


def last_line(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.output
    facts: dict[str, object] = json.loads(result.stdout.splitlines()[-1])
    return facts


def test_two_rounds_are_compared_in_words_and_in_numbers(run: Run, empty_store: Store) -> None:
    shown = run("round", "compare", empty_store.path, "1", "2", "--changed", "now-right", "--json")
    facts = last_line(shown)
    assert (facts["sentences"], facts["gained"], facts["lost"]) == (2, 1, 0)
    assert facts["counts"]["now right"] == 1  # type: ignore[index]
    (changed,) = facts["changed"]  # type: ignore[misc]
    assert (changed["before"]["label"], changed["after"]["label"]) == ("none", "event")
    assert "Round 1 → round 2, on 2 test sentences." in shown.output
    assert "1 now right, 0 now wrong (McNemar p = 1.00)." in shown.output
    assert "test-0 (event): The ship sank w0" in shown.output
    assert "  before: none 0.90, wrong, for The, ship" in shown.output
    assert "  after: event 0.70, right, for w0, sank" in shown.output


def test_a_twin_is_named_as_people_call_it(run: Run, empty_store: Store) -> None:
    facts = last_line(run("round", "compare", empty_store.path, "1-twin", "1", "--json"))
    assert (facts["before"], facts["after"], facts["changed"]) == ("1-twin", "1", [])


def test_what_cannot_be_compared_ends_with_one_sentence(run: Run, empty_store: Store) -> None:
    refused = run("round", "compare", empty_store.path, "1", "2", "--split", "dev")
    assert refused.exit_code == 1
    assert "Rounds 1 and 2 were not both judged on dev" in refused.output
    assert "'two' is not a round" in run("round", "compare", empty_store.path, "1", "two").output


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--model", "unsure"], ["pool-3"]),
        (["--changed-since", "1"], ["pool-2"]),
        (["--changed-since", "1", "--split", "test"], []),
        (["--model", "wrong"], []),
    ],
)
def test_an_export_is_limited_to_what_the_model_says(
    run: Run, empty_store: Store, options: list[str], found: list[str]
) -> None:
    target = empty_store.path.with_name("chosen.jsonl")
    done = run("export", empty_store.path, target, *options)
    assert done.exit_code == 0
    assert "By round 2, which serves." in done.stderr
    assert [json.loads(line)["id"] for line in target.read_text().splitlines()] == found


def test_an_export_asks_the_model_one_question(run: Run, empty_store: Store) -> None:
    asked = run("export", empty_store.path, "x.jsonl", "--model", "wrong", "--changed-since", "1")
    assert asked.exit_code != 0
    assert "--model and --changed-since contradict each other" in asked.output

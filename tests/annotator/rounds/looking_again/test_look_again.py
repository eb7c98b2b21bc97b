"""Look again: the answers that models trained without them find least likely, and how the looking behaves."""

import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from annotator.care.freeing import delete_round
from annotator.cli import main
from annotator.errors import CannotLookAgain
from annotator.processes import is_alive
from annotator.reviewing.review import list_shared, list_with_reopened, settle
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.looking_again.cross_validation import Confidences, save_confidences
from annotator.rounds.looking_again.look_again import cancel_look_again, describe, look_again_state, start_look_again
from annotator.rounds.looking_again.look_again_files import STATE, Looking, result_file
from annotator.rounds.looking_again.look_again_process import look_again
from annotator.rounds.looking_again.surprises import drawn, find_surprises, read_surprising
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import queue_round
from db.answers import annotations
from db.learning import rounds
from db.learning.round_records import Round
from db.queue import slots
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from db.team import audit, project

pytestmark = pytest.mark.slow

QUICK = RoundSettings(steps=40, vectors="random", queue_size=6, loss="none")
WRONG = 5
"""The sentence whose answer is an error: its ship sank, and people said that nothing happened."""


@pytest.fixture
def served(empty_store: Store, add_sentences, anna: Person) -> Store:
    """24 answered pool sentences where `sank` means an event, but for one error; dev and test; a round that serves."""
    for split, number in (("pool", 12), ("dev", 3), ("test", 3)):
        for words, label in ((("The", f"{split} ship", "sank"), 1), (("A", f"{split} boat", "slept"), 0)):
            for sentence in add_sentences(number, split=split, words=words):
                given = 0 if sentence == WRONG else label
                new = NewAnnotation(sentence, anna.id, "answer", f"key-{sentence:05}", given, "..+." if given else None)
                annotations.add(empty_store, new)
    with empty_store.writing() as db:
        db.execute("DELETE FROM slots")
    slots.create_missing(empty_store)
    queued = queue_round(empty_store, settings=QUICK, actor=OWNER)
    rounds.begin_next(empty_store)
    work_on_round(empty_store, queued.id)
    assert project.read(empty_store).serving_round == queued.id, rounds.read(empty_store, queued.id).error
    return empty_store


def log_of(store: Store) -> list[str]:
    return [line.action for line in audit.newest(store, 50)]


def test_the_error_comes_first_with_the_shading_of_a_model_that_has_not_seen_it(served: Store) -> None:
    assert find_surprises(served, actor=OWNER) is None
    look_again(served, 1)
    chosen = find_surprises(served, actor=OWNER)
    assert chosen is not None
    assert set(chosen.found.sentence_ids.tolist()) == set(range(1, 25)), "nothing of dev or test is looked at"
    (first, *_) = read_surprising(served, chosen, chosen.rows, actor=OWNER)
    assert (first.sentence.id, first.given, first.says, first.is_asked) == (WRONG, "none", "event", False)
    assert first.self_confidence < 0.5 < first.probability
    assert len(first.saliency) == 4
    shown = drawn(first)
    assert shown["sides"][0]["label"] == "event"
    assert max(map(abs, shown["sides"][0]["saliency"])) == 1
    assert shown["sides"][0]["words_for"] == ""
    constant = replace(chosen.round, metrics={"model": {"constant_labels": [1]}})
    (other, *_) = read_surprising(served, replace(chosen, round=constant), chosen.rows, actor=OWNER)
    assert (other.says, other.explained) == ("event", "none")
    assert (
        drawn(other)["sides"][0]["words_for"]
        == "Words for \u201cnone\u201d, although the model says \u201cevent\u201d."
    )
    assert look_again_state(served, actor=OWNER).looking is None


def test_looking_changes_no_answer_and_a_decision_takes_the_sentence_off_the_list(served: Store, ben: Person) -> None:
    look_again(served, 1)
    before = annotations.last_id(served)
    asked = CliRunner().invoke(main, ["look-again", "ask", str(served.path), f"pool-{WRONG - 1}"])
    assert asked.exit_code == 0, asked.output
    assert annotations.last_id(served) == before
    (reopened,) = list_with_reopened(served, list_shared(served, actor=OWNER), actor=OWNER)
    assert (reopened.sentence_id, reopened.is_settled, len(reopened.answers)) == (WRONG, False, 1)
    chosen = find_surprises(served, actor=OWNER)
    assert chosen is not None
    assert read_surprising(served, chosen, chosen.rows[:1], actor=OWNER)[0].is_asked
    settle(served, ben, WRONG, label=0, marks=None, key="decision-1")
    after = find_surprises(served, actor=OWNER)
    assert after is not None
    assert (len(after), after.settled) == (len(chosen) - 1, 1)
    assert WRONG not in [int(after.found.sentence_ids[one.row]) for one in after.rows]


def test_rounds_come_first(served: Store) -> None:
    at_work = rounds.queue(served, config={}, seed=0, last_annotation=None)
    rounds.begin_next(served)
    waited_for: list[str | None] = []

    def pause() -> None:
        looking = look_again_state(served, actor=OWNER).looking
        waited_for.append(looking and looking.waits_for)
        rounds.advance(served, at_work.id, "cancelled")

    look_again(served, 1, pause=pause)
    assert waited_for == [str(at_work.id)]
    assert find_surprises(served, actor=OWNER) is not None


def test_the_command_starts_a_process_waits_and_lists(served: Store) -> None:
    done = CliRunner().invoke(main, ["look-again", "start", str(served.path), "--wait", "--json"])
    assert done.exit_code == 0, done.output
    listed = CliRunner().invoke(main, ["look-again", "list", str(served.path), "--json"])
    found = json.loads(listed.stdout.splitlines()[-1])
    assert (found["round"], found["answers"][0]["sentence"]) == (1, f"pool-{WRONG - 1}")
    assert log_of(served)[0] == "look again started"


def test_a_second_start_is_refused_and_a_cancelled_one_is_gone(served: Store) -> None:
    begun = rounds.queue(served, config={}, seed=0, last_annotation=None)
    rounds.begin_next(served)
    rounds.beat(served, begun.id)
    start_look_again(served, actor=OWNER)
    looking = look_again_state(served, actor=OWNER).looking
    assert looking is not None
    with pytest.raises(CannotLookAgain, match="already looking"):
        start_look_again(served, actor=OWNER)
    cancel_look_again(served, actor=OWNER)
    assert not is_alive(looking.pid, looking.process)
    state = look_again_state(served, actor=OWNER)
    assert (state.looking, describe(state), log_of(served)[0]) == (None, "", "look again cancelled")


def test_a_look_is_seen_and_cancelled_after_another_round_serves(
    served: Store, landed_on: Callable[[int], Round]
) -> None:
    """Its process waits for the round at work, so it is still looking when the other one serves."""
    rounds.queue(served, config={}, seed=0, last_annotation=None)
    begun = rounds.begin_next(served)
    assert begun is not None
    rounds.beat(served, begun.id)
    start_look_again(served, actor=OWNER)
    before = look_again_state(served, actor=OWNER).looking
    assert before is not None
    landed_on(36)
    state = look_again_state(served, actor=OWNER)
    assert state.looks_by is not None and state.round is not None
    assert (state.looks_by.id, state.round.id, state.is_alive) == (1, 3, True)
    with pytest.raises(CannotLookAgain, match="already looking"):
        start_look_again(served, actor=OWNER)
    cancel_look_again(served, actor=OWNER)
    assert not is_alive(before.pid, before.process)
    assert look_again_state(served, actor=OWNER).looking is None


def test_a_look_that_failed_is_forgotten_once_another_starts(served: Store, landed_on: Callable[[int], Round]) -> None:
    STATE.write(served, 1, Looking(0.0, 0.0, 1, None, "The disk is full.", 1, None))
    landed_on(36)
    assert describe(look_again_state(served, actor=OWNER)) == "Looking again failed: The disk is full."
    rounds.queue(served, config={}, seed=0, last_annotation=None)
    begun = rounds.begin_next(served)
    assert begun is not None
    rounds.beat(served, begun.id)
    start_look_again(served, actor=OWNER)
    cancel_look_again(served, actor=OWNER)
    assert describe(look_again_state(served, actor=OWNER)) == ""


def test_a_process_that_was_killed_is_said_to_have_ended(served: Store) -> None:
    rounds.queue(served, config={}, seed=0, last_annotation=None)
    rounds.begin_next(served)
    start_look_again(served, actor=OWNER)
    looking = look_again_state(served, actor=OWNER).looking
    assert looking is not None
    os.kill(looking.pid, signal.SIGKILL)
    while is_alive(looking.pid, looking.process):
        os.sched_yield()
    state = look_again_state(served, actor=OWNER)
    assert not state.is_alive
    assert "ended unexpectedly" in describe(state)
    cancel_look_again(served, actor=OWNER)
    assert describe(look_again_state(served, actor=OWNER)) == ""


def test_why_it_failed_is_a_sentence(served: Store) -> None:
    failing = rounds.queue(served, config={"encoder": "/none", "model": "evidence"}, seed=0, last_annotation=36)
    rounds.advance(served, failing.id, "ready")
    project.serve_round(served, failing.id)
    (result_file(served, failing.id).parent).mkdir()
    look_again(served, failing.id)
    told = describe(look_again_state(served, actor=OWNER))
    assert told.startswith("Looking again failed: ") and told.endswith(".")


def test_a_look_whose_round_is_deleted_ends_without_a_fault(served: Store, caplog: pytest.LogCaptureFixture) -> None:
    rounds.queue(served, config={}, seed=0, last_annotation=None)
    assert rounds.begin_next(served) is not None, "so the look waits"

    def delete() -> None:
        with served.writing() as db:
            db.execute("UPDATE project SET serving_round = NULL")
        delete_round(served, 1, actor=OWNER)

    look_again(served, 1, pause=delete)
    assert not result_file(served, 1).parent.exists()
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    assert "Round 1 was deleted, so looking again with its settings ended." in caplog.text


def test_a_result_that_cannot_be_read_is_said_to_be_so(served: Store) -> None:
    beyond = Confidences(*(np.ones(1, dtype=np.int64), np.full(1, 9), np.ones((1, 10)), np.arange(2), np.ones(1)))
    save_confidences(beyond, result_file(served, 1))
    for damaged in (b"", b"no archive", b"PK\x03\x04half", result_file(served, 1).read_bytes()):
        result_file(served, 1).write_bytes(damaged)
        with pytest.raises(CannotLookAgain, match="cannot be read"):
            find_surprises(served, actor=OWNER)


def test_a_link_in_place_of_a_result_is_not_followed(served: Store, tmp_path: Path) -> None:
    look_again(served, 1)
    result_file(served, 1).rename(tmp_path / "elsewhere.npz")
    result_file(served, 1).symlink_to(tmp_path / "elsewhere.npz")
    assert find_surprises(served, actor=OWNER) is None


def test_without_a_round_that_serves_or_with_few_answers_nothing_starts(
    empty_store: Store, add_sentences, anna: Person, landed_on: Callable[[int], Round]
) -> None:
    with pytest.raises(CannotLookAgain, match="No round serves yet"):
        start_look_again(empty_store, actor=OWNER)
    for sentence in add_sentences(19):
        annotations.add(empty_store, NewAnnotation(sentence, anna.id, "answer", f"key-{sentence:05}", sentence % 2))
    landed_on(19)
    with pytest.raises(CannotLookAgain, match="learned from 19 sentences; to look again takes 20"):
        start_look_again(empty_store, actor=OWNER)


@pytest.fixture
def landed_on(empty_store: Store) -> Callable[[int], Round]:
    """Let a round serve that learned from the answers up to this one."""

    def land(last: int) -> Round:
        queued = rounds.queue(empty_store, config={}, seed=0, last_annotation=last)
        rounds.advance(empty_store, queued.id, "ready")
        project.serve_round(empty_store, queued.id)
        return queued

    return land

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotator import jobs
from annotator.answering.screen import ScreenRequest, screen
from annotator.errors import CannotTrain, RoundFailed
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.rounds import start
from annotator.rounds.files import SCORES, round_folder, rounds_folder
from annotator.rounds.learning.pool_scores import load_scores
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.overview import rounds_overview
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import check_ready, follow_round, queue_round, start_round
from db.answers import annotations
from db.corpus import sentences
from db.errors import UnknownRound
from db.learning import predictions, rounds
from db.learning.round_records import Round
from db.queue import slots
from db.records import OWNER, Annotation, NewAnnotation, Person
from db.store import Store
from db.team import project

pytestmark = pytest.mark.slow

QUICK = RoundSettings(steps=40, vectors="random", queue_size=10)


def answer(store: Store, person: Person, sentence: int, label: int, marks: str | None = None) -> Annotation:
    key = f"{person.name}-{sentence:05}"
    return annotations.add(store, NewAnnotation(sentence, person.id, "answer", key, label=label, marks=marks))


@pytest.fixture
def answered(empty_store: Store, add_sentences, anna: Person) -> Store:
    """40 answered pool sentences, where `sank` means an event, and 20 open ones; 5 dev and 5 test answers."""
    events = add_sentences(20, words=("The", "ship", "sank"))
    others = add_sentences(20, words=("A", "boat", "slept"))
    held_out = add_sentences(5, split="dev", words=("Her", "barge", "sank"))
    held_out += add_sentences(5, split="test", words=("His", "raft", "sank"))
    for sentence in [*events, *held_out]:
        annotations.add(
            empty_store, NewAnnotation(sentence, anna.id, "answer", f"key-{sentence:05}", label=1, marks="..+.")
        )
    for sentence in others:
        annotations.add(empty_store, NewAnnotation(sentence, anna.id, "answer", f"key-{sentence:05}", label=0))
    with empty_store.writing() as db:
        db.execute("DELETE FROM slots")
    slots.create_missing(empty_store)
    add_sentences(10, words=("A", "ship", "sank"))
    add_sentences(10, words=("The", "boat", "slept"))
    return empty_store


def finish(store: Store, settings: RoundSettings = QUICK) -> Round:
    queued = queue_round(store, settings=settings, actor=OWNER)
    work_on_round(store, queued.id)
    return rounds.read(store, queued.id)


def test_a_round_lands_whole(answered: Store, ben: Person) -> None:
    ended = finish(answered)
    assert (ended.state, ended.error) == ("ready", None)
    assert ended.training_set["answers"] == 40
    assert ended.training_set["marked"] == 20
    assert ended.last_annotation == annotations.last_id(answered)
    assert ended.device in ("cpu", "cuda")
    assert ended.metrics["test"]["examples"] == 5
    assert project.read(answered).serving_round == ended.id
    head = slots.upcoming(answered, 10)
    assert {slot.round_id for slot in head} == {ended.id}
    assert [slot.reason for slot in head].count("random") == 2
    assert set(predictions.find(answered, ended.id, range(1, 100))) == {slot.sentence_id for slot in head}


def test_the_next_screen_is_shaded_by_the_round(answered: Store, ben: Person) -> None:
    ended = finish(answered)
    drawn = [each for each in screen(answered, ben)["queue"] if each["reason"].startswith("Chosen")]
    assert {each["round"] for each in drawn} == {ended.id}
    assert {tuple(sorted(each["saliency"])) for each in drawn} == {("gradient", "input_x_gradient")}
    assert all(max(map(abs, scores)) == 1 for each in drawn for scores in each["saliency"].values())


def test_the_sentence_on_screen_stays_and_is_shaded_too(answered: Store, ben: Person) -> None:
    shown = screen(answered, ben)["queue"][0]["sentence_id"]
    finish(answered, replace(QUICK, queue_size=1))
    first = screen(answered, ben, ScreenRequest(holding=[shown]))["queue"][0]
    assert first["sentence_id"] == shown
    assert first["saliency"] is not None


def test_the_saliency_file_holds_every_word_of_the_pool_and_of_the_answered_sentences(answered: Store) -> None:
    ended = finish(answered)
    saliency = np.load(answered.path.parent / str(ended.saliency_file))
    scores = load_scores(round_folder(answered, ended.id) / SCORES, answered.path)
    assert ended.metrics["scores"]["pool"] == 20
    assert set(scores.sentence_ids.tolist()) == {one.id for page in sentences.pages(answered) for one in page}
    assert saliency.shape == (len(scores.sentence_ids) * 4, 2)
    assert np.isfinite(saliency).all()
    assert np.abs(saliency).sum() > 0


def test_the_same_seed_makes_the_same_round(answered: Store) -> None:
    first, second, other = finish(answered), finish(answered), finish(answered, replace(QUICK, seed=1))
    assert first.training_set_hash == second.training_set_hash
    assert first.saliency_hash == second.saliency_hash != other.saliency_hash
    assert (second.parent_round, other.parent_round) == (first.id, second.id)


def test_without_answers_or_with_one_label_nothing_starts(store: Store, anna: Person) -> None:
    with pytest.raises(CannotTrain, match="No pool sentence has been answered"):
        start_round(store, actor=OWNER)
    answer(store, anna, 1, 1, "..+.")
    with pytest.raises(CannotTrain, match="at least two labels"):
        start_round(store, actor=OWNER)
    assert rounds.all_of(store) == []


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (replace(QUICK, loss="magic"), "no loss is called 'magic'"),
        (replace(QUICK, acquisition="taste"), "no acquisition is called 'taste'"),
        (replace(QUICK, vectors="nowhere.txt"), "no vector file nowhere.txt"),
        (replace(QUICK, random_share=2), "from 0 to 1"),
        (replace(QUICK, weight=-1), "0 or more"),
    ],
    ids=str,
)
def test_impossible_settings_are_refused_before_the_round(answered: Store, settings: RoundSettings, says: str) -> None:
    with pytest.raises((CannotTrain, ValueError), match=says):
        start_round(answered, settings=settings, actor=OWNER)
    assert rounds.all_of(answered) == []


def test_a_second_start_waits_its_turn(answered: Store) -> None:
    first = start_round(answered, settings=QUICK, actor=OWNER)
    second = start_round(answered, settings=replace(QUICK, seed=1), actor=OWNER)
    assert second.is_waiting
    *_, (ended, _) = follow_round(answered, second.id)
    first = rounds.read(answered, first.id)
    assert (first.state, ended.state) == ("ready", "ready")
    assert (ended.begun_ms or 0) >= (first.finished_ms or 0)


def test_a_round_that_waits_can_be_cancelled_and_never_begins(answered: Store) -> None:
    start_round(answered, settings=replace(QUICK, steps=100_000), actor=OWNER)
    second = start_round(answered, settings=QUICK, actor=OWNER)
    start.cancel_round(answered, second.id, actor=OWNER)
    assert rounds.read(answered, second.id).state == "cancelled"
    start.cancel_round(answered, 1, actor=OWNER)
    *_, (ended, _) = follow_round(answered, 1)
    assert ended.state == "cancelled"
    assert not round_folder(answered, second.id).exists()


def test_a_round_that_waits_begins_although_the_process_before_it_was_killed(
    answered: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = start_round(answered, settings=replace(QUICK, steps=100_000), actor=OWNER)
    second = start_round(answered, settings=QUICK, actor=OWNER)
    os.kill(killed.pid or 0, signal.SIGKILL)
    monkeypatch.setattr(start, "PATIENCE_MS", 0)
    *_, (ended, _) = follow_round(answered, second.id)
    assert (rounds.read(answered, killed.id).state, ended.state) == ("failed", "ready")


def test_a_started_round_is_a_process_of_its_own_with_progress(answered: Store) -> None:
    started = start_round(answered, settings=QUICK, actor=OWNER)
    assert started.pid is not None
    states, steps = [], []
    for now, rows in follow_round(answered, started.id):
        states.append(now.state)
        steps += [row.step for row in rows]
    assert states[-1] == "ready", (round_folder(answered, started.id) / "log.txt").read_text()
    assert steps == sorted(steps)
    assert steps[-1] == 40


def test_a_killed_round_is_marked_as_failed_without_waiting_for_its_silence(answered: Store) -> None:
    started = start_round(answered, settings=replace(QUICK, steps=100_000), actor=OWNER)
    os.kill(started.pid or 0, signal.SIGKILL)
    *_, (ended, _) = follow_round(answered, started.id)
    assert ended.state == "failed"
    assert (ended.finished_ms or 0) - ended.created_ms < jobs.SILENCE_MS / 2
    with pytest.raises(RoundFailed, match="ended unexpectedly"):
        check_ready(ended)
    assert finish(answered).state == "ready"


def test_a_cancelled_round_stops_and_serves_nothing(answered: Store) -> None:
    started = start_round(answered, settings=replace(QUICK, steps=100_000), actor=OWNER)
    start.cancel_round(answered, started.id, actor=OWNER)
    *_, (ended, _) = follow_round(answered, started.id)
    assert ended.state == "cancelled"
    assert project.read(answered).serving_round is None
    with pytest.raises(UnknownRound, match="has ended"):
        start.cancel_round(answered, started.id, actor=OWNER)


def test_a_round_cancelled_while_it_scores_serves_nothing(answered: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    queued = queue_round(answered, settings=QUICK, actor=OWNER)
    advance = rounds.advance

    def cancel_at_scoring(store: Store, round_id: int, state: Any, **facts: Any) -> None:
        advance(store, round_id, state, **facts)
        if state == "scoring":
            start.cancel_round(store, round_id, actor=OWNER)

    monkeypatch.setattr(rounds, "advance", cancel_at_scoring)
    work_on_round(answered, queued.id)
    assert rounds.read(answered, queued.id).state == "cancelled"
    assert project.read(answered).serving_round is None


def test_what_a_deleted_project_left_is_not_in_the_way(answered: Store) -> None:
    left = rounds_folder(answered.path) / "1-00000000" / "checkpoint"
    left.mkdir(parents=True)
    assert finish(answered).state == "ready"
    assert list(left.iterdir()) == []


def test_what_goes_wrong_in_the_process_is_in_the_row(answered: Store, tmp_path: Path) -> None:
    broken = tmp_path / "broken.txt"
    broken.write_text("ship 0.1 0.2\nsank 0.1\n")
    ended = finish(answered, replace(QUICK, vectors=str(broken)))
    assert ended.state == "failed"
    assert "broken.txt" in (ended.error or "")


def test_answers_given_while_a_round_works_stay_out_of_it(answered: Store, ben: Person) -> None:
    queued = queue_round(answered, settings=QUICK, actor=OWNER)
    (late, *_) = slots.upcoming(answered, 1)
    answer(answered, ben, late.sentence_id, 1, "....")
    work_on_round(answered, queued.id)
    assert rounds.read(answered, queued.id).training_set["answers"] == 40
    assert rounds_overview(answered, actor=OWNER).answers.new == 1


def test_a_pool_that_is_used_up_is_no_error(answered: Store, anna: Person) -> None:
    for slot in slots.upcoming(answered, 100):
        slots.fill(answered, slot.id, anna.id, answer(answered, anna, slot.sentence_id, 0).id)
    ended = finish(answered)
    assert (ended.state, ended.error) == ("ready", None)


def asked(number: int) -> dict[str, object]:
    there, wanted = "red" if number % 2 else "green", "red" if number // 2 % 2 else "green"
    marks = "..+." if there == wanted else None
    return {
        "id": f"s{number}", "tokens": ["It", "is", there, f"w{number}"], "query_tokens": ["Is", "it", wanted, "?"],
        "label": "event" if there == wanted else "none", "marks": marks, "split": "pool",
    }  # fmt: skip


def bring(store: Store, file: Path, rows: list[dict[str, object]]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    import_file(store, file, ImportSettings(answers="keep"), actor=OWNER)


def test_sentences_with_queries_are_read_by_the_cloze_model_and_shown_with_them(
    empty_store: Store, anna: Person, tmp_path: Path
) -> None:
    bring(empty_store, tmp_path / "asked.jsonl", [asked(number) for number in range(40)])
    open_rows = [
        {key: row[key] for key in ("id", "tokens", "query_tokens", "split")} for row in map(asked, range(40, 50))
    ]
    bring(empty_store, tmp_path / "open.jsonl", open_rows)
    done = finish(empty_store)
    assert done.state == "ready", done.error
    config = json.loads((empty_store.path.parent / str(done.checkpoint) / "config.json").read_text())
    assert config["model"] == "cloze"
    first = screen(empty_store, anna)["queue"][0]
    assert first["query"].startswith("Is it ")
    assert (
        len(first["saliency"]["gradient"]) == len(first["tokens"]) == 4
    )  # one per word of the sentence, which is what people mark


def test_a_round_says_that_a_sentence_lacks_its_query(empty_store: Store, tmp_path: Path) -> None:
    rows = [asked(number) for number in range(8)]
    del rows[3]["query_tokens"]
    bring(empty_store, tmp_path / "asked.jsonl", rows)
    done = finish(empty_store)
    assert done.state == "failed"
    assert "1 of 8 examples have no query" in str(done.error)


def test_scores_belong_to_their_sentences_also_where_answered_ones_have_lower_ids(answered: Store) -> None:
    """40 answered sentences come before the 20 open ones in the project, and after them in the file of scores."""
    ended = finish(answered)
    folder = round_folder(answered, ended.id)
    scores = load_scores(folder / SCORES, folder / "saliency.npy")
    assert scores.sentence_ids.tolist() != sorted(scores.sentence_ids.tolist())
    events = {row.id for page in sentences.pages(answered) for row in page if "sank" in row.tokens}
    taken = dict(zip(scores.sentence_ids.tolist(), scores.labels.tolist(), strict=True))
    assert {sentence for sentence, label in taken.items() if label == 1} == events

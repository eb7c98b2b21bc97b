"""Rounds on a pretrained encoder: what they read, what they keep, and what they leave for later."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from annotator.answering.screen import screen
from annotator.care.freeing import free_vectors
from annotator.errors import NotPrivate
from annotator.project.folders import vectors_of
from annotator.rounds.asking import scoring
from annotator.rounds.asking.scorer_messages import Sentence
from annotator.rounds.learning import reading, rest
from annotator.rounds.learning.checkpoints import predict_texts
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.learning.reading import leave_a_core_free, open_encoder
from annotator.rounds.learning.rest import describe, rest_of_pool, start_reading_the_rest
from annotator.rounds.learning.rest_process import read_the_rest
from annotator.rounds.promise import promise
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import cancel_round, queue_round
from annotator.wording import model_of, precision_of, round_notes
from db.answers import annotations
from db.corpus import sentences
from db.learning import predictions, rounds
from db.learning.round_records import ProgressRow, Round
from db.queue import slots
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from db.team import project

pytestmark = pytest.mark.slow

POOL, ANSWERED, HELD_OUT = 30, 12, 8


@pytest.fixture
def settings(tiny_encoder: Path) -> RoundSettings:
    return RoundSettings(steps=10, encoder=str(tiny_encoder), queue_size=6)


@pytest.fixture
def answered(empty_store: Store, add_sentences: Callable[..., list[int]], anna: Person) -> Store:
    """12 answered pool sentences and 18 open ones, 8 answered of dev and test."""
    events, others = add_sentences(6, words=("The", "ship", "sank")), add_sentences(6, words=("A", "boat", "slept"))
    held_out = add_sentences(4, split="dev", words=("Her", "barge", "sank"))
    held_out += add_sentences(4, split="test", words=("His", "raft", "sank"))
    for sentence in [*events, *others, *held_out]:
        label, marks = (0, None) if sentence in others else (1, "..+.")
        key = f"key-{sentence:05}"
        annotations.add(empty_store, NewAnnotation(sentence, anna.id, "answer", key, label=label, marks=marks))
        slots.fill(empty_store, slots.place_for(empty_store, anna.id, sentence) or 0, anna.id, sentence)
    add_sentences(POOL - ANSWERED, words=("A", "ship", "sank"))
    return empty_store


def finish(store: Store, settings: RoundSettings) -> Round:
    queued = queue_round(store, settings=settings, actor=OWNER)
    work_on_round(store, queued.id)
    return rounds.read(store, queued.id)


def notes_of(store: Store, ended: Round) -> list[str]:
    return [row.note for row in rounds.progress(store, ended.id) if row.note]


def test_a_round_reads_every_sentence_once_and_says_how_far_it_is(answered: Store, settings: RoundSettings) -> None:
    first = finish(answered, settings)
    assert (first.state, first.error) == ("ready", None)
    assert first.metrics["reading"]["sentences"] == POOL + HELD_OUT
    assert notes_of(answered, first)[-1].startswith("Reading sentences: 38 of 38, about ")
    second = finish(answered, settings)
    assert second.state == "ready"
    assert second.metrics["reading"]["sentences"] == 0
    assert notes_of(answered, second) == []


def test_what_is_promised_is_what_the_next_round_reads(answered: Store, settings: RoundSettings) -> None:
    finish(answered, settings)

    def promised() -> str:
        known, kept_in = rounds.all_of(answered), vectors_of(answered.path)
        return promise(settings, known=known, sentences=sentences.count(answered), kept_in=kept_in)

    assert promised().startswith("The sentences have been read: ")
    free_vectors(answered, actor=OWNER)
    assert promised().startswith("Reads 38 sentences once, then ")
    assert finish(answered, settings).metrics["reading"]["sentences"] == POOL + HELD_OUT == 38
    assert promised().startswith("The sentences have been read: ")


def test_a_round_without_room_for_the_vectors_fails_in_a_sentence_and_reads_nothing(
    answered: Store, settings: RoundSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=100_010_000))
    ended = finish(answered, settings)
    assert (ended.state, ended.metrics) == ("failed", {})
    assert ended.error is not None
    assert ended.error.startswith("The vectors of 38 sentences would take 0.0 MB on the disk of ")
    assert ended.error.endswith(" which has 100.0 MB free, and 100.0 MB must stay free; make room there.")
    assert not any(vectors_of(answered.path).iterdir())


def test_the_record_says_what_was_trained_on_what(answered: Store, settings: RoundSettings) -> None:
    ended = finish(answered, settings)
    made, on = ended.metrics["model"], open_encoder(answered, settings)
    assert on is not None
    assert (made["encoder"], made["layer"], made["digest"]) == (settings.encoder, 2, on.digest)
    assert (made["view"], made["constant_labels"]) == ("evidence", [0])
    assert (made["model"], made["loss"]) == (ended.config["model"], ended.config["loss"])
    assert model_of(ended) == f"{made['model']} on tiny"
    assert any(f"after layer 2 (SHA-256 {on.digest[:12]}…)" in note for note in round_notes(ended))
    checkpoint = json.loads((answered.path.parent / str(ended.checkpoint) / "config.json").read_text())
    assert checkpoint["encoder"]["digest"] == on.digest


def test_what_a_tried_sentence_shades_is_for_the_label_that_words_can_speak_for(
    answered: Store, settings: RoundSettings
) -> None:
    finish(answered, replace(settings, steps=60))
    (scored,) = scoring.score(answered, scoring.Models(), 1, [Sentence(("A", "boat", "slept", "w6"))])
    (predicted,) = predict_texts(answered, 1, ["A boat slept w6"], actor=OWNER)
    assert (scored.label, scored.explained) == ("none", "event")
    assert (predicted.label, predicted.explained) == ("none", "event")
    assert predicted.probability == pytest.approx(scored.probability, abs=1e-4)


def test_what_is_shown_is_the_models_own_view_under_its_name(
    answered: Store, settings: RoundSettings, ben: Person
) -> None:
    ended = finish(answered, settings)
    (split,) = {"test"} & ended.metrics.keys()
    assert precision_of(ended.metrics[split], "evidence") == ended.metrics[split]["average_precision_evidence"]
    head = slots.upcoming(answered, 6)
    first = predictions.find(answered, ended.id, [slot.sentence_id for slot in head])[head[0].sentence_id]
    assert first.input_x_gradient != first.gradient
    assert any(first.input_x_gradient)
    shaded = [each for each in screen(answered, ben)["queue"] if each["saliency"]]
    assert {(each["own_view"], *sorted(each["saliency"])) for each in shaded} == {("evidence", "evidence", "gradient")}
    assert all(each["explained"] == 1 and max(each["saliency"]["evidence"]) == 1 for each in shaded)


def test_what_is_kept_is_the_owners_alone_and_a_link_is_refused(
    answered: Store, settings: RoundSettings, tmp_path: Path
) -> None:
    finish(answered, settings)
    folder = vectors_of(answered.path)
    assert folder.stat().st_mode & 0o077 == 0
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotPrivate, match="link to elsewhere"):
        open_encoder(answered, settings)


def test_a_cancelled_reading_is_kept_and_resumed(
    answered: Store, settings: RoundSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("learner.encoders.frozen._AT_A_TIME", 10)
    monkeypatch.setattr("annotator.jobs.SECONDS_BETWEEN_REPORTS", 0)
    report = rounds.report
    queued = queue_round(answered, settings=settings, actor=OWNER)

    def cancel_while_it_reads(store: Store, row: ProgressRow) -> None:
        report(store, row)
        if row.step:
            cancel_round(store, queued.id, actor=OWNER)

    with monkeypatch.context() as patched:
        patched.setattr(rounds, "report", cancel_while_it_reads)
        work_on_round(answered, queued.id)
    assert rounds.read(answered, queued.id).state == "cancelled"
    assert finish(answered, settings).metrics["reading"]["sentences"] == POOL + HELD_OUT - 10


@pytest.fixture
def large(answered: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A project whose pool is too large to be read at once."""
    monkeypatch.setattr(reading, "MOST_READ_FIRST", 7)
    return answered


def test_the_first_round_on_a_large_pool_scores_a_part_and_leaves_the_rest_in_random_order(
    large: Store, settings: RoundSettings, anna: Person
) -> None:
    before = {slot.sentence_id: place for place, slot in enumerate(slots.upcoming(large, POOL))}
    ended = finish(large, settings)
    assert ended.state == "ready", ended.error
    facts = ended.metrics["reading"]
    assert (facts["sentences"], facts["left"]) == (ANSWERED + HELD_OUT + 7, POOL - ANSWERED - 7)
    queue = slots.upcoming(large, POOL)
    head, rest_of_queue = queue[:6], queue[6:]
    assert {slot.round_id for slot in head} == {ended.id}
    assert {(slot.round_id, slot.reason, slot.score) for slot in rest_of_queue} == {(None, "start", None)}
    places = [before[slot.sentence_id] for slot in rest_of_queue]
    assert places == sorted(places)
    assert len(predictions.find(large, ended.id, [slot.sentence_id for slot in queue])) == 6
    assert np.load(large.path.parent / str(ended.saliency_file)).shape[0] == (7 + ANSWERED + HELD_OUT) * 4


def test_what_the_last_round_chose_is_read_first(large: Store, settings: RoundSettings) -> None:
    finish(large, RoundSettings(steps=3, vectors="random", queue_size=6))
    head = {slot.sentence_id for slot in slots.upcoming(large, 6)}
    ended = finish(large, settings)
    assert ANSWERED + HELD_OUT + 7 <= ended.metrics["reading"]["sentences"] <= ANSWERED + HELD_OUT + 13
    encoder = open_encoder(large, settings)
    assert encoder is not None
    assert not head & set(reading._unread(large, encoder, sorted(head), words=ended.metrics["reading"]["words"]))


def test_the_rest_is_read_while_the_round_serves_and_the_next_round_scores_everything(
    large: Store, settings: RoundSettings
) -> None:
    first = finish(large, settings)
    rest.set_process(large, first.id, pid=2**22 + 1, process=None)
    left = rest_of_pool(large, first)
    assert left is not None
    assert describe(left) == "11 sentences of the pool have not been read; the next round continues with what is left."
    read_the_rest(large, first.id)
    assert rest_of_pool(large, first) is None
    second = finish(large, settings)
    assert (second.metrics["reading"]["sentences"], second.metrics["reading"]["left"]) == (0, 0)
    assert np.load(large.path.parent / str(second.saliency_file)).shape[0] == (POOL + HELD_OUT) * 4


def test_the_rest_is_left_alone_once_another_round_is_at_work(large: Store, settings: RoundSettings) -> None:
    first = finish(large, settings)
    rest.set_process(large, first.id, pid=1, process=None)
    queue_round(large, settings=settings, actor=OWNER)
    rounds.begin_next(large)
    read_the_rest(large, first.id)
    left = rest_of_pool(large, first)
    assert left is not None
    assert (left.done, left.total) == (0, 11)


def test_a_process_of_its_own_reads_the_rest(
    large: Store, settings: RoundSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = finish(large, settings)
    started = []
    monkeypatch.setattr(rest.jobs, "start_job", lambda module, path, row, log: started.append((module, row)))
    start_reading_the_rest(large, ended.id)
    monkeypatch.setattr(reading, "MOST_READ_FIRST", 100)
    start_reading_the_rest(large, finish(large, settings).id)
    assert started == [("annotator.rounds.learning.rest_process", ended.id)]


def test_an_encoder_that_is_gone_fails_the_round_with_a_sentence(
    answered: Store, settings: RoundSettings, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in Path(settings.encoder).iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    queued = queue_round(answered, settings=replace(settings, encoder=str(copy)), actor=OWNER)
    (copy / "config.json").unlink()
    work_on_round(answered, queued.id)
    ended = rounds.read(answered, queued.id)
    assert ended.state == "failed"
    assert f"{copy} has no config.json" in str(ended.error)
    assert project.read(answered).serving_round is None


def test_a_core_is_left_free_unless_fewer_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    before = torch.get_num_threads()
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    found = {}
    for allowed in ("", "2", "16"):
        monkeypatch.setenv("OMP_NUM_THREADS", allowed)
        leave_a_core_free()
        found[allowed] = torch.get_num_threads()
    torch.set_num_threads(before)
    assert found == {"": 3, "2": 2, "16": 3}

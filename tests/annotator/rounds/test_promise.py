"""What people are told before they start a round: measured figures at first, this machine's own later."""

import os
from dataclasses import replace

import pytest

from annotator.rounds.promise import ROUND_S, SENTENCES_READ_PER_S, promise
from annotator.rounds.settings import RoundSettings
from annotator.wording import about, time_left
from db.records import Round

MINILM = RoundSettings(encoder="minilm")
ENDED = Round(
    id=1, state="ready", config={"encoder": "minilm", "encoder_layer": None}, seed=0, device="cpu", parent_round=None,
    last_annotation=None, training_set_hash=None, training_set={},
    metrics={"reading": {"sentences": 900, "seconds": 9}},
    checkpoint=None, checkpoint_hash=None, saliency_file=None, saliency_hash=None, started_by=None, pid=None,
    process=None, heartbeat_ms=0, cancel_requested=False, created_ms=0, finished_ms=41_000, error=None,
)  # fmt: skip


@pytest.fixture(autouse=True)
def one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def test_before_the_first_round_measured_figures_are_promised() -> None:
    assert (
        promise(MINILM, known=[], sentences=10_000)
        == "About 70 s to read 10,000 sentences once, then about 15 s a round."
    )
    assert (SENTENCES_READ_PER_S["minilm"], ROUND_S) == (146, 15)
    assert promise(RoundSettings(encoder="static"), known=[], sentences=10_000) == "About 15 s a round."


def test_a_large_pool_is_read_in_two_parts() -> None:
    said = promise(MINILM, known=[], sentences=100_000)
    assert said == "About 2 min to read 20,000 sentences once, the rest later, then about 15 s a round."


def test_nothing_is_promised_of_an_encoder_that_no_one_measured() -> None:
    said = promise(RoundSettings(encoder="/models/own"), known=[], sentences=500)
    assert said == "Reads 500 sentences once, then about 15 s a round."


def test_the_last_rounds_own_figures_are_better() -> None:
    assert promise(MINILM, known=[ENDED], sentences=10_000) == "The sentences have been read: about 30 s a round."
    last = replace(ENDED, metrics={"reading": {"sentences": 900, "seconds": 9, "of": 9_000}})
    said = promise(MINILM, known=[last], sentences=10_000)
    assert said == "About 10 s to read 1,000 new sentences once, then about 30 s a round."
    other_layer = promise(replace(MINILM, encoder_layer=2), known=[ENDED], sentences=10_000)
    assert other_layer == "About 2 min to read 10,000 sentences once, then about 30 s a round."
    failed = replace(ENDED, state="failed")
    assert promise(MINILM, known=[failed], sentences=10_000) == promise(MINILM, known=[], sentences=10_000)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "about 1 s"), (7.4, "about 7 s"), (38, "about 40 s"), (99, "about 100 s"), (110, "about 2 min"),
     (3600, "about 60 min"), (9000, "about 2 h")],
)  # fmt: skip
def test_times_are_round(seconds: float, said: str) -> None:
    assert about(seconds) == said


def test_the_time_left_goes_by_what_is_done() -> None:
    assert time_left(10, done=200, total=1000) == "about 40 s left"

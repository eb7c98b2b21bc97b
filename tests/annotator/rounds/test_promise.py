"""What people are told before they start a round: measured figures at first, this machine's own later."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from annotator.rounds.looking_again.look_again import LookAgainState, promise_of
from annotator.rounds.promise import ROUND_S, SENTENCES_READ_PER_S, promise_with_twin
from annotator.rounds.promise import promise as promise_by
from annotator.rounds.settings import RoundSettings
from annotator.wording import about, time_left
from db.learning.round_records import Round
from learner.encoders.directory import open_directory
from learner.encoders.vector_store import VectorStore

RESULTS = Path(__file__).parents[3] / "benchmarks" / "results"
MINILM = RoundSettings(encoder="minilm")
ENDED = Round(
    id=1, state="ready", config={"encoder": "minilm", "encoder_layer": None}, seed=0, device="cpu", parent_round=None,
    last_annotation=None, training_set_hash=None, training_set={},
    metrics={"reading": {"sentences": 900, "seconds": 9, "of": 1_000, "left": 0, "kept": 900}},
    checkpoint=None, checkpoint_hash=None, saliency_file=None, saliency_hash=None, started_by=None, pid=None,
    process=None, heartbeat_ms=0, cancel_requested=False, created_ms=0, finished_ms=41_000, error=None,
)  # fmt: skip


@pytest.fixture(autouse=True)
def one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


promise = partial(promise_by, kept_in=Path("nowhere"))


def test_before_the_first_round_measured_figures_are_promised() -> None:
    assert (
        promise(MINILM, known=[], sentences=10_000)
        == "About 50 s to read 10,000 sentences once, then about 15 s a round."
    )
    assert promise(RoundSettings(encoder="static"), known=[], sentences=10_000) == "About 15 s a round."


def test_the_twin_is_promised_with_its_round() -> None:
    begun = replace(ENDED, config={"encoder": "static"}, metrics={}, finished_ms=41_000)
    twin = replace(begun, id=-1, config={"encoder": "static", "model": "cnn"}, finished_ms=22_000)
    chosen = RoundSettings(encoder="static", model="cnn", twin=True)
    told = partial(promise_with_twin, known=[begun], twins=[twin], sentences=100, kept_in=Path("nowhere"))
    assert told(chosen) == "About 40 s a round. Its twin takes about 20 s more."
    assert told(replace(chosen, twin=False)) == "About 40 s a round."


def test_the_figures_are_those_that_a_benchmark_recorded() -> None:
    read, a_round = (
        json.loads((RESULTS / name).read_text())["figures"] for name in ("encoder_reading.json", "encoder_round.json")
    )
    assert SENTENCES_READ_PER_S["minilm"] == read["float32_per_s"]
    assert ROUND_S * 0.5 < a_round["round_s"] <= ROUND_S


def test_a_large_pool_is_read_in_two_parts() -> None:
    said = promise(MINILM, known=[], sentences=100_000)
    assert said == "About 100 s to read 20,000 sentences once, the rest later, then about 15 s a round."


def test_nothing_is_promised_of_an_encoder_that_no_one_measured() -> None:
    said = promise(RoundSettings(encoder="/models/own"), known=[], sentences=500)
    assert said == "Reads 500 sentences once, then about 15 s a round."


@pytest.fixture
def of_tiny(tiny_encoder: Path) -> Round:
    """A round on an encoder that is here; 100 of the 1,000 sentences were held out and unanswered, or equal."""
    return replace(ENDED, config={"encoder": str(tiny_encoder), "encoder_layer": None})


@pytest.fixture
def keep(tiny_encoder: Path, tmp_path: Path) -> Callable[..., None]:
    """Keep vectors of that many sentences, as a round does."""

    def put(count: int, *, layer: int = 2, start: int = 0) -> None:
        encoder = open_directory(tiny_encoder)
        made = {"digest": encoder.digest(), "layer": layer, "dimension": encoder.dimension}
        store = VectorStore(tmp_path, encoder="tiny", **made)
        vectors = np.ones((1, encoder.dimension), np.float16)
        store.put([((f"w{start + number}",), None) for number in range(count)], [(vectors, None)] * count)

    return put


def test_what_is_kept_is_not_read_again(of_tiny: Round, keep: Callable[..., None], tmp_path: Path) -> None:
    settings = RoundSettings(encoder=str(of_tiny.config["encoder"]))
    keep(900)
    read = partial(promise_by, settings, known=[of_tiny], kept_in=tmp_path)
    assert read(sentences=1_000) == "The sentences have been read: about 30 s a round."
    assert read(sentences=1_500) == "About 5 s to read 500 new sentences once, then about 30 s a round."
    in_background = replace(of_tiny, metrics={"reading": of_tiny.metrics["reading"] | {"of": 3_000, "left": 2_000}})
    said = promise_by(settings, known=[in_background], sentences=3_000, kept_in=tmp_path)
    assert said == "About 20 s to read 2,000 new sentences once, then about 30 s a round."
    keep(1_500, start=900)
    said = promise_by(settings, known=[in_background], sentences=3_000, kept_in=tmp_path)
    assert said == "About 5 s to read 500 new sentences once, then about 30 s a round."


def test_vectors_that_were_removed_are_read_again(of_tiny: Round, keep: Callable[..., None], tmp_path: Path) -> None:
    settings = RoundSettings(encoder=str(of_tiny.config["encoder"]))
    removed = promise_by(settings, known=[of_tiny], sentences=1_000, kept_in=tmp_path)
    assert removed == "About 9 s to read 900 sentences once, then about 30 s a round."
    keep(900, layer=1)
    assert promise_by(settings, known=[of_tiny], sentences=1_000, kept_in=tmp_path) == removed, "of another layer"


def test_what_a_cancelled_round_has_read_is_not_read_again(
    of_tiny: Round, keep: Callable[..., None], tmp_path: Path
) -> None:
    settings = RoundSettings(encoder=str(of_tiny.config["encoder"]))
    keep(400)
    said = promise_by(settings, known=[replace(of_tiny, state="cancelled")], sentences=1_000, kept_in=tmp_path)
    assert said == "Reads 600 sentences once, then about 15 s a round."


def test_the_rate_is_that_of_the_layer_if_a_round_has_read_through_it(of_tiny: Round) -> None:
    slower = {"sentences": 900, "seconds": 90, "of": 1_000, "left": 0, "kept": 900}
    of_all_layers = replace(of_tiny, config=of_tiny.config | {"encoder_layer": 3}, metrics={"reading": slower})
    for layer, said in ((None, "About 9 s to read"), (3, "About 90 s to read"), (1, "About 2 min to read")):
        settings = RoundSettings(encoder=str(of_tiny.config["encoder"]), encoder_layer=layer)
        assert promise(settings, known=[of_all_layers, of_tiny], sentences=1_000).startswith(said)


def test_a_round_that_failed_tells_nothing() -> None:
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


def test_looking_again_takes_five_times_what_a_round_took_apart_from_reading_and_15_s_each_before_one_ended() -> None:
    def promised(last: Round | None) -> str:
        return promise_of(LookAgainState(last, None, None, is_alive=False, result_of=None))

    assert (promised(None), promised(replace(ENDED, finished_ms=None))) == ("about 80 s", "about 80 s")
    assert promised(ENDED) == about(5 * (41 - 9)) == "about 3 min"
    assert promised(replace(ENDED, metrics={}, finished_ms=400)) == "about 2 s"

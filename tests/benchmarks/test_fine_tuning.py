import json

import fine_tuning
import pytest

from learner.encoders.choosing import is_installed
from learner.encoders.piece_encoder import open_pieces

pytestmark = [
    pytest.mark.waits,
    pytest.mark.slow,
    pytest.mark.skipif(not is_installed("minilm"), reason="the extra encoder is not installed"),
]


@pytest.fixture
def encoder(monkeypatch):
    monkeypatch.setattr(fine_tuning, "ROWS", 2)
    monkeypatch.setattr(fine_tuning, "WORDS", 4)
    return open_pieces("minilm")


def test_every_kind_of_step_is_measured(encoder):
    figures = fine_tuning.step_ratios(encoder, rounds=1)
    assert {"log_mass", "gate", "gate_all", "plain_bfloat16"} < figures.keys()
    assert min(figures.values()) > 0


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")  # torch.func imports it
def test_the_double_backward_is_exact_and_the_other_ways_are_compared_with_it(encoder):
    figures = fine_tuning.gate_engines(encoder, rounds=1)
    assert figures["double_backward_error"] < 1e-4
    assert figures["forward_mode_error"] > 0
    assert json.dumps(figures)

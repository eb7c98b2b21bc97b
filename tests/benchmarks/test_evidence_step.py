import json

import evidence_step
import pytest


def test_the_cost_of_a_step_and_of_scoring_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["evidence_step.py", "--rounds", "3", "--json"])
    monkeypatch.setattr(evidence_step, "SENTENCES", 64)
    evidence_step.main()
    figures = json.loads(capsys.readouterr().out)
    assert {"taught_44", "taught_100", "taught_100_word_ce", "taught_44_hinge", "naive", "scored"} < set(figures)
    assert min(figures[name] for name in ("taught_44", "naive", "scored", "scored_per_s", "plain_ms")) > 0

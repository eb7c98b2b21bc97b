import json

import acquisition
import pytest

from learner.acquisition_names import KNOWN


@pytest.mark.slow
def test_the_cost_of_a_queue_is_measured_for_every_acquisition(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path
) -> None:
    """Each in this process; as a command it starts a process for each."""
    acquisition.draw(tmp_path, 1_000)
    monkeypatch.setattr(acquisition, "ANSWERED", 50)
    for name in (*KNOWN, *acquisition.MIXES, acquisition.READING):
        arguments = ["--one", name, "--folder", str(tmp_path), "--sentences", "1000"]
        monkeypatch.setattr("sys.argv", ["acquisition.py", *arguments])
        acquisition.main()
    *figures, reading = map(json.loads, capsys.readouterr().out.splitlines())
    assert len(figures) == len(KNOWN) + 1
    assert all(figure["cpu_s"] >= 0 and figure["peak_mb"] >= 0 for figure in figures)
    assert reading.keys() == {"vectors", "passes", "gradient_lengths", "expected_marks"}

import json

import gpu
import pytest


def measured(monkeypatch, capsys, device):
    arguments = ["gpu.py", "--device", device, "--rounds", "1", "--rows", "8", "--sentences", "20", "--json"]
    monkeypatch.setattr("sys.argv", arguments)
    monkeypatch.setattr(gpu, "LARGE", 64)
    monkeypatch.setattr(gpu, "COPIED", 1 << 16)
    gpu.main()
    return json.loads(capsys.readouterr().out)


def test_every_form_is_measured(monkeypatch, capsys):
    figures = measured(monkeypatch, capsys, "cpu")
    for form in ("untaught", "taught_closed", "taught_reference"):
        for figure in ("ms", "arithmetic", "bandwidth"):
            assert figures[f"{form}_{figure}"] > 0
    assert figures["scoring_per_s"] > 0
    assert figures["device"] == "cpu"


@pytest.mark.gpu
def test_memory_is_measured_on_cuda(monkeypatch, capsys):
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    assert measured(monkeypatch, capsys, "cuda")["taught_closed_mb"] > 0

"""What is measured of a device, at small sizes; what only CUDA has is run here by its parts, or marked `gpu`."""

import json
from functools import partial
from typing import Any

import gpu
import pytest
import torch
from gpu_checks import device as measuring
from gpu_checks import exactness, memory, waits
from gpu_checks.models import KINDS

from learner.models.cnn import EventCnn
from learner.training import run

CPU = torch.device("cpu")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make what is measured small, on either device."""
    monkeypatch.setattr(measuring, "LARGE", 64)
    monkeypatch.setattr(measuring, "COPIED", 1 << 16)
    sizes = gpu.Sizes(rows=8, rounds=1, scored=20, read=4, answers=0, pool=10, steps=5)
    monkeypatch.setattr(gpu, "ON_CPU", sizes)
    monkeypatch.setattr(gpu, "ON_CUDA", sizes)


def measured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    monkeypatch.setattr("sys.argv", ["gpu.py", *arguments, "--json"])
    with pytest.raises(SystemExit) as ended:
        gpu.main()
    figures: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert ended.value.code == (1 if figures["failed"] else 0)
    return figures


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_a_cpu_measures_all_but_what_only_cuda_has(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = measured(monkeypatch, capsys, "--device", "cpu")
    assert figures["failed"] == {}
    assert figures["device"] == "cpu"
    for model in KINDS:
        for form in ("untaught", "taught_closed", "taught_reference"):
            assert all(figures[f"{model}_{form}_{figure}"] > 0 for figure in ("ms", "arithmetic", "bandwidth"))
            assert figures[f"{model}_{form}_mb"] is None
        assert figures[f"{model}_scoring_per_s"] > 0 and figures[f"{model}_scoring_without_saliency_per_s"] > 0
    assert {"exactness", "waits", "recovery", "memory", "fine_tuning"} <= figures["not_measured"].keys()
    assert figures["not_measured"]["litbank"] == "no file was given (--litbank)"
    assert "reading" in figures["not_measured"] or figures["reading_per_s_float32"] > 0


@pytest.mark.usefixtures("small")
def test_a_check_that_fails_is_named_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> dict[str, Any]:
        raise RuntimeError("called a synchronizing CUDA operation")

    checks = {"waits": fail, "exactness": lambda: {"exact_cnn_is_within_bounds": False}, "scoring": lambda: {"rate": 3}}
    monkeypatch.setattr(gpu, "_checks", lambda *_: checks)
    monkeypatch.setattr(gpu, "_not_measured", lambda *_: {})
    figures = measured(monkeypatch, capsys, "--device", "cpu")
    assert figures["rate"] == 3
    assert figures["failed"] == {
        "waits": "RuntimeError: called a synchronizing CUDA operation",
        "exactness": "beyond their bounds: exact_cnn_is_within_bounds",
    }


def test_the_shares_of_a_product_are_those_of_its_sizes() -> None:
    one, other = torch.ones(4, 8), torch.ones(8, 2)
    operations, moved = 2 * 4 * 8 * 2, 4 * (4 * 8 + 8 * 2 + 4 * 2)
    shares = measuring.shares_of(lambda: one @ other.t().t(), 0.5, measuring.Ceiling(operations, moved))
    assert shares == {"arithmetic": 200, "bandwidth": 200}


@pytest.mark.parametrize("model", KINDS)
@pytest.mark.parametrize("dtype", exactness.BOUNDS)
def test_an_error_of_a_device_is_seen(model: str, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    compare = partial(exactness.compare, KINDS[model], dtype, CPU, rows=4)
    assert compare() == {"logits": 0, "saliency": 0, "gradients": 0}
    copy = exactness.deepcopy

    def inexact_copy(objective: Any) -> Any:
        copied = copy(objective)
        with torch.no_grad():
            for parameter in copied.parameters():
                parameter.mul_(1.01)
        return copied

    monkeypatch.setattr(exactness, "deepcopy", inexact_copy)
    assert all(error > exactness.BOUNDS[dtype][part] for part, error in compare().items())


@pytest.mark.parametrize("model", KINDS)
def test_all_steps_are_taken_before_the_first_look_at_dev(model: str) -> None:
    assert waits.step_without_waits(KINDS[model], CPU) == waits.STEPS
    assert waits.WARM + waits.STEPS < 25


@pytest.mark.slow
@pytest.mark.parametrize("fitting_rows", [EventCnn.recipe.batch_size // 2, EventCnn.recipe.batch_size])
def test_a_training_that_does_not_recover_is_an_error(fitting_rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    train = run.train

    def train_if_it_fits(*examples: Any, **how: Any) -> Any:
        if (how["config"].batch_size or EventCnn.recipe.batch_size) > fitting_rows:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return train(*examples, **how)

    monkeypatch.setattr(run, "train", train_if_it_fits)
    monkeypatch.setattr(memory, "needed_bytes", lambda settings, training_set, rows, device: rows << 20)
    monkeypatch.setattr(memory, "limited_memory", lambda allowed, device: pytest.MonkeyPatch.context())
    monkeypatch.setattr(memory, "WORDS", 40)
    if fitting_rows == EventCnn.recipe.batch_size:
        with pytest.raises(RuntimeError, match="kept to 32 sentences per step with 20 MB"):
            memory.measure_recovery(CPU)
    else:
        assert memory.measure_recovery(CPU)["recovery_ended_with"] == fitting_rows


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.usefixtures("small")
def test_all_is_measured_on_cuda(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    figures = measured(monkeypatch, capsys, "--device", "cuda")
    assert figures["failed"] == {}
    assert figures["cnn_taught_closed_mb"] > 0
    assert figures["steps_without_a_wait_cnn"] == figures["steps_without_a_wait_evidence"] == waits.STEPS
    assert figures["recovery_ended_with"] < figures["recovery_sentences_per_step"]

"""A training that was cut off anywhere resumes and ends with the same bits as without a stop."""

import json
import signal
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from learner.config import TrainingConfig
from learner.data.example import write_examples
from learner.encoders.frozen import open_encoder
from learner.errors import ResumeError, TrainingCancelled
from learner.training.run import train

pytestmark = pytest.mark.slow

LABELS = ("quiet", "event")
STEPS = 55  # two evaluations on dev, more than five epochs of 40 examples, four sentences per step
CONFIG = TrainingConfig(model="cnn", dimension=4, max_steps=STEPS, learning_rate=3e-3, batch_size=4)
SCRIPT = Path(__file__).with_name("killed_training.py")


def train_once(make_planted, loss, config=CONFIG, **options):
    config = replace(config, loss=loss)
    return train(
        make_planted(40, seed=1), make_planted(24, seed=2), labels=LABELS, config=config, device="cpu", **options
    )


@pytest.fixture(scope="module")
def whole(make_planted):
    """Return the model of each loss, trained without a pause."""
    return {loss: train_once(make_planted, loss) for loss in ("none", "hinge", "margin+quiet+head")}


def cut_off_at(step: int):
    asked = count(1)
    return lambda: next(asked) == step


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(1, STEPS - 1), min_size=1, max_size=3, unique=True), st.sampled_from(("none", "hinge")))
def test_a_training_that_was_cut_off_at_any_steps_ends_with_the_same_bits(
    make_planted, whole, tmp_path_factory, cuts, loss
):
    assert_same_after(cuts, loss, make_planted, whole, tmp_path_factory.mktemp("cut") / "state")


def test_a_state_whose_name_ends_in_gz_is_resumed_too(make_planted, whole, tmp_path):
    assert_same_after([30], "none", make_planted, whole, tmp_path / "state.gz")


@pytest.mark.parametrize("cuts", [[1], [25], [26, 50], [54]])
def test_the_marks_head_is_part_of_the_state(make_planted, whole, tmp_path, cuts):
    assert_same_after(cuts, "margin+quiet+head", make_planted, whole, tmp_path / "state")


def assert_same_after(cuts, loss, make_planted, whole, state, config=CONFIG, read_by=lambda: None):
    before = 0
    for cut in sorted(cuts):
        with pytest.raises(TrainingCancelled, match=f"step {cut} of {STEPS}"):
            stop = cut_off_at(cut - before)
            train_once(make_planted, loss, config, resume_from=state, should_stop=stop, encoder=read_by())
        before = cut
    seen = []
    resumed = train_once(make_planted, loss, config, resume_from=state, progress=seen.append, encoder=read_by())
    expected = whole[loss]
    assert seen[0].step == before + 1
    found, wanted = resumed.model.state_dict(), expected.model.state_dict()
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)
    assert resumed.result == expected.result


@pytest.mark.parametrize("cuts", [[1], [25, 40], [54]])
def test_a_training_on_a_pretrained_encoder_ends_with_the_same_bits(make_planted, tiny_encoder, tmp_path, cuts):
    for keeps in (False, True):
        folder = tmp_path / str(keeps)
        folder.mkdir()

        def read_by(folder=folder, keeps=keeps):
            return open_encoder(str(tiny_encoder), vectors_in=folder / "vectors" if keeps else None)

        config = replace(CONFIG, encoder=str(tiny_encoder))
        whole = {"hinge": train_once(make_planted, "hinge", config, encoder=read_by())}
        assert_same_after(cuts, "hinge", make_planted, whole, folder / "state", config, read_by)


def test_a_state_of_another_encoder_is_refused(make_planted, tiny_encoder, tmp_path):
    config = replace(CONFIG, encoder=str(tiny_encoder), model="cnn")
    with pytest.raises(TrainingCancelled):
        train_once(make_planted, "none", config, resume_from=tmp_path / "state", should_stop=lambda: True)
    with pytest.raises(ResumeError, match="other examples or settings"):
        train_once(make_planted, "none", replace(config, encoder_layer=1), resume_from=tmp_path / "state")


def run(warm, data: Path, folder: Path, *more: object, where: str, step: int) -> int:
    done = warm.run(SCRIPT, data, folder / "state", folder / "model", where, step, *more)
    assert done.exit_code in (0, -signal.SIGKILL), done.stderr
    return done.exit_code


def test_killed_and_resumed_equals_never_killed(warm, tmp_path, make_planted):
    data, killed, never = tmp_path / "examples.jsonl", tmp_path / "killed", tmp_path / "never"
    write_examples(data, [*make_planted(60, seed=1), *make_planted(24, seed=2)], LABELS)
    killed.mkdir()
    never.mkdir()
    # Before the first save, between two saves, in the middle of a save, and long after the last one.
    for where, step in (("step", 9), ("step", 33), ("save", 50), ("step", 74)):
        assert run(warm, data, killed, where=where, step=step) == -signal.SIGKILL
    assert run(warm, data, killed, where="never", step=0) == 0
    assert run(warm, data, never, where="never", step=0) == 0
    assert [path.name for path in killed.iterdir() if "state" in path.name] == []
    assert json.loads((killed / "model/metrics.json").read_text()) == {"first_step": 51}
    for name in ("weights.safetensors", "config.json", "vocabulary.json"):
        assert (killed / "model" / name).read_bytes() == (never / "model" / name).read_bytes()


def test_killed_while_the_encoder_keeps_what_it_reads(warm, tmp_path, make_planted, tiny_encoder):
    data, killed, never = tmp_path / "examples.jsonl", tmp_path / "killed", tmp_path / "never"
    write_examples(data, [*make_planted(60, seed=1), *make_planted(24, seed=2)], LABELS)
    for folder in (killed, never):
        folder.mkdir()
    reads = {folder: (tiny_encoder, folder / "vectors") for folder in (killed, never)}
    for where, step in (("save", 0), ("step", 33)):  # the first save of all is that of the vectors
        assert run(warm, data, killed, *reads[killed], where=where, step=step) == -signal.SIGKILL
    for folder in (killed, never):
        assert run(warm, data, folder, *reads[folder], where="never", step=0) == 0
    assert (killed / "model/weights.safetensors").read_bytes() == (never / "model/weights.safetensors").read_bytes()

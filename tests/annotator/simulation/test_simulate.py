"""The command `whylight simulate`: what it writes and prints, that it resumes, and what it refuses."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

QUICK = ("--encoder", "static", "--vectors", "random", "--steps", "2", "--device", "cpu", "--sizes", "8,12")


def _command(data: Path, out: Path, *more: object) -> list[object]:
    return ["-m", "annotator", "simulate", data, "--out", out, *QUICK, "--seeds", "2", *more]


@pytest.fixture(scope="module")
def played(warm, made_data, tmp_path_factory):
    """The folder and the output of a simulation that nothing stopped."""
    out = tmp_path_factory.mktemp("played") / "out"
    return out, warm.run(*_command(made_data, out, "--json"))


def test_it_prints_the_means_and_writes_every_trial(played) -> None:
    out, done = played
    assert done.exit_code == 0, done.stderr
    lines = [json.loads(line) for line in (out / "trials.jsonl").read_text().splitlines()]
    assert [(line["key"]["arm"]["losses"], line["key"]["seed"]) for line in lines] == [
        (losses, seed) for losses in ("margin+quiet+head+irrelevant", "none") for seed in (0, 1)
    ]
    said = json.loads(done.stdout.splitlines()[-1])
    assert list(said["runs"]) == ["×1.5", "×1", "×2"]
    minutes = [said["runs"][cost][-1]["points"][-1]["minutes"] for cost in ("×1", "×1.5", "×2")]
    assert minutes == sorted(minutes)
    assert {"minutes ×1.5", "macro-F1"} <= {cell.strip() for cell in done.stdout.splitlines()[1].split("  ")}
    assert (out / "report.html").exists()
    assert json.loads((out / "cost-2" / "report.json").read_text())["title"].startswith("days: an answer takes 10 s")


def test_killed_and_resumed_it_ends_with_the_same_bytes(warm, played, made_data, tmp_path) -> None:
    out, kept = tmp_path / "killed", tmp_path / "killed" / "trials.jsonl"
    running = warm.start(*_command(made_data, out, "--cost", "1.5"))
    until = time.monotonic() + 300
    while not kept.exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    os.kill(running.pid, signal.SIGKILL)
    assert running.finish().exit_code == -signal.SIGKILL
    done_before = kept.read_text().count("\n")
    with kept.open("a") as file:
        file.write('{"key": {"arm"')  # as if it had been killed while it wrote
    again = warm.run(*_command(made_data, out, "--cost", "1.5", "--jobs", "2"))
    assert f"{done_before} of 4 curves are done already" in again.stderr
    for name in ("trials.jsonl", "report.md", "report.json", "report.html"):
        assert (out / name).read_bytes() == (played[0] / name).read_bytes(), name
    assert not list(out.glob(".trial-*"))


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--sizes", "8,49"), "49 answers are asked for, and the pool of days has 48 sentences"),
        (("--acquisition", "best"), "no acquisition is called 'best'"),
        (("--losses", "best"), "no loss is called 'best'"),
        (("--people", "none.json"), "There is no file none.json"),
        (("--confusion", "none.csv"), "There is no file none.csv"),
        (("--cost-from", "none.db"), "none.db"),
        (("--cost", "2", "--cost-from", "none.db"), "--cost and --cost-from contradict each other"),
        (("--unit", "3", "--cost-from", "none.db"), "the project says how long an answer takes"),
        (("--people", "none.json", "--missed", "0.1"), "the file says how each person answers"),
        (("--step", "5"), "the sizes say when rounds are trained"),
        (("--seeds", "9-3"), "give 1 to 1,000"),
        (("--sizes", "many"), "not a list of sizes"),
    ],
)
def test_what_cannot_be_played_is_said_in_a_sentence(run, made_data, tmp_path, arguments, why) -> None:
    usual = QUICK[:-2] if "--sizes" in arguments else QUICK
    done = run("simulate", made_data, "--out", tmp_path / "out", *usual, *arguments)
    assert done.exit_code == 1
    assert why in done.stderr
    assert not (tmp_path / "out" / "trials.jsonl").exists()

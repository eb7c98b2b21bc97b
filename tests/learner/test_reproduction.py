"""`learner reproduce` on a made-up set of 60 sentences, run as a user runs it."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from learner.data.example import Example
from learner.data.jsonlines import write_lines
from learner.model_names import own_loss
from learner.reproduction.categories import CATEGORIES, sort_sentences
from learner.reproduction.plan import Plan, Trial
from learner.reproduction.sets import read_set

pytestmark = pytest.mark.slow

WRITTEN = ("tables.md", "tables.json", "sentences.md", "sentences.json", "report.html")
SENTENCES = 60
_FILLERS = [f"filler{number}" for number in range(30)]


def _records(seed=0):
    draw = random.Random(seed)
    for number in range(SENTENCES):
        event = number % 2
        words = draw.sample(_FILLERS, k=7)
        marks = ["."] * 7
        if event:
            words[number % 7], marks[number % 7] = "exploded", "+"
        split = ("train", "train", "train", "dev", "test", "test")[number // 10]
        kind = ("calm", "rude", "hateful")[event + (event and number // 2 % 2)]
        marks = "".join(marks) if event else None
        record = {"id": f"s{number}", "tokens": words, "label": event, "class": kind, "split": split}
        yield record | ({"marks": marks} if marks else {})


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write_lines(folder / "litbank.jsonl", _records())
    write_lines(folder / "hatexplain.jsonl", _records())
    return folder


def _command(data, out, *more, sets="litbank"):
    options = ["--data", data, "--sets", sets, "--seeds", "2", "--steps", "8", "--jobs", "1", "--out", out, *more]
    return ["-m", "learner", "reproduce", *map(str, options)]


@pytest.fixture(scope="module")
def written(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "first"
    done = subprocess.run([sys.executable, *_command(data, out)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out, done


def test_the_same_bytes_twice(warm, data, written, tmp_path):
    first, _ = written
    assert warm.run(*_command(data, tmp_path / "second")).exit_code == 0
    for name in WRITTEN:
        assert (tmp_path / "second" / name).read_bytes() == (first / name).read_bytes()


def test_progress_shows_the_time_left(written):
    _, done = written
    assert "4/4, 0 min left: litbank, all answers, hinge, seed 1: accuracy" in done.stderr


def test_every_table_has_the_papers_figures_and_ours(written):
    text = (written[0] / "tables.md").read_text()
    for title in ("Table 1", "Table 2", "Table 4", "Table 5", "Tables 3, 6 and 7"):
        assert f"## {title}\n" in text
    assert "| ACE (paper) | all | taught | 70.1 | 76.1 | 73.0 | 76.9 | 0.03 |" in text
    assert "| litbank | all | hinge | unknown |" in text
    assert "| litbank | 0 15, 1 15 | 15 | 0 10, 1 10 | 10 |" in text


def test_what_can_be_committed_holds_no_sentence(written):
    for name in ("tables.md", "tables.json", "trials.jsonl"):
        assert "filler" not in (written[0] / name).read_text()
    assert "filler" in (written[0] / "sentences.md").read_text()


def test_the_categories_count_every_marked_sentence_of_test(written):
    pair = json.loads((written[0] / "tables.json").read_text())["pairs"][0]
    assert sum(each["mean"] for each in pair["categories"].values()) == 10
    assert len(pair["mcnemar"]) == 2


def test_the_page_is_complete_and_loads_nothing_from_a_server(written):
    text = (written[0] / "report.html").read_text()

    class Links(HTMLParser):
        def handle_starttag(self, tag, attrs):
            assert tag not in ("script", "link", "img", "iframe")
            assert not {"src", "href"} & {name for name, _ in attrs}

    Links().feed(text)
    assert "url(" not in text
    assert text.count("<table>") == 5


def test_three_classes_are_read_from_their_own_field(data):
    read = read_set(data, "hatexplain-3")
    assert set(read.labels) == {"calm", "rude", "hateful"}
    assert set(read_set(data, "hatexplain").labels) == {"0", "1"}


def test_resumes_where_it_was_killed(warm, data, written, tmp_path):
    first, _ = written
    out = tmp_path / "killed"
    running = warm.start(*_command(data, out))
    kept = out / "trials.jsonl"
    while not kept.exists():
        assert _lives(running.pid)
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGKILL)
    running.finish()
    done_before = kept.read_text().count("\n")
    again = warm.run(*_command(data, out))
    assert f"{done_before} of 4 models are trained already" in again.stderr
    assert (out / "tables.json").read_bytes() == (first / "tables.json").read_bytes()


def test_models_on_an_encoder_are_next_to_the_papers_in_every_table(warm, data, tiny_encoder, tmp_path):
    out, own = tmp_path / "out", own_loss("evidence")
    command = [*_command(data, out, "--encoder", tiny_encoder), "--seeds", "1"]
    done = warm.run(*command)
    assert done.exit_code == 0, done.stderr
    kinds = [f"litbank | all | {title}" for title in ("untaught", "hinge", "untaught, tiny", f"{own}, tiny")]
    text = (out / "tables.md").read_text()
    for title in ("Table 1", "Table 2", "Table 4"):
        table = text.partition(f"## {title}\n")[2].partition("\n## ")[0]
        assert all(f"| {kind} |" in table for kind in kinds), title
    pairs = json.loads((out / "tables.json").read_text())["pairs"]
    assert [each["title"] for each in pairs] == ["hinge", f"{own}, tiny"]
    assert f"{own} on tiny, seed 0: accuracy" in done.stderr
    assert "4 of 4 models are trained already" in warm.run(*command).stderr


def test_trials_done_before_there_were_encoders_keep_their_key(data, tiny_encoder):
    plan = Plan(data, ("litbank",), ("hinge",), (None,), 1, encoder=str(tiny_encoder))
    keys = [plan.key(trial) for trial in plan.trials()]
    assert ["encoder" in key for key in keys] == [False, False, True, True]
    assert len({key["encoder"] for key in keys[2:]}) == 1
    without = replace(plan, losses=())
    assert without.kinds() == plan.kinds()[2:]
    assert without.taught() == plan.taught()[1:]


def test_models_of_other_data_are_not_reused(data, tmp_path):
    file = tmp_path / "litbank.jsonl"
    write_lines(file, _records())
    plan = Plan(tmp_path, ("litbank",), ("hinge",), (None,), 1)
    before = plan.key(Trial("litbank", None, "hinge", 0))
    write_lines(file, _records(seed=1))
    assert plan.key(Trial("litbank", None, "hinge", 0)) != before


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--sizes", "many"), "--sizes: found 'many', expected a number of sentences (1 or more), or all"),
        (("--losses", "hing"), "no loss is called 'hing'"),
        (("--sets", "nowhere"), "the set nowhere is not in"),
        (("--encoder", "nowhere"), "there is no encoder"),
        (("--losses",), "--losses: found no name"),
    ],
)
def test_what_cannot_be_run_is_refused_in_a_sentence(warm, data, tmp_path, options, complaint):
    done = warm.run(*_command(data, tmp_path / "out", *options))
    assert done.exit_code == 1
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def _outcome(predicted, places):
    return {"failed": None, "predicted": [predicted], "top": [[0, places, [1.0] * len(places)]]}


@pytest.mark.parametrize(
    ("untaught", "taught", "category"),
    [
        ((1, [0]), (1, [1]), 0),
        ((1, [1]), (1, [1]), 1),
        ((0, [0]), (1, [1]), 2),
        ((0, [1]), (0, [1]), 3),
        ((1, [0]), (0, [1]), 4),
        ((1, [0]), (0, [0]), 4),
        ((1, [1]), (0, [0]), 5),
        ((0, [1]), (0, [0]), 5),
        ((0, [0]), (0, [0]), 6),
        ((1, [1]), (1, [0]), 6),
        ((0, [1]), (1, [1]), 6),
    ],
)
def test_categories_by_hand(untaught, taught, category):
    test = [Example(("quiet", "exploded"), 1, ".+")]
    (case,) = sort_sentences(test, _outcome(*untaught), _outcome(*taught))
    assert case.category == list(CATEGORIES)[category]


def test_processes_end_with_the_one_that_started_them(tmp_path):
    code = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from learner.trials.parallel import in_processes\n"
        "def work(folder):\n"
        "    Path(folder, str(os.getpid())).touch()\n"
        "    time.sleep(600)\n"
        "if __name__ == '__main__':\n"
        "    list(in_processes(work, [sys.argv[1]], jobs=1))\n"
    )
    program, folder = tmp_path / "program.py", tmp_path / "pids"
    program.write_text(code)
    folder.mkdir()
    root = str(Path(__file__).parents[2])
    parent = subprocess.Popen([sys.executable, program, folder], env={**os.environ, "PYTHONPATH": root})
    while not (pids := [int(each.name) for each in folder.iterdir()]):
        assert parent.poll() is None
        time.sleep(0.02)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 30
    while _lives(pids[0]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _lives(pids[0])


def _lives(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"

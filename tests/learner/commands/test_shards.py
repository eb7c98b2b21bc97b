"""The three steps as commands: the same head from one process, a pool of two, two parts, and two ranks of torchrun."""

import json
import os

import pytest

from learner.data.example import write_examples
from learner.errors import ShardError
from learner.shards import engines
from learner.shards.many import Part
from learner.training.checkpoint import save_checkpoint


@pytest.fixture
def pool(run, trained, make_planted, tmp_path, monkeypatch):
    """A checkpoint and three shards."""
    monkeypatch.setattr("learner.shards.build.WINDOW", 1)
    save_checkpoint(trained, tmp_path / "model", {})
    write_examples(tmp_path / "pool.jsonl", make_planted(60, seed=4), trained.labels)
    built = run("shards", "build", tmp_path / "pool.jsonl", "--out", tmp_path / "pool", "--rows", "20", "--json")
    assert built.exit_code == 0, built.stderr
    facts = json.loads(built.stdout)
    assert (facts["shards"], facts["rows"]) == (3, 60)
    assert built.stderr.count("sentences so far") == 3
    return tmp_path / "pool"


def test_progress_counts_one_sentence_in_the_singular(run, make_planted, trained, tmp_path):
    write_examples(tmp_path / "one.jsonl", make_planted(1, seed=4), trained.labels)
    built = run("shards", "build", tmp_path / "one.jsonl", "--out", tmp_path / "one")
    assert ".parquet: 1 sentence so far\n" in built.stderr


def scored(result):
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def head(run, scores, *options):
    done = run("shards", "head", scores, "--size", "10", *options)
    assert done.exit_code == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_same_head_comes_from_any_number_of_processes(run, pool, tmp_path, warm):
    score = ("shards", "score", tmp_path / "model", pool)
    alone = run(*score, "--out", tmp_path / "alone", "--jobs", "1", "--json")
    assert scored(alone) == {"scored": 3, "finished_before": 0, "sentences": 60}
    assert [line.split(",")[0] for line in alone.stderr.splitlines()] == ["1/3", "2/3", "3/3"]
    expected = head(run, tmp_path / "alone")
    assert len(expected.splitlines()) == 10

    for part in ("2/2", "1/2"):
        done = run(*score, "--out", tmp_path / "parts", "--shard", part, "--jobs", "1")
        assert (done.exit_code, f"part {part[0]} of 2 is in parts" in done.stdout) == (0, True), done.stderr
    assert head(run, tmp_path / "parts") == expected

    torchrun = [
        warm.start("-m", "learner", *score, "--out", tmp_path / "ranks", environment={"RANK": r, "WORLD_SIZE": "2"})
        for r in "01"
    ]
    jobs = warm.start("-m", "learner", *score, "--out", tmp_path / "jobs", "--jobs", "2", "--json")
    assert [(rank.finish().exit_code) for rank in torchrun] == [0, 0]
    assert json.loads(jobs.finish().stdout.splitlines()[-1])["scored"] == 3
    assert head(run, tmp_path / "ranks") == head(run, tmp_path / "jobs") == expected


def test_the_same_command_continues_and_the_head_can_be_a_file(run, pool, tmp_path):
    score = ("shards", "score", tmp_path / "model", pool, "--out", tmp_path / "scores", "--jobs", "1", "--json")
    assert scored(run(*score, "--shard", "1/3"))["scored"] == 1
    missing = run("shards", "head", tmp_path / "scores")
    assert (missing.exit_code, missing.stderr.count("\n")) == (1, 1)
    assert "scores: found no scores of " in missing.stderr
    assert scored(run(*score)) == {"scored": 2, "finished_before": 1, "sentences": 60}
    options = ("--acquisition", "0.5*margin+0.5*badge", "--seed", "3", "--random-share", "0.5")
    printed = head(run, tmp_path / "scores", *options, "--answered", tmp_path / "pool.jsonl")
    head(run, tmp_path / "scores", *options, "--answered", tmp_path / "pool.jsonl", "--out", tmp_path / "head.jsonl")
    assert (tmp_path / "head.jsonl").read_text() == printed


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("score", "none", "{pool}", "--out", "x"), "none is not a checkpoint"),
        (("score", "{model}", "none", "--out", "x"), "none: found no such folder, expected one of shards"),
        (("score", "{model}", "{model}", "--out", "x"), "model: found no Parquet file, expected shards"),
        (("score", "{model}", "{pool}", "--out", "x", "--shard", "3/2"), "--shard: found '3/2', expected a part such"),
        (
            ("score", "{model}", "{pool}", "--out", "x", "--ray-address", "auto"),
            "for the engine processes; choose the eng",
        ),
        (("score", "{model}", "{pool}", "--out", "x", "--engine", "dask"), "invalid choice: 'dask'"),
        (("score", "{model}", "{pool}", "--out", "{pool}"), "this is the folder of the shards"),
        (("head", "{pool}"), "pool: found no plan.json"),
        (("head", "{pool}", "--random-share", "2"), "found '2', expected a number from 0 to 1"),
        (("head", "{pool}", "--out", "x.csv"), "x.csv would hold JSON lines"),
        (("toast",), "invalid choice: 'toast'"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(run, pool, tmp_path, arguments, complaint):
    done = run("shards", *(word.format(pool=pool, model=tmp_path / "model") for word in arguments))
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert complaint in done.stderr


def test_a_part_and_torchrun_are_refused_together(run, pool, tmp_path, monkeypatch):
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    done = run("shards", "score", tmp_path / "model", pool, "--out", tmp_path / "x", "--shard", "1/2")
    assert "torchrun gives each process its part already" in done.stderr


def test_ray_and_torchrun_are_refused_together(run, pool, tmp_path, monkeypatch):
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    done = run("shards", "score", tmp_path / "model", pool, "--out", tmp_path / "x", "--engine", "ray")
    assert "--engine ray: torchrun gives each process its part already" in done.stderr


def test_a_number_of_rows_is_rounded_up_and_said(run, tmp_path, make_planted):
    write_examples(tmp_path / "pool.jsonl", make_planted(4, seed=4), ("quiet", "event"))
    done = run("shards", "build", tmp_path / "pool.jsonl", "--out", tmp_path / "pool", "--rows", "2049")
    assert "A shard has 4,096 rows instead of 2,049: whole windows of 2,048." in done.stderr


def test_parts_share_all_shards_once():
    parts = [Part.parse(f"{number}/3") for number in (1, 2, 3)]
    assert sorted(n for part in parts for n in range(10)[part.number - 1 :: part.of]) == list(range(10))


@pytest.mark.slow
def test_a_process_that_was_killed_is_said():
    with pytest.raises(ShardError, match="a process that scored shards has ended, perhaps for lack of memory"):
        list(engines._in_pool(os._exit, 2, [9, 9]))

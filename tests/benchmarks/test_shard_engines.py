"""Each launcher scores the same shards with as many workers; the cost of scoring is separated from that of starting."""

import sys
from pathlib import Path

import pytest
from shard_engines import LAUNCHERS, commands_of, compare, ratios, run_together

from learner.shards.engines import ENGINES


def options(launcher, jobs=2):
    commands = commands_of(launcher, jobs, Path("model"), Path("pool"), Path("out"))
    assert all(command[0] == sys.executable for command in commands)
    return [" ".join(command[1:]) for command in commands]


def test_every_launcher_scores_the_same_shards_into_one_folder_by_as_many_workers():
    score = "-m learner shards score model pool --out out --device cpu"
    assert {*ENGINES} < {*LAUNCHERS}
    for engine in ENGINES:
        assert options(engine) == [f"{score} --engine {engine} --jobs 2"]
    assert options("torchrun") == [f"-m torch.distributed.run --standalone --nproc-per-node 2 {score}"]
    assert options("parts", 3) == [f"{score} --shard {part}/3 --jobs 1" for part in (1, 2, 3)]


def test_what_sentences_cost_is_told_from_the_start_by_two_sizes():
    """Two seconds to start and 0.01 for each sentence; one measurement of three was disturbed."""
    small, large = ([{"seconds": 2 + rows / 100 + more} for more in (0, 0, 9)] for rows in (100, 400))
    found = compare(small, large, rows=[100, 400])
    assert found == {"large_seconds": 6.0, "per_million_seconds": 10_000.0, "start_seconds": 2.0}
    assert ratios(found, {"large_seconds": 3.0, "per_million_seconds": 10_000.0, "start_seconds": 0.0}) == {
        "large_seconds": 2.0,
        "per_million_seconds": 1.0,
    }


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="CPU seconds are read from /proc")
def test_commands_run_at_the_same_time_and_one_that_fails_is_named(tmp_path):
    """Each waits until the other has begun, so one after the other they would never end."""
    meet = """
import pathlib, sys, time
pathlib.Path(sys.argv[1]).touch()
while not pathlib.Path(sys.argv[2]).exists():
    time.sleep(0.01)
"""
    both = [[sys.executable, "-c", meet, str(tmp_path / a), str(tmp_path / b)] for a, b in ("ab", "ba")]
    assert run_together(both).keys() == {"seconds", "cpu_seconds"}
    with pytest.raises(SystemExit, match="ended with 1: no such model"):
        run_together([both[0], [sys.executable, "-c", "raise SystemExit('no such model')"]])

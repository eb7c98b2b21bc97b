"""A Ray cluster of two workers writes what processes write, also when a worker is killed in the middle of a shard.

`.ci/run` installs Ray for it; elsewhere: pip install 'whylight[ray]'.
"""

import json
import os
import signal
import sys
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from learner.errors import ClusterError, ExampleError
from learner.shards.folder import PLAN, shards_of
from learner.shards.many import score_shards
from learner.shards.on_ray import on_ray
from learner.shards.score import Scoring
from learner.shards.work import Work

pytestmark = pytest.mark.slow


@pytest.fixture
def ray(ray_cluster):
    ray_cluster.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers cannot import a test
    return ray_cluster


@pytest.fixture
def shards(make_shards, sentences):
    """Six shards."""
    return make_shards(sentences, rows=15)


@dataclass(frozen=True)
class Deadly(Work):
    """Work that kills its process at one shard: always, or once when its scores are written but not in place."""

    begun: Path
    victim: str
    always: bool

    def __call__(self, shard):
        from learner.shards import score

        with self.begun.open("a") as file:
            file.write(f"{shard.name} {os.getpid()}\n")
        if shard.name == self.victim and self.always:
            kill()
        if shard.name == self.victim and self.begun.read_text().count(shard.name) == 1:
            score.put_in_place = lambda half, out: kill()
        scored = super().__call__(shard)
        assert score._scorer.cache_info().misses == 1, "the checkpoint was loaded again"
        return scored


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(begun, victim, *, always):
    """Return the engine that is killed at a shard."""

    @contextmanager
    def engine(work, *, jobs):
        with on_ray(Deadly(**vars(work), begun=begun, victim=victim, always=always), jobs=jobs) as run:
            yield run

    return engine


def names(folder):
    return sorted(path.name for path in folder.glob("*.parquet"))


def contents(folder):
    """Return all that is in a folder of scores; a file that was left half written would be there too."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_queue_comes_from_one_process_two_torchrun_and_ray(run, warm, ray, checkpoint, shards, tmp_path):
    def score(folder, *options, **environment):
        environment |= {name: value for name, value in os.environ.items() if name.startswith("RAY_")}
        command = ("-m", "learner", "shards", "score", checkpoint, shards, "--out", tmp_path / folder, *options)
        return warm.start(*command, environment=environment)

    def head(folder):
        done = run("shards", "head", tmp_path / folder, "--size", "12", "--seed", "3")
        assert (done.exit_code, len(done.stdout.splitlines())) == (0, 12), done.stderr
        return done.stdout

    address = ray.get_runtime_context().gcs_address
    on_cluster = score("ray", "--engine", "ray", "--ray-address", address, "--json")
    others = [
        score("one", "--jobs", "1"),
        score("two", "--jobs", "2"),
        *(score("ranks", RANK=rank, WORLD_SIZE="2") for rank in "01"),
    ]
    assert [each.finish().exit_code for each in others] == [0] * 4
    done = on_cluster.finish()
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout) == {"scored": 6, "finished_before": 0, "sentences": 90}
    _, *lines = done.stderr.splitlines()  # the first is of the warm server
    assert [line.partition(",")[0] for line in lines] == [f"{n}/6" for n in range(1, 7)]
    assert head("one") == head("two") == head("ranks") == head("ray")
    assert contents(tmp_path / "one") == contents(tmp_path / "ray")

    again = run("shards", "score", checkpoint, shards, "--out", tmp_path / "ray", "--engine", "ray", "--json")
    assert json.loads(again.stdout) == {"scored": 0, "finished_before": 6, "sentences": 90}


def test_after_a_worker_is_killed_nothing_is_scored_twice_or_left_out(ray, checkpoint, shards, score, tmp_path, capfd):
    victim, begun = names(shards)[3], tmp_path / "begun"
    engine = deadly(begun, victim, always=False)
    scoring = score_shards(checkpoint, shards, tmp_path / "out", scoring=Scoring(), jobs=2, engine=engine)
    seen = [(now.done, now.shard.name, now.shard.rows, now.shard.was_finished) for now in scoring]
    assert [done for done, *_ in seen] == [1, 2, 3, 4, 5, 6]
    assert sorted(of_shard for _, *of_shard in seen) == [[name, 15, False] for name in names(shards)]
    assert contents(tmp_path / "out") == contents(score(shards, name="alone"))

    calls = [line.split() for line in begun.read_text().splitlines()]
    assert Counter(name for name, _ in calls) == Counter(names(shards)) + Counter([victim])
    assert 2 <= len({process for _, process in calls}) <= 3
    assert capfd.readouterr() == ("", "")


def test_a_shard_that_ends_every_worker_is_named_and_the_others_are_kept(ray, checkpoint, shards, tmp_path):
    victim = names(shards)[-1]
    arguments = (checkpoint, shards, tmp_path / "out")
    engine = deadly(tmp_path / "begun", victim, always=True)
    with pytest.raises(ClusterError, match=f"3 workers ended at shard {victim}, perhaps for lack of memory"):
        list(score_shards(*arguments, scoring=Scoring(), jobs=1, engine=engine))
    assert names(tmp_path / "out") == names(shards)[:-1]
    again = score_shards(*arguments, scoring=Scoring(), jobs=1)
    assert [now.shard.was_finished for now in again] == [True] * 5 + [False]


def test_what_a_worker_finds_wrong_is_said_as_by_processes(ray, checkpoint, shards, tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    (tmp_path / "faulty").mkdir()
    parquet.write_table(pa.table({"id": ["a"], "tokens": [["one", ""]]}), tmp_path / "faulty" / "a.parquet")
    with pytest.raises(ExampleError, match=r"a\.parquet row 1, tokens: found .* expected at least one word"):
        list(score_shards(checkpoint, tmp_path / "faulty", tmp_path / "out", scoring=Scoring(), engine=on_ray))

    nowhere = Work(checkpoint, shards, tmp_path / "nowhere", Scoring())
    with (
        pytest.raises(ClusterError, match=rf"found no .*nowhere/{PLAN}, expected it under the same path on all machin"),
        on_ray(nowhere, jobs=1) as score,
    ):
        list(score(shards_of(shards)))


def test_sigterm_ends_the_process_by_way_of_its_finally_and_without_a_stack(ray, capfd):
    with pytest.raises(SystemExit) as end:
        signal.raise_signal(signal.SIGTERM)  # Ray's own handler would end the tests here
    assert end.value.code == 128 + signal.SIGTERM
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's list of sockets")
def test_the_cluster_of_one_machine_listens_on_loopback_alone_and_reports_nothing(ray):
    ours = {inode for process in descendants(os.getpid()) for inode in sockets_of(process)}
    addresses = [address for address, inode in listening() if inode in ours]
    assert len(addresses) >= 3  # Ray's two servers, and this process
    assert {*addresses} <= {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def listening():
    """Yield the address of each TCP socket that listens, as Linux writes it, and its inode."""
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                yield fields[1].partition(":")[0], fields[9]


def descendants(process):
    """Return this process and all that it has started, and those have started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def sockets_of(process):
    """Return the inodes of a process's sockets."""
    found = set()
    for descriptor in Path(f"/proc/{process}/fd").glob("*"):
        with suppress(OSError):
            found.add(os.readlink(descriptor).removeprefix("socket:[").removesuffix("]"))
    return found

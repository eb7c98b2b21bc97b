"""An engine is chosen by its name, and one that cannot run says so before anything is written."""

import sys

import pytest

from learner.errors import ArgumentError, ClusterError
from learner.shards.engines import RAY, engine_called, processes
from learner.shards.many import score_shards
from learner.shards.on_ray import on_ray
from learner.shards.score import Scoring


def test_processes_are_an_engine_and_take_no_address():
    assert engine_called("processes") is processes
    with pytest.raises(ArgumentError, match="a Ray address was given for the engine processes"):
        engine_called("processes", ray_address="auto")
    with pytest.raises(ArgumentError, match="engine: found 'spark', expected one of processes, ray"):
        engine_called("spark")


def test_ray_is_asked_for_where_it_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ClusterError, match=r"Ray is not installed here: pip install 'whylight\[ray\]'"):
        engine_called(RAY)


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("127.0.0.1:1", r"found no Ray cluster at 127.0.0.1:1 \(.*refused\): run this on one of its machines"),
        ("127.0.0.1:99999", "found no Ray cluster at 127.0.0.1:99999"),
        ("ray://127.0.0.1:10001", "found 'ray://127.0.0.1:10001', expected HOST:PORT"),
        ("here", "found 'here', expected HOST:PORT"),
    ],
)
@pytest.mark.parametrize("given", ["argument", "environment"])
def test_an_address_without_a_cluster_is_refused_and_nothing_is_written(
    checkpoint, make_shards, sentences, tmp_path, monkeypatch, address, complaint, given
):
    if given == "environment":
        monkeypatch.setenv("RAY_ADDRESS", address)

    def engine(work, *, jobs):
        return on_ray(work, jobs=jobs, address=address if given == "argument" else None)

    shards = make_shards(sentences, rows=90)
    with pytest.raises(ClusterError, match=complaint):
        list(score_shards(checkpoint, shards, tmp_path / "out", scoring=Scoring(), engine=engine))
    assert not (tmp_path / "out").exists()

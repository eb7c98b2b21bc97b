"""The simulated cluster schedules a list, exactly where nothing is left to chance; no shard is lost or kept twice."""

import json
from dataclasses import replace

import numpy as np
import pytest
from cluster_cost import RESULTS, Rates, Simulation, measured_encoder_s

STILL = Rates(
    score_s=100, read_mb=80, written_mb=20, start_s=7, head_s=1, cores=1, storage_mb_s=50, spread=0, slow_share=0,
    failures_per_hour=0,
)  # fmt: skip
"""A shard of a million sentences takes 100 s, and 100 MB at 50 MB/s take 2 s when one core reads and writes."""


def simulate(rates, *, machines, shards, seed=0):
    rng = np.random.default_rng(seed)
    return Simulation(rates, machines=machines, rows=shards * 1_000_000, of_shard=1_000_000, rng=rng)


@pytest.mark.parametrize(("machines", "cores", "seconds"), [(1, 1, 7 + 3 * 102), (2, 1, 7 + 2 * 104), (1, 4, 7 + 106)])
def test_without_chance_the_time_is_what_one_would_compute(machines, cores, seconds):
    outcome = simulate(replace(STILL, cores=cores), machines=machines, shards=3).run()
    assert outcome.minutes * 60 == pytest.approx(seconds)
    assert (sorted(outcome.scored), outcome.failures) == ([0, 1, 2], 0)


def test_a_slower_machine_and_a_straggler_take_longer():
    slow = simulate(replace(STILL, slow_share=1, slow_factor=3), machines=1, shards=1).run()
    assert slow.minutes * 60 == pytest.approx(7 + 300 + 2)
    spread = [simulate(replace(STILL, spread=0.5), machines=1, shards=1, seed=seed).run().minutes for seed in range(9)]
    assert min(spread) < (7 + 102) / 60 < max(spread)


@pytest.mark.parametrize("machines", [1, 3, 8])
def test_the_time_is_within_the_bounds_of_list_scheduling(machines):
    for seed in range(20):
        simulation = simulate(replace(STILL, slow_share=0.3), machines=machines, shards=25, seed=seed)
        each = [seconds + simulation.moved_s for seconds in simulation.scoring_s]
        seconds = simulation.run().minutes * 60 - STILL.start_s
        assert sum(each) / machines <= seconds + 1e-6
        assert seconds <= sum(each) / machines + (1 - 1 / machines) * max(each) + 1e-6


def test_every_shard_is_kept_once_however_many_machines_fail():
    failing = replace(STILL, cores=2, failures_per_hour=20, back_after_s=30)
    outcomes = [simulate(failing, machines=4, shards=60, seed=seed).run() for seed in range(20)]
    assert all(sorted(outcome.scored) == list(range(60)) for outcome in outcomes)
    assert sum(outcome.failures for outcome in outcomes) > 100
    calm = simulate(replace(failing, failures_per_hour=0), machines=4, shards=60).run()
    assert all(
        outcome.minutes > calm.minutes and outcome.useful < calm.useful for outcome in outcomes if outcome.failures
    )


def test_the_same_seed_gives_the_same_run():
    rates = replace(STILL, slow_share=0.2, spread=0.2, failures_per_hour=5)
    runs = [simulate(rates, machines=3, shards=20, seed=seed).run() for seed in (4, 4, 5)]
    assert runs[0] == runs[1] != runs[2]


def test_the_encoder_costs_what_reading_as_many_layers_as_a_round_does_was_measured_to_cost():
    pool = json.loads((RESULTS / "pool_scoring_encoder.json").read_text())
    assert "three of six layers" in pool["note"]
    assert measured_encoder_s() == round(1e6 / pool["figures"]["reading_per_s_float32"])
    simulated = json.loads((RESULTS / "cluster_cost.json").read_text())["figures"]["rates"]
    assert simulated["encoder_s"] == measured_encoder_s(), "docs/distributed.md has the figures of another rate"

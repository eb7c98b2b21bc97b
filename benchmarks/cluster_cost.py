"""What would N machines cost for a pool of a hundred million sentences? A simulation from measured rates.

    python benchmarks/cluster_cost.py --json

Shards wait in one queue, and a core that is free takes the next one, as on Ray; fixed parts, as of a SLURM array, take
longer. A machine that fails loses the shards that its cores are at, which go back to the queue.

Measured, and read from benchmarks/results: CPU seconds and MB that a million sentences take, with the CNN and with a
pretrained encoder, and how long a worker takes to start. Assumed, and options here: cores per machine, the storage
that all machines share, machines that differ, shards that take longer, and failures. Nothing of this was run on a
cluster. docs/distributed.md shows the table.
"""

import argparse
import heapq
import json
import statistics
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

RESULTS = Path(__file__).with_name("results")


@dataclass(frozen=True)
class Rates:
    """What decides how long shards take; the first five are measured."""

    score_s: float
    """CPU seconds for a million sentences."""
    read_mb: float
    """For a million sentences: the shards are read twice, once for their hash."""
    written_mb: float
    start_s: float
    """From the command to workers that have loaded the checkpoint."""
    head_s: float
    """For a million sentences, on one core, when all are scored."""
    cores: int = 16
    """Of each machine."""
    storage_mb_s: float = 1000.0
    """What all machines together can read and write; each core gets an equal part."""
    spread: float = 0.1
    """Standard deviation of the logarithm of a machine's speed."""
    slow_share: float = 0.05
    """How many of the shards are stragglers."""
    slow_factor: float = 3.0
    """How much longer those take."""
    failures_per_hour: float = 0.02
    """Of each machine."""
    back_after_s: float = 180.0
    """When a machine that has failed, or another one in its place, starts its workers."""


class Outcome(NamedTuple):
    """One run of a cluster."""

    minutes: float
    """Until all shards are scored."""
    useful: float
    """Share of the cores' time that was spent on shards whose scores were kept."""
    failures: int
    scored: tuple[int, ...]
    """The shards, in the order in which they were finished."""


class _Machine:
    def __init__(self, speed: float) -> None:
        self.speed, self.life = speed, 0
        self.at: dict[int, tuple[int, float]] = {}
        """Core → the shard that it is at, and the seconds that it takes."""


class Simulation:
    """A queue of shards, machines, and what happens next."""

    def __init__(self, rates: Rates, *, machines: int, rows: int, of_shard: int, rng: np.random.Generator) -> None:
        self._rates, self._rng = rates, rng
        shards = -(-rows // of_shard)
        busy = min(shards, machines * rates.cores)
        millions = of_shard / 1e6
        moved_s = millions * (rates.read_mb + rates.written_mb) / (rates.storage_mb_s / busy)
        slow = np.where(rng.random(shards) < rates.slow_share, rates.slow_factor, 1.0)
        self.scoring_s = (millions * rates.score_s * slow).tolist()
        self.moved_s = moved_s
        self._left = deque(range(shards))
        self._machines = [_Machine(speed) for speed in np.exp(rng.normal(0, rates.spread, machines)).tolist()]
        self._idle: deque[tuple[int, int, int]] = deque()
        self._next: list[tuple[float, int, Callable[..., None], tuple[int, ...]]] = []
        self._order = self.failures = 0
        self._useful_s = 0.0
        self._scored: list[int] = []

    def run(self) -> Outcome:
        """Return what happens until all shards are scored."""
        for machine in range(len(self._machines)):
            self._start(0.0, machine)
            self._plan_failure(0.0, machine)
        now, shards = 0.0, len(self._left)
        while len(self._scored) < shards:
            now, _, happens, where = heapq.heappop(self._next)
            happens(now, *where)
        useful = self._useful_s / (now * len(self._machines) * self._rates.cores)
        return Outcome(now / 60, useful, self.failures, tuple(self._scored))

    def _at(self, time: float, happens: Callable[..., None], *where: int) -> None:
        self._order += 1
        heapq.heappush(self._next, (time, self._order, happens, where))

    def _start(self, now: float, machine: int) -> None:
        for core in range(self._rates.cores):
            self._at(now + self._rates.start_s, self._take, machine, core, self._machines[machine].life)

    def _take(self, now: float, number: int, core: int, life: int) -> None:
        machine = self._machines[number]
        if life != machine.life:
            return
        if not self._left:
            self._idle.append((number, core, life))
            return
        shard = self._left.popleft()
        seconds = self.scoring_s[shard] / machine.speed + self.moved_s
        machine.at[core] = shard, seconds
        self._at(now + seconds, self._finish, number, core, life)

    def _finish(self, now: float, number: int, core: int, life: int) -> None:
        machine = self._machines[number]
        if life != machine.life:
            return
        shard, seconds = machine.at.pop(core)
        self._useful_s += seconds
        self._scored.append(shard)
        self._take(now, number, core, life)

    def _plan_failure(self, now: float, number: int) -> None:
        if self._rates.failures_per_hour:
            self._at(now + self._rng.exponential(3600 / self._rates.failures_per_hour), self._fail, number)

    def _fail(self, now: float, number: int) -> None:
        machine = self._machines[number]
        self.failures += 1
        machine.life += 1
        self._left.extendleft(shard for shard, _ in machine.at.values())
        machine.at.clear()
        back = now + self._rates.back_after_s
        self._start(back, number)
        self._plan_failure(back, number)
        waiting, self._idle = self._idle, deque()
        for place in waiting:
            self._take(now, *place)


def main() -> None:
    """Simulate clusters of several sizes, many times each, and print what they take."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", type=int, default=100_000_000, help="sentences")
    parser.add_argument("--machines", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument(
        "--rows", type=int, nargs="+", default=[1_048_576, 131_072, 16_384], help="sentences of a shard"
    )
    parser.add_argument("--runs", type=int, default=100, help="simulations of each, with the seeds 0 to N - 1")
    measured = measured_rates()
    for name, value in asdict(measured).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    parser.add_argument("--encoder-s", type=float, default=measured_encoder_s(), help="more, for a pretrained encoder")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rates = Rates(**{field.name: getattr(given, field.name) for field in fields(Rates)})
    models = {"CNN": rates, "encoder": replace(rates, score_s=rates.score_s + given.encoder_s)}
    clusters = [
        {"model": model} | _describe(of_model, machines=machines, rows=given.pool, of_shard=rows, runs=given.runs)
        for model, of_model in models.items()
        for rows in given.rows
        for machines in given.machines
    ]
    facts = {
        "what": "simulated, not run on a cluster",
        "pool": given.pool,
        "rates": asdict(rates) | {"encoder_s": given.encoder_s},
        "runs": given.runs,
        "head_minutes": round(rates.head_s * given.pool / 1e6 / 60, 1),
        "clusters": clusters,
    }
    print(json.dumps(facts) if given.json else json.dumps(facts, indent=1))


def measured_rates() -> Rates:
    """Return the rates that `shards.py` and `shard_engines.py` measured, with what is assumed."""
    costs = json.loads((RESULTS / "shards.json").read_text())["figures"]["per_million"]
    engines = json.loads((RESULTS / "shard_engines.json").read_text())["figures"]
    return Rates(
        score_s=costs["score_cpu_s"],
        read_mb=2 * costs["shards_mb"],
        written_mb=costs["scores_mb"],
        start_s=engines["ray"]["start_seconds"],
        head_s=costs["head_cpu_s"],
    )


def measured_encoder_s() -> float:
    """Return the CPU seconds in which MiniLM reads a million sentences, as `pool_scoring.py --encoder` measured them.

    It reads them as rounds do by default: in float32, after three of the encoder's six layers.
    """
    per_s = json.loads((RESULTS / "pool_scoring_encoder.json").read_text())["figures"]["reading_per_s_float32"]
    return round(1e6 / float(per_s))


def _describe(rates: Rates, *, machines: int, rows: int, of_shard: int, runs: int) -> dict[str, float]:
    outcomes = [
        Simulation(rates, machines=machines, rows=rows, of_shard=of_shard, rng=np.random.default_rng(seed)).run()
        for seed in range(runs)
    ]
    minutes = sorted(outcome.minutes for outcome in outcomes)
    return {
        "rows_of_shard": of_shard,
        "shards": len(outcomes[0].scored),
        "machines": machines,
        "minutes": round(statistics.median(minutes), 1),
        "minutes_in_95_of_100": round(float(np.quantile(minutes, 0.95)), 1),
        "machine_hours": round(machines * statistics.median(minutes) / 60, 2),
        "useful": round(statistics.median(outcome.useful for outcome in outcomes), 2),
        "failures": round(statistics.mean(outcome.failures for outcome in outcomes), 2),
    }


if __name__ == "__main__":
    main()

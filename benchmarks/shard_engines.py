"""What does Ray cost? Seconds and CPU seconds of `shards score` in a pool of processes and on Ray, on the same shards.

    python benchmarks/shard_engines.py --json          (needs the extra ray, and Linux)

The engines take turns, on a small pool and on one four times as large, each with two workers on this machine. The
difference is what the sentences cost; the rest is the start: of the cluster, of the workers, of PyTorch. CPU seconds
are those of the command and of all that it has started, read four times a second; other work on the machine makes the
seconds longer, but hardly the CPU seconds. The scores have to be equal, byte for byte. docs/distributed.md interprets
the figures.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import torch
from shards import TIMES, save_model, write_pool

from learner.shards.engines import ENGINES, PROCESSES, RAY

SHARDS = 5
"""Of the small pool."""
_TICKS = os.sysconf("SC_CLK_TCK")
Costs = dict[str, float]


def main() -> None:
    """Score both pools by both engines in turns, and print what each costs and how they compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_480, help="sentences of the small pool")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2, help="workers")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found: dict[tuple[str, int], list[Costs]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        pools = _make(Path(folder), [given.rows, TIMES * given.rows])
        for number in range(given.rounds):
            for rows, pool in pools.items():
                for engine in ENGINES if number % 2 == 0 else reversed(ENGINES):
                    found[engine, rows].append(_score(Path(folder), pool, f"{engine}-{number}", engine, given.jobs))
                _check_equal(*(pool.with_name(f"{pool.name}-{engine}-{number}") for engine in ENGINES))
    small, large = pools
    figures = {engine: compare(found[engine, small], found[engine, large], rows=[small, large]) for engine in ENGINES}
    facts = {
        **{"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(), "torch": torch.__version__},
        **{"load": round(os.getloadavg()[0], 1), "rows": [small, large], "rounds": given.rounds, "jobs": given.jobs},
        **figures,
        "ray_to_processes": {
            name: round(value / figures[PROCESSES][name], 2)
            for name, value in figures[RAY].items()
            if figures[PROCESSES][name] > 0
        },
    }
    print(json.dumps(facts) if given.json else json.dumps(facts, indent=1))


def compare(small: Sequence[Costs], large: Sequence[Costs], *, rows: Sequence[int]) -> Costs:
    """Return the medians for the large pool, for a million sentences, and for the start, of pools of so many rows."""
    found: Costs = {}
    for kind in small[0]:
        less, more = (statistics.median(each[kind] for each in costs) for costs in (small, large))
        of_row = (more - less) / (rows[1] - rows[0])
        found |= {f"large_{kind}": more, f"per_million_{kind}": of_row * 1e6, f"start_{kind}": less - of_row * rows[0]}
    return {name: round(value, 2) for name, value in found.items()}


def _make(folder: Path, sizes: Sequence[int]) -> dict[int, Path]:
    save_model(folder / "model")
    pools = {}
    for rows in sizes:
        pools[rows] = folder / f"pool-{rows}"
        write_pool(folder / f"{rows}.jsonl", rows)
        _run("build", folder / f"{rows}.jsonl", "--out", pools[rows], "--rows", sizes[0] // SHARDS)
    return pools


def _score(folder: Path, pool: Path, name: str, engine: str, jobs: int) -> Costs:
    out = pool.with_name(f"{pool.name}-{name}")
    options = ["--engine", engine, "--jobs", jobs, "--device", "cpu"]
    return _run("score", folder / "model", pool, "--out", out, *options)


def _run(*arguments: object) -> Costs:
    command = [sys.executable, "-m", "learner", "shards", *map(str, arguments)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("RAY_ADDRESS", None)
    began, ticks = time.perf_counter(), {}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        while process.poll() is None:
            ticks |= _ticks_below(process.pid)
            time.sleep(0.25)
        said = process.stderr.read().decode() if process.stderr else ""
    if process.returncode:
        raise SystemExit(f"{' '.join(command[1:])} ended with {process.returncode}: {said}")
    return {"seconds": time.perf_counter() - began, "cpu_seconds": sum(ticks.values()) / _TICKS}


def _ticks_below(process: int) -> Mapping[int, int]:
    """Return the ticks of CPU that a process, and each below it, has taken by now."""
    parents, ticks = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            number = int(stat.parent.name)
            parents[number], ticks[number] = int(fields[1]), int(fields[11]) + int(fields[12])
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return {number: ticks[number] for number in found & ticks.keys()}


def _check_equal(one: Path, other: Path) -> None:
    for path in one.iterdir():
        if path.read_bytes() != (other / path.name).read_bytes():
            raise SystemExit(f"{path.name}: the engines have written different scores")


if __name__ == "__main__":
    main()

"""What does each launcher cost? Seconds and CPU seconds of `shards score`, on the same shards.

    python benchmarks/shard_engines.py --json          (needs the extra ray, and Linux)

    processes   a pool of processes
    ray         Ray on this machine, with a worker each
    torchrun    ranks that torchrun starts, each with its own part
    parts       a command for each part, `--shard i/N`, all at once: what a SLURM array runs

They take turns, on a small pool and on one four times as large, each with two workers on this machine. The
difference is what the sentences cost; the rest is the start: of the cluster, of the workers, of PyTorch. CPU seconds
are those of the commands and of all that they have started, read four times a second; other work on the machine makes
the seconds longer, but hardly the CPU seconds. The scores have to be equal, byte for byte. docs/distributed.md
interprets the figures.
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
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from pathlib import Path

import torch
from shards import TIMES, save_model, write_pool

from learner.shards.engines import PROCESSES, RAY

SHARDS = 5
"""Of the small pool."""
TORCHRUN, PARTS = "torchrun", "parts"
LAUNCHERS = (PROCESSES, RAY, TORCHRUN, PARTS)
_TICKS = os.sysconf("SC_CLK_TCK")
_SAMPLED_EVERY_S = 0.25
_LEARNER = ["-m", "learner", "shards"]
Costs = dict[str, float]
Command = list[str]


def main() -> None:
    """Score both pools by all launchers in turns, and print what each costs and how they compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_480, help="sentences of the small pool")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2, help="workers")
    parser.add_argument(
        "--against",
        nargs="+",
        choices=LAUNCHERS[1:],
        default=LAUNCHERS[1:],
        help="what the pool of processes is compared with; all by default",
    )
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    launchers = [PROCESSES, *given.against]
    found: dict[tuple[str, int], list[Costs]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        model, pools = _make(Path(folder), [given.rows, TIMES * given.rows])
        for number in range(given.rounds):
            for rows, pool in pools.items():
                for launcher in launchers if number % 2 == 0 else reversed(launchers):
                    out = pool.with_name(f"{pool.name}-{launcher}-{number}")
                    found[launcher, rows].append(run_together(commands_of(launcher, given.jobs, model, pool, out)))
                _check_equal([pool.with_name(f"{pool.name}-{launcher}-{number}") for launcher in launchers])
    small, large = pools
    figures = {each: compare(found[each, small], found[each, large], rows=[small, large]) for each in launchers}
    facts = {
        **{"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(), "torch": torch.__version__},
        **{"load": round(os.getloadavg()[0], 1), "rows": [small, large], "rounds": given.rounds, "jobs": given.jobs},
        "compiled": find_spec("numba") is not None,
        **figures,
        **{f"{each}_to_processes": ratios(figures[each], figures[PROCESSES]) for each in given.against},
    }
    print(json.dumps(facts) if given.json else json.dumps(facts, indent=1))


def commands_of(launcher: str, jobs: int, model: Path, pool: Path, out: Path) -> list[Command]:
    """Return the commands, to be run at the same time, by which a launcher scores a pool with this many workers."""
    score = [*_LEARNER, "score", str(model), str(pool), "--out", str(out), "--device", "cpu"]
    if launcher == TORCHRUN:
        torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(jobs)]
        return [[sys.executable, *torchrun, *score]]
    if launcher == PARTS:
        return [[sys.executable, *score, "--shard", f"{part}/{jobs}", "--jobs", "1"] for part in range(1, jobs + 1)]
    return [[sys.executable, *score, "--engine", launcher, "--jobs", str(jobs)]]


def ratios(costs: Costs, of_processes: Costs) -> Costs:
    """Return how many times as much each cost is; without those that are not above zero for the pool of processes."""
    return {name: round(value / of_processes[name], 2) for name, value in costs.items() if of_processes[name] > 0}


def compare(small: Sequence[Costs], large: Sequence[Costs], *, rows: Sequence[int]) -> Costs:
    """Return the medians for the large pool, for a million sentences, and for the start, of pools of so many rows."""
    found: Costs = {}
    for kind in small[0]:
        less, more = (statistics.median(each[kind] for each in costs) for costs in (small, large))
        of_row = (more - less) / (rows[1] - rows[0])
        found |= {f"large_{kind}": more, f"per_million_{kind}": of_row * 1e6, f"start_{kind}": less - of_row * rows[0]}
    return {name: round(value, 2) for name, value in found.items()}


def run_together(commands: Sequence[Command]) -> Costs:
    """Run commands at the same time, and return the seconds until the last one ends and the CPU seconds of all."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("RAY_ADDRESS", None)
    began, ticks = time.perf_counter(), dict[int, int]()
    with ExitStack() as running:
        started = [
            running.enter_context(
                subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            )
            for command in commands
        ]
        while any([process.poll() is None for process in started]):
            for process in started:
                ticks |= _ticks_below(process.pid) if process.returncode is None else {}
            time.sleep(_SAMPLED_EVERY_S)
        seconds = time.perf_counter() - began
        for command, process in zip(commands, started, strict=True):
            if process.returncode:
                errors = process.stderr.read().decode() if process.stderr else ""
                raise SystemExit(f"{' '.join(command[1:])} ended with {process.returncode}: {errors}")
    return {"seconds": seconds, "cpu_seconds": sum(ticks.values()) / _TICKS}


def _make(folder: Path, sizes: Sequence[int]) -> tuple[Path, dict[int, Path]]:
    save_model(folder / "model")
    pools = {}
    for rows in sizes:
        file, pools[rows] = folder / f"{rows}.jsonl", folder / f"pool-{rows}"
        write_pool(file, rows)
        build = ["build", str(file), "--out", str(pools[rows]), "--rows", str(sizes[0] // SHARDS)]
        run_together([[sys.executable, *_LEARNER, *build]])
    return folder / "model", pools


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


def _check_equal(folders: Sequence[Path]) -> None:
    for path in folders[0].iterdir():
        if any((other / path.name).read_bytes() != path.read_bytes() for other in folders[1:]):
            raise SystemExit(f"{path.name}: the launchers have written different scores")


if __name__ == "__main__":
    main()

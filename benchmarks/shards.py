"""What does a pool in shards cost? CPU seconds, memory and disk for each step, and what follows for a larger pool.

    python benchmarks/shards.py --json

Each step runs as its command, in one process, on a small pool and on one four times as large. The difference is what
the sentences cost; the rest, which is loading, costs the same for any pool. The hours for a larger pool are computed
from the CPU seconds, not measured. docs/distributed.md interprets the figures.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

from learner.config import TrainingConfig
from learner.data.vectors import VectorReport
from learner.data.vocabulary import Vocabulary
from learner.models.cnn import EventCnn
from learner.models.words import WordTable
from learner.training.checkpoint import save_checkpoint
from learner.training.trained import TrainedModel, TrainingResult

WORDS, LENGTH, DIMENSION = 5000, 25, 300
TIMES = 4


def main() -> None:
    """Run the steps on both pools and print what each costs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_480, help="sentences of the small pool")
    parser.add_argument("--pool", type=int, default=100_000_000, help="sentences of the pool that is computed")
    parser.add_argument("--cores", type=int, nargs="+", default=[2, 16, 256])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        save_model(Path(folder) / "model")
        small, large = (_measure(Path(folder), rows, of_shard=given.rows) for rows in (given.rows, TIMES * given.rows))
    more = (TIMES - 1) * given.rows
    per_million = {
        step: round((large[step] - small[step]) / more * 1e6, 3) for step in small if not step.endswith("peak_mb")
    }
    hours = {step: per_million[f"{step}_cpu_s"] * given.pool / 1e6 / 3600 for step in ("build", "score", "head")}
    facts = {
        **{"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(), "torch": torch.__version__},
        **{"load": round(os.getloadavg()[0], 1), "rows": [given.rows, TIMES * given.rows]},
        "per_million": per_million,
        "peak_mb": {step: [small[step], large[step]] for step in small if step.endswith("peak_mb")},
        "computed_hours": {
            "pool": given.pool,
            **{f"score_on_{cores}_cores": round(hours["score"] / cores, 2) for cores in given.cores},
            **{f"{step}_on_1_core": round(of_step, 2) for step, of_step in hours.items()},
        },
    }
    print(json.dumps(facts) if given.json else json.dumps(facts, indent=1))


def save_model(path: Path) -> None:
    """Save a CNN that nobody has trained: it costs what a trained one does."""
    torch.manual_seed(0)
    words = Vocabulary(tuple(f"w{word}" for word in range(WORDS)))
    table = WordTable(torch.randn(WORDS + 2, DIMENSION), trained_rows=WORDS + 2)
    vectors, result = VectorReport("none", 0, WORDS), TrainingResult("max_steps", 0, 0, 0, 0, 0, 0)
    model = EventCnn(table, classes=2, max_words=LENGTH).eval()
    config = TrainingConfig(dimension=DIMENSION, max_words=LENGTH)
    save_checkpoint(TrainedModel(model, words, ("no", "yes"), config, vectors, result), path, {})


def write_pool(path: Path, rows: int) -> None:
    """Write so many sentences of 25 words, with the frequencies of words in texts, as JSON lines."""
    draws = np.random.default_rng(0).zipf(1.3, (rows, LENGTH)) % WORDS
    with path.open("w") as file:
        file.writelines(json.dumps({"tokens": [f"w{word}" for word in row]}) + "\n" for row in draws.tolist())


def _measure(folder: Path, rows: int, *, of_shard: int) -> dict[str, float]:
    """Return the CPU seconds, the peak of memory and the bytes of each step on a pool of so many sentences."""
    pool, shards, scores = folder / f"{rows}.jsonl", folder / f"shards-{rows}", folder / f"scores-{rows}"
    write_pool(pool, rows)
    steps = {
        "build": ["build", pool, "--out", shards, "--rows", str(of_shard)],
        "score": ["score", folder / "model", shards, "--out", scores, "--jobs", "1", "--device", "cpu"],
        "head": ["head", scores, "--out", folder / "head.jsonl"],
    }
    found: dict[str, float] = {}
    for name, arguments in steps.items():
        found |= {f"{name}_{what}": value for what, value in _run([str(word) for word in arguments]).items()}
    found["shards_mb"], found["scores_mb"] = _megabytes(shards), _megabytes(scores)
    return found


def _run(arguments: list[str]) -> dict[str, float]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "learner", "shards", *arguments]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
    return {
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_mb": round(used.ru_maxrss / 1024),
    }


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.iterdir()) / 1e6


if __name__ == "__main__":
    main()

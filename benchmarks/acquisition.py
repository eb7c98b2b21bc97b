"""How long does the queue of a large pool take, and how much memory?

Probabilities are drawn, tokens and saliency are in memory-mapped files as a round leaves them. Each acquisition runs in
its own process, on one thread, and there what a model would read of the candidates (vectors, readings with dropout,
gradients, expected marks) is drawn too. What reading costs is measured apart, of 50,000 candidates by an untrained cnn
on vectors of 50 dimensions, the default where no pretrained encoder is installed:

    cpu_s    user and system time of `choose_queue` for a queue of 500, or of the reading
    peak_mb  largest resident memory of the process, all in all, with the pages of mapped files that it read

    python benchmarks/acquisition.py [--sentences 1000000] [--json]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from learner.acquisition.choosing import MOST_CANDIDATES, choose_queue
from learner.acquisition.pool import Array, Features, Pool, Rows
from learner.acquisition.word_rows import WordRows, take
from learner.acquisition_names import KNOWN

QUEUE = 500
ANSWERED = 2_000
DIMENSIONS = 64
PASSES = 10
WORDS = 25
VOCABULARY = 30_000
READING = "reading"
MIXES = ("0.7*margin+0.3*typical",)


class OnDisk(Features):
    """A pool whose words and saliency are in files, and whose other features are drawn by row."""

    def __init__(self, folder: Path) -> None:
        self._offsets = np.load(folder / "offsets.npy")
        self._tokens = np.load(folder / "tokens.npy", mmap_mode="r")
        self._saliency = np.load(folder / "saliency.npy", mmap_mode="r")
        self._middles = np.random.default_rng(1).normal(size=(300, DIMENSIONS)).astype(np.float32)

    def words(self, rows: Rows) -> list[tuple[str, ...]]:
        """Return the words of each row."""
        bounds = zip(self._offsets[rows].tolist(), self._offsets[rows + 1].tolist(), strict=True)
        return [tuple(f"w{token}" for token in self._tokens[start:end]) for start, end in bounds]

    def saliency(self, rows: Rows) -> WordRows:
        """Return each word's saliency, as a round left it."""
        return take(self._saliency, self._offsets, rows)

    def vectors(self, rows: Rows) -> Array:
        """Return vectors around 300 middles."""
        return self._near(rows, seed=2)

    def answered_vectors(self) -> Array:
        """Return vectors around the same middles."""
        return self._near(np.arange(ANSWERED), seed=3)

    def passes(self, rows: Rows) -> Array:
        """Return readings that differ."""
        first = np.random.default_rng(4).random((PASSES, len(rows)), dtype=np.float32)
        return np.stack([first, 1 - first], axis=2)

    def gradient_lengths(self, rows: Rows) -> Array:
        """Return a length for each row."""
        return np.random.default_rng(5).random(len(rows))

    def expected_marks(self, rows: Rows) -> WordRows:
        """Return a probability for each word."""
        rowed = self.saliency(rows)
        return rowed.having(np.random.default_rng(6).random(len(rowed.values), dtype=np.float32))

    def marked_words(self) -> Mapping[int, frozenset[str]]:
        """Return some marked words for each label."""
        return {label: frozenset(f"w{word}" for word in range(label, 2_000, 2)) for label in (0, 1)}

    def _near(self, rows: Rows, *, seed: int) -> Array:
        noise = np.random.default_rng(seed).normal(size=(len(rows), DIMENSIONS)).astype(np.float32)
        return self._middles[rows % len(self._middles)] + noise


def draw(folder: Path, sentences: int) -> None:
    """Write the words and the saliency of a pool: Zipf frequencies, 25 words on average."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(5, 2 * WORDS - 4, sentences)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    np.save(folder / "offsets.npy", offsets)
    shape = (int(offsets[-1]),)
    tokens = np.lib.format.open_memmap(folder / "tokens.npy", mode="w+", dtype=np.int32, shape=shape)
    saliency = np.lib.format.open_memmap(folder / "saliency.npy", mode="w+", dtype=np.float16, shape=shape)
    for start in range(0, shape[0], 1_000_000):
        size = len(tokens[start : start + 1_000_000])
        tokens[start : start + size] = rng.zipf(1.3, size) % VOCABULARY
        saliency[start : start + size] = rng.normal(size=size)


def measure(folder: Path, name: str, sentences: int) -> dict[str, float]:
    """Return the figures of one acquisition; call it in a process of its own."""
    from threadpoolctl import threadpool_limits

    features = OnDisk(folder)
    probabilities = np.random.default_rng(7).dirichlet([0.4, 0.4], size=sentences).astype(np.float32)
    with threadpool_limits(1):
        started = os.times()
        queue = choose_queue(
            Pool(probabilities, ("none", "event"), features),
            size=QUEUE,
            acquisition=name,
            rng=np.random.default_rng(8),
        )
        ended = os.times()
    if len({entry.row for entry in queue}) != QUEUE:
        raise SystemExit(f"{name}: {len(queue)} entries, expected {QUEUE} different ones")
    cpu_s = ended.user + ended.system - started.user - started.system
    return {"cpu_s": round(cpu_s, 2), "peak_mb": _peak_mb()}


def read(folder: Path) -> dict[str, dict[str, float]]:
    """Return what it costs to read the candidates with a model; call it in a process of its own."""
    features = _features_of_model(OnDisk(folder))
    rows = np.random.default_rng(9).permutation(len(np.load(folder / "offsets.npy")) - 1)[:MOST_CANDIDATES]
    figures = {}
    for name in ("vectors", "passes", "gradient_lengths", "expected_marks"):
        started = os.times()
        getattr(features, name)(rows)
        ended = os.times()
        cpu_s = ended.user + ended.system - started.user - started.system
        figures[name] = {"cpu_s": round(cpu_s, 2), "peak_mb": _peak_mb()}
    return figures


def _features_of_model(on_disk: OnDisk) -> Features:
    import torch

    from learner.acquisition.of_model import ModelFeatures
    from learner.config import TrainingConfig
    from learner.data.example import Example
    from learner.data.vectors import VectorReport
    from learner.data.vocabulary import Vocabulary
    from learner.models.cnn import EventCnn
    from learner.models.words import WordTable
    from learner.training.trained import TrainedModel, TrainingResult

    torch.set_num_threads(1)
    torch.manual_seed(0)
    words = Vocabulary(tuple(f"w{number}" for number in range(VOCABULARY)))
    table = WordTable(torch.randn(words.trained_rows, 50), trained_rows=words.trained_rows)
    model = EventCnn(table, classes=2, max_words=2 * WORDS).eval()
    trained = TrainedModel(
        model,
        words,
        ("none", "event"),
        TrainingConfig(),
        VectorReport("random", 0, 0),
        TrainingResult("max_steps", 0, 0, 0, 0, 0, 0),
    )
    answered = [Example(each, 1, marks="+" + "." * (len(each) - 1)) for each in on_disk.words(np.arange(ANSWERED))]
    return ModelFeatures(
        trained,
        texts=lambda rows: [(each, None) for each in on_disk.words(rows)],
        scores=on_disk.saliency,
        answered=answered,
        seed=0,
    )


def _peak_mb() -> int:
    """Return the process's largest resident memory so far, Linux's VmHWM.

    That of `resource` is also its parent's before it was started.
    """
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) // 1024


def main() -> None:
    """Measure each acquisition in a process of its own, and print the figures."""
    options = _parser().parse_args()
    if options.one:
        of_one = read(options.folder) if options.one == READING else None
        print(json.dumps(of_one or measure(options.folder, options.one, options.sentences)))
        return
    with tempfile.TemporaryDirectory() as folder:
        draw(Path(folder), options.sentences)
        figures = {name: _measured(folder, name, options.sentences) for name in (*KNOWN, *MIXES)}
        reading = _measured(folder, READING, options.sentences)
    if options.json:
        print(json.dumps({"sentences": options.sentences, "queue": QUEUE, "acquisitions": figures, "reading": reading}))
        return
    for name, figure in {**figures, **reading}.items():
        print(f"{name:24} {figure['cpu_s']:8.2f} s {figure['peak_mb']:8.0f} MB")


def _measured(folder: str, name: str, sentences: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--one", name, "--folder", folder, "--sentences", str(sentences)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", help="measure this acquisition alone, of the pool in FOLDER")
    parser.add_argument("--folder", type=Path)
    return parser


if __name__ == "__main__":
    main()

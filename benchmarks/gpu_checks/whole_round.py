"""How long is a round on LitBank: 300 answers, the rest of the pool open, MiniLM, in a process of its own?"""

import tempfile
from pathlib import Path
from typing import Any

import torch
from encoder_round import ANSWERS, HELD_OUT, LABELS, Drawn, measure_rounds

from annotator.project.projects import create_project
from learner.data.example import read_examples
from learner.data.splits import of_split, sample


def measure_round(device: torch.device, litbank: Path, *, pool: int, steps: int | None = None) -> dict[str, Any]:
    """Return the figures of the first round, which reads, and of a second; of the file's training split alone."""
    train = sample(of_split(read_examples(litbank).examples, "train"), pool + ANSWERS + 2 * HELD_OUT, seed=0)
    drawn = [Drawn(list(example.tokens), example.marks or "." * len(example.tokens)) for example in train]
    with tempfile.TemporaryDirectory() as folder, create_project(Path(folder, "project.db"), labels=LABELS) as store:
        figures = measure_rounds(store, drawn, pool=pool, repeats=1, steps=steps, device=str(device))
    return {f"litbank_{name}": round(value, 1) for name, value in figures.items()} | {"litbank_pool": pool}

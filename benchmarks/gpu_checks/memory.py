"""What does a round's training do when the device's memory runs out? It is given less memory than it needs.

We measure how much a training needs with the model's usual number of sentences per step, and with a quarter of them,
and allow it the mean of the two. It must finish anyway, with fewer sentences per step, as in the app.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from encoder_round import LABELS, Drawn, draw_sentences, write_sentences

from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.projects import create_project
from annotator.rounds.learning.teaching import teach
from annotator.rounds.learning.training_set import TrainingSet, training_set_of
from annotator.rounds.settings import RoundSettings, resolve, training_config
from annotator.rounds.start import queue_round
from db.records import OWNER
from db.store import Store
from learner.models.cnn import EventCnn
from learner.training import run

ANSWERS, WORDS, STEPS = 64, 240, 3


def measure_recovery(device: torch.device) -> dict[str, Any]:
    """Return with how many sentences per step a training began and ended; raise RuntimeError if it kept to all."""
    settings = RoundSettings(encoder="static", vectors="random", device=str(device), steps=STEPS)
    most = EventCnn.recipe.batch_size
    with tempfile.TemporaryDirectory() as folder, made_project(Path(folder), settings) as (store, training_set):
        resolved = resolve(settings, has_queries=False)
        whole, quarter = (needed_bytes(resolved, training_set, rows, device) for rows in (most, most // 4))
        allowed = (whole + quarter) // 2
        with limited_memory(allowed, device):
            trained = teach(store, training_set, resolved)
    left = trained.config.batch_size
    if left is None or left >= most:
        raise RuntimeError(f"the training kept to {left} sentences per step with {allowed / 2**20:.0f} MB")
    return {
        "recovery_needed_mb": round(whole / 2**20),
        "recovery_allowed_mb": round(allowed / 2**20),
        "recovery_sentences_per_step": most,
        "recovery_ended_with": left,
    }


@contextmanager
def made_project(folder: Path, settings: RoundSettings) -> Iterator[tuple[Store, TrainingSet]]:
    """Yield a project of long answered sentences, and what a round of these settings learns from."""
    sentences = [_lengthened(drawn) for drawn in draw_sentences(ANSWERS + 2)]
    with create_project(folder / "project.db", labels=LABELS) as store:
        write_sentences(folder / "sentences.jsonl", sentences, pool=2, held_out=0)
        import_file(store, folder / "sentences.jsonl", ImportSettings(answers="keep"), actor=OWNER)
        yield store, training_set_of(store, queue_round(store, actor=OWNER, settings=settings))


def needed_bytes(settings: RoundSettings, training_set: TrainingSet, rows: int, device: torch.device) -> int:
    """Return the most memory that PyTorch takes from the device in some steps of so many sentences."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device)
    config = replace(training_config(settings), batch_size=rows)
    run.train(training_set.examples["pool"], labels=LABELS, config=config, device=str(device))
    return torch.cuda.max_memory_reserved(device)


@contextmanager
def limited_memory(allowed: int, device: torch.device) -> Iterator[None]:
    """Let PyTorch take no more than so many bytes of the device's memory."""
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(allowed / torch.cuda.mem_get_info(device)[1], device)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)


def _lengthened(drawn: Drawn) -> Drawn:
    """Return the sentence with words of its own until it is long."""
    more = WORDS - len(drawn.tokens)
    return Drawn([*drawn.tokens, *(drawn.tokens * WORDS)[:more]], drawn.marks + "." * more)

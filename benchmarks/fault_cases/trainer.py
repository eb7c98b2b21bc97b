"""The process of a round: killed, starved of memory, or taught nonsense."""

import math
import resource
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from annotator import jobs
from annotator.answering.screen import screen
from annotator.care.doctor import examine
from annotator.project.people import sign_in
from annotator.rounds.files import rounds_folder
from annotator.rounds.learning import process
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.overview import all_rounds
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import queue_round
from db.learning import rounds
from db.learning.round_records import Round
from db.records import OWNER
from db.store import Store
from db.team import project
from fault_cases.catalogue import Happened, Trial, fault, hold
from fault_cases.children import die, run
from fault_cases.projects import hold_whole, make_teachable, stored_keys

QUICK = RoundSettings(steps=20, vectors="random", queue_size=5)
MOMENTS = ("training", "checkpoint", "landing")


@fault(
    4,
    done="the process of a round is killed (-9) while it trains, writes its checkpoint, or is about to land",
    expected="the round is marked as failed, the one before keeps serving, answers are untouched, the next one works",
)
def trainer_killed(trial: Trial) -> Happened:
    """Check that a half-written file is never taken for a checkpoint, and that the next round removes it."""
    store = make_teachable(trial.folder / "p.db")
    serving, answers = _land(store), stored_keys(store)
    moments = MOMENTS if trial.patient else MOMENTS[:2]
    for moment in moments:
        queued = queue_round(store, settings=QUICK, actor=OWNER)
        code, _, errors = run(work_and_die, store.path, queued.id, moment)
        hold(code == -9, f"the round was not killed while {moment}: {errors[-300:]}")
        _hold_failed(store, queued.id, "ended unexpectedly")
        hold(project.read(store).serving_round == serving.id, "another round serves")
        hold(_is_shaded_by(store, serving), "the screen is no longer shaded")
        hold(stored_keys(store) == answers, "answers have changed")
        serving = _land(store)
        hold(not _half_written(store), f"killed while {moment}, a half-written checkpoint stayed")
    hold_whole(store)
    return Happened(len(moments), f"failed {len(moments)} times, served on, and the next round landed each time")


@fault(
    17,
    done="the serving round's checkpoint is truncated or flipped; a new round's model is full of NaN",
    expected="the project keeps serving, the doctor names the file; the bad round fails and says why",
)
def checkpoint_damaged(trial: Trial) -> Happened:
    """Damage what serving does not need; tests/learner/training/test_checkpoint.py tests the loading of checkpoints."""
    store = make_teachable(trial.folder / "p.db")
    serving = _land(store)
    weights = store.path.parent / str(serving.checkpoint) / "weights.safetensors"
    whole = weights.read_bytes()
    for damaged in (whole[:-1], whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:]):
        weights.write_bytes(damaged)
        with Store.inspect(store.path) as inspected:
            errors = [finding.found for finding in examine(inspected) if finding.level == "error"]
        hold(any("weights.safetensors is not what was saved" in error for error in errors), f"the doctor says {errors}")
        hold(_is_shaded_by(store, serving), "the screen is no longer shaded")
    queued = queue_round(store, settings=QUICK, actor=OWNER)
    with patch.object(process, "teach", _teach_nonsense):
        work_on_round(store, queued.id)
    _hold_failed(store, queued.id, "not numbers")
    hold(project.read(store).serving_round == serving.id, "a model full of NaN serves")
    hold(_is_shaded_by(store, serving), "the screen is no longer shaded")
    _land(store)
    return Happened(3, "served on; the doctor named the file; the round of NaN failed, and the next one landed")


@fault(
    18,
    done="the process of a round gets no more memory (RLIMIT_AS)",
    expected="the round is marked as failed with advice, the one before keeps serving, the next one works",
)
def memory_short(trial: Trial) -> Happened:
    """Set the limit once the model's library is loaded, so that it is reached during the work."""
    store = make_teachable(trial.folder / "p.db")
    serving = _land(store)
    queued = queue_round(store, settings=replace(QUICK, vectors=str(_large_vectors(trial.folder))), actor=OWNER)
    code, output, errors = run(work_without_memory, store.path, queued.id)
    hold(code == 0, f"the process did not end by itself: {code} {output[-300:]} {errors[-300:]}")
    _hold_failed(store, queued.id, "not enough memory: end other programs")
    hold(project.read(store).serving_round == serving.id, "another round serves")
    _land(store)
    return Happened(1, "failed with advice, served on, and the next round landed")


def work_and_die(path: str, round_id: str, moment: str) -> None:
    """Work on a round and die at this moment of it."""
    from learner.training import checkpoint

    if moment == "training":
        rounds.report = die
    elif moment == "checkpoint":
        checkpoint.put_in_place = die  # the files are written, but do not have the checkpoint's name yet
    else:
        process.land = die
    work_on_round(Store.open(Path(path)), int(round_id))


def work_without_memory(path: str, round_id: str) -> None:
    """Work on a round with hardly more memory than the process already has."""
    import torch

    torch.ones(8, 8).matmul(torch.ones(8, 8))
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + 60_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    work_on_round(Store.open(Path(path)), int(round_id))
    sys.stdout.flush()


def _land(store: Store) -> Round:
    queued = queue_round(store, settings=QUICK, actor=OWNER)
    work_on_round(store, queued.id)
    ended = rounds.read(store, queued.id)
    hold(ended.state == "ready", f"a round in good order {ended.state}: {ended.error}")
    return ended


def _hold_failed(store: Store, round_id: int, says: str) -> None:
    with patch.object(jobs, "SILENCE_MS", -1):  # as if a minute had passed
        all_rounds(store, actor=OWNER)
    ended = rounds.read(store, round_id)
    hold(ended.state == "failed", f"the round is {ended.state}")
    hold(says in (ended.error or ""), f"the round says {ended.error!r}")


def _is_shaded_by(store: Store, serving: Round) -> bool:
    queue = screen(store, sign_in(store, "Anna"))["queue"]
    chosen = {item["round"] for item in queue if item["reason"].startswith("Chosen")}  # the others have no shading
    return chosen == {serving.id}


def _half_written(store: Store) -> list[Path]:
    return [folder for folder in rounds_folder(store.path).rglob(".*") if folder.is_dir()]


def _teach_nonsense(*arguments: Any, **names: Any) -> Any:
    trained = _TEACH(*arguments, **names)
    for weights in trained.model.parameters():
        weights.data.fill_(math.nan)
    return trained


_TEACH = process.teach


def _large_vectors(folder: Path) -> Path:
    """Write word vectors so long that a model with them needs more memory than it will get."""
    file = folder / "vectors.txt"
    words = ["The", "ship", "sank", "A", "boat", "slept", "Her", "raft", *(f"w{number}" for number in range(80))]
    line = " ".join(["0.5"] * 5_000)
    file.write_text("".join(f"{word} {line}\n" for word in words))
    return file

"""Trials of the evidence study that nobody ran: their figures are drawn, and marks add a given gain to each."""

import json
import random
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from evidence.figures import DEAR, USUAL
from evidence.found import arm_of
from evidence.protocol import WITHOUT_WORD, Chosen, Trial, trials_of_default


def write_trials(path: Path, trials: Sequence[Trial], *, gain: float = 0.03) -> None:
    """Write the file of these trials, finished."""
    path.write_text("".join(json.dumps(_record(trial, gain=gain)) + "\n" for trial in trials))


def few_seeds(trials: Sequence[Trial], *, number: int = 3) -> list[Trial]:
    """Return the trials with the first seeds of their experiment; from five on, differences have intervals."""
    return [trial for trial in trials if trial.seed % 1000 < number]


def _record(trial: Trial, *, gain: float) -> dict[str, object]:
    points = [
        {"answers": size, "marked": size // 2 * trial.is_taught, "figures": _figures(trial, size, gain=gain)}
        for size in trial.sizes
    ]
    return {**asdict(trial), "seconds": 1.0, "failed": None, "figures": {"points": points, "cpu_s": 1.0}}


def _figures(trial: Trial, size: int, *, gain: float) -> dict[str, float]:
    accuracy = round(_accuracy(trial, size, gain=gain), 5)
    figures = {f"{split} {name}": accuracy for split in ("dev", "test") for name in (*USUAL, *DEAR.values())}
    return figures if trial.shortcut is None else figures | {WITHOUT_WORD: 0.5}


def _accuracy(trial: Trial, size: int, *, gain: float) -> float:
    draw = random.Random(f"{trial.seed} {size} {trial.data}").uniform(-0.01, 0.01)
    of_arm = random.Random(str(arm_of(trial))).uniform(0, 0.01)
    return 0.6 + 0.0001 * size + gain * trial.is_taught + draw + of_arm


def with_those_of_the_default(trials: Sequence[Trial], chosen: Chosen) -> list[Trial]:
    """Return the trials with all that the rule for the default reads, without which it is not applied."""
    return list(dict.fromkeys([*trials, *trials_of_default(chosen)]))

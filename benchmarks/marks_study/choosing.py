"""Choose the setting of each variant by its figures on dev, as the protocol says."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean

from study_parts.trials_file import Done

from marks_study.protocol import CANDIDATES, CHOOSING_SETS, CLOSE_POINTS, Setting, Trial


def choose(trials: Sequence[Done[Trial]]) -> dict[str, Setting]:
    """Return the setting of each variant: the best on dev; of those close to it, the one that explains best.

    A setting that failed on a set cannot be chosen. Raises ValueError if a trial is missing.
    """
    return {variant: _best(variant, settings, trials) for variant, settings in CANDIDATES.items()}


def write_chosen(path: Path, chosen: Mapping[str, Setting], trials: Sequence[Done[Trial]]) -> None:
    """Write the chosen settings, with the dev figures of every candidate."""
    candidates = [{**asdict(done.trial), "failed": done.failed, "figures": done.figures} for done in trials]
    settings = {variant: asdict(setting) for variant, setting in chosen.items()}
    path.write_text(json.dumps({"chosen": settings, "candidates": candidates}, indent=1) + "\n", encoding="utf-8")


def read_chosen(path: Path) -> dict[str, Setting]:
    """Return the settings that `write_chosen` wrote."""
    chosen = json.loads(path.read_text(encoding="utf-8"))["chosen"]
    return {variant: Setting(**setting) for variant, setting in chosen.items()}


def _best(variant: str, settings: Sequence[Setting], trials: Sequence[Done[Trial]]) -> Setting:
    figures = {setting: _on_dev(variant, setting, trials) for setting in settings}
    sound = {setting: of for setting, of in figures.items() if not any(done.failed for done in of)}
    if not sound:
        return settings[0]  # the study reports that it fails
    answers = {setting: fmean(_answers(done) for done in of) for setting, of in sound.items()}
    close = [setting for setting in sound if answers[setting] >= max(answers.values()) - CLOSE_POINTS]
    return max(close, key=lambda setting: fmean(_explains(done) for done in sound[setting]))


def _on_dev(variant: str, setting: Setting, trials: Sequence[Done[Trial]]) -> list[Done[Trial]]:
    chosen = [done for done in trials if (done.trial.variant, done.trial.setting) == (variant, setting)]
    on_dev = [done for done in chosen if done.trial.judged_on == "dev"]
    if sorted(done.trial.data for done in on_dev) != sorted(CHOOSING_SETS):
        raise ValueError(f"{variant}: the trials of {setting} are not all done; run `study.py choose` to its end")
    return on_dev


def _answers(done: Done[Trial]) -> float:
    return (done.figures["accuracy"] + done.figures["macro_f1"]) / 2


def _explains(done: Done[Trial]) -> float:
    return done.figures["average_precision_integrated_gradients"]

"""Find the loss that should be the app's default, by dev figures alone, as the protocol says."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from study_parts.means import mean
from study_parts.trials_file import Done

from marks_study.protocol import CANDIDATES, CLOSE_POINTS, UNTAUGHT, Setting, Trial
from marks_study.tables import Cells

_MOST_LOST = 1.0


def find_default(cells: Cells, chosen: Mapping[str, Setting], choosing: Sequence[Done[Trial]]) -> str | None:
    """Return the safe loss that answers best on dev; of those close to it, the one that explains best.

    A loss that was not run in every cell does not count as safe. Returns None while a cell lacks the
    untaught model, or if no loss is safe.
    """
    plain = [variants for place, variants in cells.items() if place.shortcut == "none"]
    if not plain or any(mean(variants.get(UNTAUGHT, ()), "dev_accuracy") is None for variants in plain):
        return None
    taught = [name for name in CANDIDATES if name != UNTAUGHT and any(name in variants for variants in plain)]
    safe = [name for name in taught if all(_is_safe(variants, name) for variants in plain)]
    if not safe:
        return None
    answers = {name: fmean(_answers(variants[name]) for variants in plain) for name in safe}
    close = [name for name in safe if answers[name] >= max(answers.values()) - CLOSE_POINTS]
    return max(close, key=lambda name: _explains(chosen[name], choosing))


def _is_safe(variants: Mapping[str, Sequence[Done[Trial]]], name: str) -> bool:
    if name not in variants:
        return False
    taught, untaught = mean(variants[name], "dev_accuracy"), mean(variants[UNTAUGHT], "dev_accuracy")
    failed = any(done.failed for done in variants[name])
    return not failed and taught is not None and untaught is not None and taught >= untaught - _MOST_LOST


def _answers(trials: Sequence[Done[Trial]]) -> float:
    return ((mean(trials, "dev_accuracy") or 0.0) + (mean(trials, "dev_macro_f1") or 0.0)) / 2


def _explains(setting: Setting, choosing: Sequence[Done[Trial]]) -> float:
    of_setting = [done for done in choosing if done.trial.setting == setting]
    return mean(of_setting, "average_precision_integrated_gradients") or 0.0

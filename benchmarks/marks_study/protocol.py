"""The protocol of the study as code; benchmarks/study_protocol.md is the same in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal

Shortcut = Literal["none", "marks", "dash"]


@dataclass(frozen=True)
class Setting:
    """The setting chosen for a variant: the loss with its weights and margins, and the steps of warm-up."""

    loss: str
    warmup_steps: int


@dataclass(frozen=True)
class Trial:
    """One training and the split that judges it. Equal trials have equal figures: the record is the trial's key."""

    data: str
    size: int | None  # answered sentences; None: all of them
    variant: str
    setting: Setting
    seed: int
    judged_on: Literal["dev", "test"]
    shortcut: Shortcut = "none"
    marked: int | None = None  # answers with marks; None: all that have any
    steps: int | None = None  # the most training steps; None: the learner's default


def trial_of(fields: Mapping[str, Any]) -> Trial:
    """Return the trial whose fields, as JSON, these are."""
    return Trial(**{**fields, "setting": Setting(**fields["setting"])})


FILES = {
    "litbank": "litbank/litbank.jsonl.gz",
    "hatexplain": "hatexplain/hatexplain.jsonl.gz",
    "cbt_ne": "cbt_ne/cbt_ne.jsonl.gz",
}
CLOZE = ("cbt_ne",)
"""The sets whose sentences belong to a query: they need the cloze model."""

UNTAUGHT = "none"
PAPER = "hinge"
CHOOSING_SETS, CHOOSING_SIZE, CHOOSING_SEED = ("litbank", "hatexplain"), 300, 1000
CLOSE_POINTS = 0.5
SEEDS = (0, 1, 2, 3, 4)
EVERY_CELL = (("litbank", 300), ("hatexplain", 300), ("cbt_ne", 5000))
MAIN_CELLS = (*product(("litbank", "hatexplain"), (100, 1000, None)), ("hatexplain", 500))
MAIN = ("none", "hinge", "head", "margin+quiet", "mass", "mass+head", "margin+quiet+head")
SHORTCUT_VARIANTS = (*MAIN, "strong")
SAVED_ANSWERS = (("litbank", 300), ("hatexplain", 300), ("hatexplain", 500))
"""The cells in which marked answers are compared with 1,000 labels."""
SHORTCUT_SIZE, SHORTCUT_MARKED = 300, 50
IRRELEVANT = "3*irrelevant"


def _grid(losses: Sequence[str], *, warmups: Sequence[int] = (100,)) -> tuple[Setting, ...]:
    """Return every loss with the first warm-up, and the second loss with the other warm-ups too."""
    others = [Setting(losses[1], warmup) for warmup in warmups[1:]]
    return (*(Setting(loss, warmups[0]) for loss in losses), *others)


CANDIDATES: Mapping[str, Sequence[Setting]] = {
    "none": (Setting("none", 0),),
    "hinge": _grid(("0.2*hinge", "0.5*hinge", "1*hinge"), warmups=(0, 100)),
    "margin": _grid(("0.3*margin", "1*margin", "3*margin", "1*margin:0.75"), warmups=(100, 0)),
    "quiet": _grid(("0.05*quiet", "0.15*quiet", "0.5*quiet"), warmups=(100, 0)),
    "rank": _grid(("0.2*rank", "0.5*rank", "1*rank", "0.5*rank:0.5"), warmups=(100, 0)),
    "mass": _grid(("0.5*mass", "2*mass", "5*mass", "20*mass"), warmups=(100, 0)),
    "head": _grid(("0.3*head", "1*head", "3*head"), warmups=(0, 100)),
    "margin+quiet": _grid(
        ("0.3*margin+0.15*quiet", "0.6*margin+0.3*quiet", "1*margin+0.5*quiet", "0.6*margin:1+0.3*quiet:1"),
        warmups=(100, 0),
    ),
    "mass+head": _grid(("0.5*mass+1*head", "2*mass+1*head", "5*mass+3*head"), warmups=(100, 0)),
    "margin+quiet+head": _grid(
        ("0.3*margin+0.15*quiet+1*head", "1*margin+0.5*quiet+1*head", "1*margin+0.5*quiet+3*head"), warmups=(100, 0)
    ),
    "rank+quiet+head": _grid(
        ("0.2*rank+0.15*quiet+1*head", "0.5*rank+0.25*quiet+1*head", "1*rank+0.5*quiet+3*head"), warmups=(100, 0)
    ),
    "strong": (Setting("3*margin+1.5*quiet", 0),),
}


def choosing_trials(*, steps: int | None = None) -> Iterator[Trial]:
    """Yield the trials by which settings are chosen: all are judged on dev."""
    for variant, settings in CANDIDATES.items():
        for setting, data in product(settings, CHOOSING_SETS):
            yield Trial(data, CHOOSING_SIZE, variant, setting, CHOOSING_SEED, "dev", steps=steps)


def study_trials(chosen: Mapping[str, Setting], *, steps: int | None = None) -> list[Trial]:
    """Return the trials of the study, a whole pass over all cells before the next seed."""
    return [replace(trial, seed=seed, steps=steps) for seed in SEEDS for trial in _cells(chosen)]


def _cells(chosen: Mapping[str, Setting]) -> Iterator[Trial]:
    for variant, setting in chosen.items():
        for data, size in (*EVERY_CELL, *(MAIN_CELLS if variant in MAIN else ())):
            yield Trial(data, size, variant, setting, 0, "test")
        if variant in SHORTCUT_VARIANTS:
            of_marks = Trial("litbank", SHORTCUT_SIZE, variant, setting, 0, "test", "marks", SHORTCUT_MARKED)
            of_dash = replace(of_marks, shortcut="dash")
            yield from (of_marks, of_dash, _with_irrelevant(of_dash))


def _with_irrelevant(trial: Trial) -> Trial:
    """Return the trial with a separate weight for the `-` words, instead of λ."""
    if trial.variant == UNTAUGHT:
        return replace(trial, variant="irrelevant", setting=Setting(IRRELEVANT, 0))
    setting = replace(trial.setting, loss=f"{trial.setting.loss}+{IRRELEVANT}")
    return replace(trial, variant=f"{trial.variant}+irrelevant", setting=setting)

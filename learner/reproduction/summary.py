"""Summarise the outcomes: a mean and a standard deviation over seeds for each figure of each model."""

import os
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from statistics import fmean, median, pstdev
from typing import Any

import torch

from learner.data.example import Example
from learner.judging.significance import mcnemar
from learner.judging.word_removal import REMOVALS
from learner.metrics import Figures
from learner.reproduction.categories import CATEGORIES, sort_sentences
from learner.reproduction.plan import UNTAUGHT, Kind, Plan, Trial
from learner.reproduction.sets import ReadSet
from learner.reproduction.trial import Outcome

Outcomes = Mapping[Trial, Outcome]
_P = 0.05


def summarise(plan: Plan, outcomes: Outcomes, sets: Mapping[str, ReadSet]) -> dict[str, Any]:
    """Return all figures as JSON, without sentences or times, so that equal runs give equal bytes."""
    cells = list(product(plan.sets, plan.sizes))
    return {
        "settings": plan.settings(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"torch {torch.__version__}",
        "counts": [{"data": name, **_counts(sets[name])} for name in plan.sets],
        "models": [
            {"data": data, "size": size or "all", **_named(kind), **_model(_of(plan, outcomes, data, size, kind))}
            for (data, size), kind in product(cells, plan.kinds())
        ],
        "pairs": [
            {"data": data, "size": size or "all", **_named(kind)}
            | _pair(
                sets[data].test,
                _of(plan, outcomes, data, size, kind._replace(loss=UNTAUGHT)),
                _of(plan, outcomes, data, size, kind),
            )
            for (data, size), kind in product(cells, plan.taught())
        ],
    }


def _named(kind: Kind) -> dict[str, str]:
    return {"loss": kind.loss, "title": kind.title}


def _of(plan: Plan, outcomes: Outcomes, data: str, size: int | None, kind: Kind) -> list[Outcome]:
    return [outcomes[Trial(data, size, kind.loss, seed, kind.encoder)] for seed in range(plan.seeds)]


def _counts(read: ReadSet) -> dict[str, Any]:
    parts = {"training": read.training, "dev": read.dev, "test": read.test}
    counted = {}
    for part, examples in parts.items():
        labels = Counter(example.label for example in examples)
        marked = sum("+" in (example.marks or "") for example in examples)
        counted[part] = {"labels": {name: labels[row] for row, name in enumerate(read.labels)}, "marked": marked}
    return counted


def _model(trials: Sequence[Outcome]) -> dict[str, Any]:
    finished = [trial for trial in trials if not trial["failed"]]
    return {
        "trials": len(finished),
        "failed": [trial["failed"] for trial in trials if trial["failed"]],
        "figures": _spread([trial["figures"] for trial in finished]),
        "reliance": {how: _spread([trial["reliance"][how] for trial in finished]) for how in REMOVALS},
    }


def _pair(test: Sequence[Example], untaught: Sequence[Outcome], taught: Sequence[Outcome]) -> dict[str, Any]:
    """Return McNemar's test per seed, and the categories: both for models that share a seed and its answers."""
    gold = [example.label for example in test]
    pairs = [
        (base, other)
        for base, other in zip(untaught, taught, strict=True)
        if not base["failed"] and not other["failed"]
    ]
    tests = [mcnemar(gold, base["predicted"], other["predicted"]) for base, other in pairs]
    counts = [Counter(case.category for case in sort_sentences(test, base, other)) for base, other in pairs]
    summary: dict[str, Any] = {"mcnemar": [result._asdict() for result in tests]}
    if tests:
        summary["median_p"] = median(result.p for result in tests)
        summary["seeds_below_0.05"] = sum(result.p < _P for result in tests)
    return summary | {"categories": _spread([{name: count[name] for name in CATEGORIES} for count in counts])}


def _spread(trials: Sequence[Figures]) -> dict[str, dict[str, float]]:
    """Return the mean and the standard deviation (ddof 0) of every figure that a trial has."""
    names = dict.fromkeys(name for trial in trials for name in trial)
    values = {name: [float(trial[name]) for trial in trials if name in trial] for name in names}
    return {name: {"mean": round(fmean(each), 3), "sd": round(pstdev(each), 3)} for name, each in values.items()}

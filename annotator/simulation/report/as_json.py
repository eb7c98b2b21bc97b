"""The report as JSON: every number of it, in percent and points, and every run."""

import json
from dataclasses import asdict
from typing import Any

from annotator.simulation.comparing import Difference
from annotator.simulation.records import Arm, Run
from annotator.simulation.report.gathering import Compared, Findings
from annotator.simulation.report.levels import areas_of, levels_of, needed_for, targets_for
from annotator.simulation.report.notes import notes_of
from annotator.simulation.report.wording import findings_of, summary_of
from annotator.simulation.saving import Saving

_DIGITS = 6


def as_json(found: Findings) -> str:
    """Return the report as JSON."""
    record = {
        "title": found.title,
        "figure": found.main,
        "unit": "figures in percent, differences in points; those of `runs` are shares, as they were measured",
        "findings": [asdict(finding) for finding in findings_of(found)],
        "summary": summary_of(found),
        "notes": notes_of(found),
        "arms": [_arm(found, figure, arm) for figure in found.figures for arm in found.curves[figure]],
        "comparisons": [_compared(each) for figure in found.figures for each in found.compared[figure]],
        "runs": [_run(run) for run in found.runs],
    }
    return json.dumps(_rounded(record), ensure_ascii=False, indent=1) + "\n"


def _arm(found: Findings, figure: str, arm: Arm) -> dict[str, Any]:
    curves = found.curves[figure]
    levels = {each: levels_of(seeds) for each, seeds in curves.items() if each.data == arm.data}
    targets = targets_for(list(levels.values()))
    return {
        "arm": asdict(arm),
        "figure": figure,
        "curve": [level._asdict() for level in levels[arm]],
        "areas": areas_of(curves[arm]),
        "needed": [needed_for(target, levels[arm], curves[arm])._asdict() for target in targets],
    }


def _compared(compared: Compared) -> dict[str, Any]:
    return {
        "figure": compared.figure,
        "factor": compared.pair.factor,
        "arm": asdict(compared.pair.arm),
        "baseline": asdict(compared.pair.baseline),
        "seeds": list(compared.aligned.seeds),
        "left_out": dict(compared.aligned.left_out),
        "is_shown": compared.is_shown if compared.corrected else None,
        "area": _difference(compared.over_answers, compared.corrected.get("answers")),
        "area_by_minutes": _difference(compared.over_minutes, compared.corrected.get("minutes")),
        "at": {size: _difference(each, compared.corrected.get(str(size))) for size, each in compared.at.items()},
        "answers": _saving(compared.answers),
        "minutes": _saving(compared.minutes),
        "answers_at": {size: _saving(saving) for size, saving in compared.answers_at.items()},
    }


def _difference(difference: Difference | None, corrected: float | None) -> dict[str, Any] | None:
    return None if difference is None else asdict(difference) | {"holm_p": corrected}


def _saving(saving: Saving) -> dict[str, Any]:
    return asdict(saving) | {"saved": saving.saved}


def _run(run: Run) -> dict[str, Any]:
    points = [
        {
            "answers": point.answers,
            "marked": point.marked,
            "minutes": point.minutes,
            "figures": dict(sorted(point.figures.items())),
        }
        for point in run.points
    ]
    return {"arm": asdict(run.arm), "seed": run.seed, "points": points}


def _rounded(value: Any) -> Any:
    """Return a record with few digits, and null for what is not a number."""
    if isinstance(value, float):
        return round(value, _DIGITS) if value == value else None
    if isinstance(value, dict):
        return {str(name): _rounded(each) for name, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list | tuple) else value

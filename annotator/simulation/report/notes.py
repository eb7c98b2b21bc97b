"""What a report could not compare, or had to leave out, as sentences."""

from collections.abc import Iterator, Mapping

from annotator.simulation.curves import align
from annotator.simulation.pairing import values_of, without_baseline
from annotator.simulation.records import Arm
from annotator.simulation.report.gathering import Findings
from annotator.simulation.report.naming import FACTOR_NAMES, against, names_of, varying
from annotator.wording import counted, listed


def notes_of(found: Findings) -> list[str]:
    """Return what could not be compared or was left out, a sentence each."""
    return [*_cut_short(found), *_without_baseline(found), *_not_compared(found), *_left_out(found)]


def _cut_short(found: Findings) -> Iterator[str]:
    for arm, curves in found.curves[found.main].items():
        reasons = align(curves, curves).left_out
        if reasons:
            name = names_of(arm, varying(found.arms) or ["losses"])
            yield f"{arm.data}, {name}: the means are without {_seeds(reasons)}."


def _without_baseline(found: Findings) -> Iterator[str]:
    for data, factor in without_baseline(found.arms):
        of_data = [arm for arm in found.arms if arm.data == data]
        values = listed([against(factor, value) for value in values_of(factor, of_data)], "and")
        what = f"{data}, {FACTOR_NAMES[factor]} ({values})"
        yield f"{what}: not compared, for want of a baseline that differs in this alone."


def _not_compared(found: Findings) -> Iterator[str]:
    for pair in found.not_compared:
        yield f"{_both(pair.arm, pair.baseline, found)}: not compared, as no seed has the same sizes in both."


def _left_out(found: Findings) -> Iterator[str]:
    for compared in found.compared[found.main]:
        reasons = compared.aligned.left_out
        if reasons:
            arms = _both(compared.pair.arm, compared.pair.baseline, found)
            yield f"{arms}: compared over {counted(len(compared.aligned.seeds), 'seed')}, without {_seeds(reasons)}."


def _seeds(reasons: Mapping[int, str]) -> str:
    groups: dict[str, list[str]] = {}
    for seed, why in reasons.items():
        groups.setdefault(why, []).append(str(seed))
    return ", ".join(f"seed{'s' * (len(each) > 1)} {listed(each, 'and')} ({why})" for why, each in groups.items())


def _both(arm: Arm, baseline: Arm, found: Findings) -> str:
    factors = varying(found.arms)
    return f"{arm.data}, {names_of(arm, factors)} against {names_of(baseline, factors)}"

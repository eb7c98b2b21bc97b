"""The tables of a report, as texts: in percent with one decimal, ± the standard deviation over seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotator.rounds.measuring.comparison_tables import p_value
from annotator.simulation.comparing import SIGNIFICANT, Difference
from annotator.simulation.records import Arm
from annotator.simulation.report.gathering import Compared, Findings
from annotator.simulation.report.levels import (
    Level,
    Needed,
    areas_of,
    levels_of,
    mean_and_deviation,
    needed_for,
    targets_for,
)
from annotator.simulation.report.naming import (
    FACTOR_NAMES,
    against,
    capitalised,
    figure_name,
    value_name,
    varying,
    where,
)
from annotator.simulation.report.wording import saving_interval, whole
from annotator.simulation.saving import Saving
from annotator.wording import figure, from_to, number, signed

_MOST_SIZES = 10


@dataclass(frozen=True)
class Table:
    """A table of texts; a row has one text per column."""

    title: str
    note: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    names: int
    """How many columns on the left are names, not figures."""


def tables_of(found: Findings, data: str) -> list[Table]:
    """Return the tables of one data set."""
    arms = [arm for arm in found.arms if arm.data == data and arm in found.curves[found.main]]
    compared = [each for each in found.compared[found.main] if each.pair.arm.data == data]
    tables = [_levels(found, arms), _needed(found, arms)]
    if compared:
        tables += [
            _comparisons(found, compared),
            _savings(found, compared),
            _saved_at(found, compared),
            _at_sizes(found, compared),
        ]
    if len(found.figures) > 1:
        tables += [_others(found, arms), *([_other_differences(found, data)] if compared else [])]
    return [_without_empty(table) for table in tables if table.rows and len(table.head) > table.names]


def _without_empty(table: Table) -> Table:
    """Return a table without the columns that have a dash in every row."""
    kept = [place for place in range(len(table.head)) if any(row[place] != "–" for row in table.rows)]
    rows = [[row[place] for place in kept] for row in table.rows]
    head = [table.head[place] for place in kept]
    return Table(table.title, table.note, head, rows, sum(place < table.names for place in kept))


def _levels(found: Findings, arms: Sequence[Arm]) -> Table:
    factors = _told_apart_by(arms)
    levels = {arm: levels_of(found.curves[found.main][arm]) for arm in arms}
    sizes = _shown({level.answers for each in levels.values() for level in each})
    rows = []
    for arm in arms:
        by_size = {level.answers: level for level in levels[arm]}
        curves = found.curves[found.main][arm]
        cells = [_level(by_size.get(size)) for size in sizes]
        areas = areas_of(curves)
        rows.append(
            [
                *_names(arm, factors),
                str(len(areas)),
                *cells,
                _spread(list(areas.values())),
                number(levels[arm][-1].minutes),
            ]
        )
    note = (
        "After this many answers, in percent: mean ± standard deviation over seeds. Area: the mean height of the "
        "curve, each doubling of the answers with the same weight."
    )
    head = [*_name_heads(factors), "seeds", *(f"{size:,}" for size in sizes), "area", "minutes"]
    return Table(capitalised(figure_name(found.main)), note, head, rows, len(factors))


def _needed(found: Findings, arms: Sequence[Arm]) -> Table:
    factors = _told_apart_by(arms)
    levels = {arm: levels_of(found.curves[found.main][arm]) for arm in arms}
    targets = targets_for(list(levels.values()))
    rows = [
        [
            *_names(arm, factors),
            *(_need(needed_for(target, levels[arm], found.curves[found.main][arm])) for target in targets),
        ]
        for arm in arms
    ]
    note = "Answers, and in brackets minutes, by the mean curve over seeds, interpolated between its sizes."
    head = [*_name_heads(factors), *(f"{number(target, 0 if target == round(target) else 1)} %" for target in targets)]
    return Table(f"Answers needed for {figure_name(found.main)}", note, head, rows, len(factors))


def _need(needed: Needed) -> str:
    if needed.answers is None or needed.minutes is None:
        return "not reached"
    most = "≤ " if needed.is_at_most else ""
    return f"{most}{whole(needed.answers)} ({most}{whole(needed.minutes)})"


def _comparisons(found: Findings, compared: Sequence[Compared]) -> Table:
    rows = [
        [
            *_pair(found, each),
            str(each.over_answers.seeds),
            _points(each.over_answers),
            _p(each.over_answers.t_p),
            _p(each.corrected.get("answers")),
            _p(each.over_answers.wilcoxon_p),
            number(each.over_answers.detectable),
            _points(each.over_minutes),
            _p(each.corrected.get("minutes")),
        ]
        for each in compared
    ]
    note = (
        f"Differences of the area under the curve of {figure_name(found.main)} in points, with 95 % intervals of the "
        "bootstrap over seeds. p: the paired t-test; Holm: the same, corrected for all comparisons of the same factor; "
        "Wilcoxon: the signed-rank test, not corrected. Can show: the smallest difference that this many seeds "
        "show 4 times in 5. "
        "By minutes: the difference of the mean heights over the minutes that both have."
    )
    head = ["seeds", "area", "p", "Holm", "Wilcoxon", "can show", "area by minutes", "Holm, minutes"]
    return Table("Against the baseline, over the whole curve", note, [*_PAIR, *head], rows, len(_PAIR))


def _savings(found: Findings, compared: Sequence[Compared]) -> Table:
    rows = [
        [
            *_pair(found, each),
            f"{whole(each.answers.of)} answers, {figure(each.answers.target)} %",
            _needs(each.answers),
            _saves(each.answers),
            _needs(each.minutes),
            _saves(each.minutes, in_percent=True),
        ]
        for each in compared
    ]
    note = (
        "What an arm needs to reach what its baseline has at the end, by the mean curves; in brackets 95 % intervals "
        "of the bootstrap over seeds. Minutes saved are in percent of the baseline's."
    )
    head = ["the baseline has", "answers", "saved", "minutes", "saved, %"]
    return Table("As good as the baseline at the end", note, [*_PAIR, *head], rows, len(_PAIR))


def _needs(saving: Saving) -> str:
    if saving.needed is None:
        return "not reached"
    return f"{'≤ ' if saving.is_at_most else ''}{whole(saving.needed)}"


def _saves(saving: Saving, *, in_percent: bool = False) -> str:
    per = saving.of / 100 if in_percent else 1.0
    if not per:
        return "–"
    inside = saving_interval(saving, per=per)
    saved = "–" if saving.saved is None else whole(saving.saved / per)
    return f"{saved} ({inside})" if inside else saved


def _saved_at(found: Findings, compared: Sequence[Compared]) -> Table:
    sizes = _shown({size for each in compared for size in each.answers_at})
    rows = [[*_pair(found, each), *(_share_saved(each.answers_at.get(size)) for size in sizes)] for each in compared]
    note = (
        "How many fewer answers an arm needs than its baseline to be as good as that is after this many, in percent, "
        "with 95 % intervals; below 0 it needs more. ≥: its first models were already as good."
    )
    head = [*_PAIR, *(f"{size:,}" for size in sizes)]
    return Table("Answers saved, by the answers of the baseline, in %", note, head, rows, len(_PAIR))


def _share_saved(saving: Saving | None) -> str:
    if saving is None:
        return "–"
    if saving.needed is None:
        return "not reached"
    return f"{'≥ ' if saving.is_at_most else ''}{_saves(saving, in_percent=True)}"


def _at_sizes(found: Findings, compared: Sequence[Compared]) -> Table:
    sizes = _shown({size for each in compared for size in each.at})
    rows = [[*_pair(found, each), *(_at(each, size) for size in sizes)] for each in compared]
    note = "Points by which the arm is higher, with 95 % intervals; * where Holm's p of the paired t-test is below .05."
    return Table(
        "Against the baseline, at each size", note, [*_PAIR, *(f"{size:,}" for size in sizes)], rows, len(_PAIR)
    )


def _at(compared: Compared, size: int) -> str:
    star = "*" if compared.corrected.get(str(size), 1.0) < SIGNIFICANT else ""
    return f"{_points(compared.at.get(size))}{star}"


def _others(found: Findings, arms: Sequence[Arm]) -> Table:
    factors = _told_apart_by(arms)
    rows = []
    for arm in arms:
        levels = [levels_of(found.curves[name].get(arm, {})) for name in found.figures[1:]]
        rows.append([*_names(arm, factors), *(_level(each[-1] if each else None) for each in levels)])
    head = [*_name_heads(factors), *(figure_name(name) for name in found.figures[1:])]
    note = "After the last answers that have the figure, in percent: mean ± standard deviation over seeds."
    return Table("Other figures", note, head, rows, len(factors))


def _other_differences(found: Findings, data: str) -> Table:
    by_pair: dict[tuple[str, ...], dict[str, str]] = {}
    for name in found.figures[1:]:
        for each in found.compared[name]:
            if each.pair.arm.data == data:
                by_pair.setdefault(tuple(_pair(found, each)), {})[name] = _points(each.over_answers)
    rows = [[*pair, *(cells.get(name, "–") for name in found.figures[1:])] for pair, cells in by_pair.items()]
    head = [*_PAIR, *(figure_name(name) for name in found.figures[1:])]
    note = "Differences of the area in points, with 95 % intervals. These figures are not tested."
    return Table("Other figures against the baseline", note, head, rows, len(_PAIR))


_PAIR = ("arm", "against", "where")


def _pair(found: Findings, compared: Compared) -> list[str]:
    pair, factor = compared.pair, compared.pair.factor
    return [
        value_name(factor, getattr(pair.arm, factor)),
        against(factor, getattr(pair.baseline, factor)),
        where(pair, varying(found.arms)) or "–",
    ]


def _names(arm: Arm, factors: Sequence[str]) -> list[str]:
    return [
        getattr(arm, factor) if factor == "people" else value_name(factor, getattr(arm, factor)) for factor in factors
    ]


def _name_heads(factors: Sequence[str]) -> list[str]:
    return [FACTOR_NAMES[factor] for factor in factors]


def _told_apart_by(arms: Sequence[Arm]) -> list[str]:
    return varying(arms) or ["losses"]


def _shown(sizes: set[int]) -> list[int]:
    """Return the sizes, or some of them from the first to the last, so that a table stays readable."""
    ordered = sorted(sizes)
    step = -(-len(ordered) // _MOST_SIZES)
    return sorted({*ordered[::-1][::step], ordered[0]}) if ordered else []


def _level(level: Level | None) -> str:
    if level is None:
        return "–"
    return figure(level.mean) if level.deviation is None else f"{figure(level.mean)} ± {number(level.deviation)}"


def _spread(values: Sequence[float]) -> str:
    mean, deviation = mean_and_deviation(values)
    return figure(mean) if deviation is None else f"{figure(mean)} ± {number(deviation)}"


def _points(difference: Difference | None) -> str:
    if difference is None:
        return "–"
    interval = difference.interval
    return signed(difference.mean) + (f" ({from_to(interval.low, interval.high)})" if interval else "")


def _p(p: float | None) -> str:
    return "–" if p is None else p_value(p).removeprefix("p ").removeprefix("= ")

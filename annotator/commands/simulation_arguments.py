"""What the options of `whylight simulate` say, as a plan of what is played and as what answers cost."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.commands.arguments import MOST

if TYPE_CHECKING:
    from annotator.simulation.cost import Cost
    from annotator.simulation.gold import Gold
    from annotator.simulation.habits import Habits
    from annotator.simulation.plan import Plan

_MOST_SEEDS = 1000
_ALIKE = ("seeds", "vectors", "steps", "random_share", "device", "all_figures_at", "with_test", "word_rules")
"""Options that a plan has under the same name."""
CONTRADICTIONS = (
    *(("--sizes", name, "the sizes say when rounds are trained") for name in ("--budget", "--step", "--start")),
    ("--label-error", "--confusion", "the table says how often labels are wrong"),
    ("--cost", "--cost-from", "give one of them"),
    ("--unit", "--cost-from", "the project says how long an answer takes"),
    *(
        ("--people", name, "the file says how each person answers")
        for name in ("--label-error", "--confusion", "--missed", "--extra", "--marks-share")
    ),
)
_HABITS = ("label_error", "missed", "extra", "marks")


def plan_of(data: Path, gold: "Gold", chosen: Mapping[str, Any]) -> "Plan":
    """Return the plan that the options describe; raise CannotSimulate if it is not possible."""
    from annotator.simulation.plan import Plan, check_sizes, sizes_up_to

    steps = {name: chosen[name] for name in ("budget", "step", "start")}
    return Plan(
        data,
        check_sizes(chosen["sizes"] or sizes_up_to(gold, **steps), gold),
        encoders=chosen["encoder"],
        losses=chosen["losses"],
        acquisitions=chosen["acquisition"],
        people=_people(chosen, gold),
        **{name: chosen[name] for name in _ALIKE},
    )


def costs_of(chosen: Mapping[str, Any]) -> "list[Cost]":
    """Return the models of what answers cost, the one that reports show first."""
    from annotator.project.permissions import OWNER
    from annotator.simulation.cost import RATIOS, observed, stated
    from db.store import Store

    if chosen["cost_from"] is None:
        return [stated(ratio, unit_s=chosen["unit_s"]) for ratio in dict.fromkeys(chosen["cost"] or RATIOS)]
    with Store.open(chosen["cost_from"]) as store:
        return [observed(store, actor=OWNER)]


def read_sizes(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, ...]:
    """Return the numbers of `50,100,200`; none for an option left out."""
    parts = [part.strip() for part in value.split(",")] if value else []
    if not all(part.isdecimal() and 2 <= int(part) <= MOST for part in parts):
        raise click.BadParameter(f"{value!r} is not a list of sizes; give them as 50,100,200.", context, parameter)
    return tuple(map(int, parts))


def read_seeds(context: click.Context, parameter: click.Parameter, value: str) -> tuple[int, ...]:
    """Return the seeds: `10` are those from 0 to 9, `10-19` those from 10 to 19."""
    first, dash, last = value.partition("-")
    if not all(number.isdecimal() and int(number) <= MOST for number in ([first, last] if dash else [first])):
        raise click.BadParameter(f"{value!r} is not a number of seeds; give 10, or 10-19.", context, parameter)
    seeds = range(int(first), int(last) + 1) if dash else range(int(first))
    if not 1 <= len(seeds) <= _MOST_SEEDS:
        raise click.BadParameter(f"{value!r} are {len(seeds)} seeds; give 1 to {_MOST_SEEDS:,}.", context, parameter)
    return tuple(seeds)


def read_figures(context: click.Context, parameter: click.Parameter, value: str) -> tuple[int, ...]:
    """Return the sizes at which all figures are wanted: none, every size, or those that are named."""
    from annotator.simulation.plan import ALL_SIZES

    if value in ("usual", "all"):
        return ALL_SIZES if value == "all" else ()
    return read_sizes(context, parameter, value)


def _people(chosen: Mapping[str, Any], gold: "Gold") -> "tuple[Habits, ...]":
    from annotator.simulation.habits import Habits
    from annotator.simulation.habits_file import check_rates, read_confusion, read_people

    one = Habits(**{name: chosen[name] for name in _HABITS})
    if chosen["people"] is not None:
        return read_people(chosen["people"], gold.labels)
    table = chosen["confusion"]
    return (check_rates(replace(one, confusion=None if table is None else read_confusion(table, gold.labels))),)

"""The command that plays people: learning curves from gold answers, without anyone annotating."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import click

from annotator.commands.arguments import AS_JSON, MOST
from annotator.commands.contradictions import Command, refuses
from annotator.commands.simulation_arguments import (
    CONTRADICTIONS,
    costs_of,
    plan_of,
    read_figures,
    read_seeds,
    read_sizes,
)
from annotator.commands.terminal import emit, say, show
from learner.acquisition_names import DEFAULT_ACQUISITION
from learner.loss_names import NO_LOSS

if TYPE_CHECKING:
    from annotator.simulation.cost import Cost
    from annotator.simulation.gold import Gold
    from annotator.simulation.records import Arm, Point, Run

_SHOWN = {"accuracy": "accuracy", "macro-F1": "macro_f1", "AP": "average_precision", "ECE": "ece"}
_RATE = click.FloatRange(0, 1)


@click.command(cls=Command)
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write.")
@click.option(
    "--encoder",
    multiple=True,
    default=("auto",),
    show_default=True,
    help="What reads the words, as for a round; minilm:fine-tuned adds a model. Repeatable.",
)
@click.option(
    "--losses",
    multiple=True,
    default=(NO_LOSS, "default"),
    show_default=True,
    help="How marks teach: a loss, none (labels only) or default. Repeatable.",
)
@click.option(
    "--acquisition",
    multiple=True,
    default=(DEFAULT_ACQUISITION,),
    show_default=True,
    help="How sentences are chosen, as for a round. Repeatable.",
)
@click.option("--budget", type=click.IntRange(2, MOST), help="The most answers; the default is 1,000 or all.")
@click.option(
    "--step", type=click.IntRange(1, MOST), default=100, show_default=True, help="Answers between two rounds."
)
@click.option("--start", type=click.IntRange(2, MOST), help="Answers before the first round; the default is a step.")
@click.option("--sizes", callback=read_sizes, help="Rounds after these numbers of answers instead: 50,100,200.")
@click.option("--seeds", callback=read_seeds, default="5", show_default=True, help="Curves of each arm, or 10-19.")
@click.option("--jobs", type=click.IntRange(1, 1024), default=1, show_default=True, help="Curves played at a time.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("--vectors", default="auto", show_default=True, help="Of the static encoder, as for a round.")
@click.option("--steps", type=click.IntRange(1, MOST), help="The maximum number of training steps of a round.")
@click.option("--random-share", type=_RATE, default=0.2, show_default=True, help="The random share of the queue.")
@click.option("--label-error", type=_RATE, default=0.0, help="The share of answers with a wrong label.")
@click.option("--confusion", type=click.Path(path_type=Path), help="A table of confused labels instead (CSV or JSON).")
@click.option("--missed", type=_RATE, default=0.0, help="The share of marked words that the oracle misses.")
@click.option("--extra", type=click.FloatRange(0), default=0.0, help="Other words it marks for each marked one.")
@click.option("--marks-share", "marks", type=_RATE, default=1.0, help="The share of answers for which it marks words.")
@click.option("--people", type=click.Path(path_type=Path), help="Several people with their own habits (JSON).")
@click.option("--word-rule", "word_rules", multiple=True, help="A word that must not matter, by a rule. Repeatable.")
@click.option("--cost", type=click.FloatRange(1, 100), multiple=True, help="What marks cost; default 1.5, 1 and 2.")
@click.option("--unit", "unit_s", type=click.FloatRange(0.1), default=10.0, help="Seconds of an answer without marks.")
@click.option("--cost-from", type=click.Path(path_type=Path), help="Take the seconds from this project's log instead.")
@click.option(
    "--figures",
    "all_figures_at",
    callback=read_figures,
    default="usual",
    show_default=True,
    help="usual, all (some take long), or the sizes that have all: 300,1000.",
)
@click.option(
    "--test", "with_test", is_flag=True, help="Judge on test too; do so once, when nothing is left to choose."
)
@AS_JSON
@refuses(CONTRADICTIONS)
def simulate(data: Path, out: Path, jobs: int, **chosen: Any) -> None:
    """Play people who annotate DATA, whose answers are known, and write the learning curves of each arm.

    An arm is an encoder, a loss and an acquisition; every combination is played with every seed. The oracle answers
    through the queue as people do, rounds are trained after each step, and their models are judged on dev. What is
    played is kept in the folder: stopped at any time and run again, the command resumes.
    """
    from annotator.simulation.playing import read_once
    from annotator.simulation.run import runs_of, simulate

    costs = costs_of(chosen)
    gold = read_once(data, chosen["with_test"])
    _say_left_out(gold)
    plan = plan_of(data, gold, chosen)
    played = simulate(plan, out, jobs=jobs)
    for trial, why in played.failed.items():
        say(f"No curve for {_title(trial.arm)}, seed {trial.seed}: {why}")
    runs = {cost: runs_of(played, plan, cost) for cost in costs}
    if played.outcomes:
        show(_table(runs))
        _write_reports(runs, out, gold)
    failed = [{**asdict(trial.arm), "seed": trial.seed, "why": why} for trial, why in played.failed.items()]
    by_cost = {cost.name: [asdict(run) for run in of_cost] for cost, of_cost in runs.items()}
    emit({"out": str(out), "runs": by_cost, "failed": failed})


def _write_reports(runs: "Mapping[Cost, Sequence[Run]]", out: Path, gold: "Gold") -> None:
    """Write the report by the first cost into the folder, and those by the others into folders in it."""
    from annotator.simulation.report import write_report

    for number, (cost, of_cost) in enumerate(runs.items()):
        place = out / f"cost-{cost.ratio:g}" if number else out
        write_report(of_cost, place, title=f"{gold.name}: {cost.in_words}")
    say(f"Wrote report.html, report.md and report.json to {out}.")


def _say_left_out(gold: "Gold") -> None:
    from annotator.simulation.gold import FEWEST_DEV
    from annotator.wording import counted

    for remark in gold.remarks:
        say(remark)
    if gold.unlabelled:
        say(f"{counted(gold.unlabelled, 'line without a label was', 'lines without a label were')} left out.")
    if gold.held_out:
        number = counted(gold.held_out, "sentence of the pool was", "sentences of the pool were")
        say(f"{number} left out, because dev or test has the text.")
    if len(gold.dev) < FEWEST_DEV:
        say(f"Dev has {counted(len(gold.dev), 'sentence')}; below {FEWEST_DEV}, it cannot choose when a training ends.")


def _table(runs: "Mapping[Cost, Sequence[Run]]") -> Any:
    """Draw the mean of all seeds after each number of answers, on test where it was read."""
    from annotator.commands.tables import listing

    columns = ["arm", "answers", "marked", *(f"minutes {cost.name}" for cost in runs), *_SHOWN, "seeds"]
    return listing(columns, list(_rows(list(runs.values()))))


def _rows(runs: "Sequence[Sequence[Run]]") -> "Iterator[tuple[object, ...]]":
    first = sorted(zip(*runs, strict=True), key=lambda several: _title(several[0].arm))
    for title, group in groupby(first, key=lambda several: _title(several[0].arm)):
        curves = list(group)
        for place, point in enumerate(curves[0][0].points):
            points = [each[0].points[place] for each in curves]
            minutes = [fmean(each[cost].points[place].minutes for each in curves) for cost in range(len(runs))]
            shown = [_mean(points, name) for name in _SHOWN.values()]
            marked = f"{fmean(each.marked for each in points):.0f}"
            yield title, point.answers, marked, *(f"{value:.1f}" for value in minutes), *shown, len(points)


def _mean(points: "Sequence[Point]", name: str) -> str:
    split = "test" if any(f"test {name}" in point.figures for point in points) else "dev"
    values = [point.figures[f"{split} {name}"] for point in points if f"{split} {name}" in point.figures]
    return f"{100 * fmean(values):.1f}" if values else "–"


def _title(arm: "Arm") -> str:
    people = "" if arm.people == "perfect" else f", {arm.people}"
    return f"{arm.encoder}, {arm.losses}, {arm.acquisition}{people}"
